"""What would keep keys from showing on a rig: found beforehand, said as warnings, never changed."""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from ..rigs.maps import RigMap

SHOWN = 3
"""Bones named in one warning."""


def hindrances(obj: bpy.types.Object, rig_map: RigMap, controls: str = "fk") -> Iterator[str]:
    """One sentence for each reason why keys on the mapped bones would not be seen as they are.

    Args:
        obj: the armature object.
        rig_map: which of its bones are keyed, and what is to be known about rigs of its kind.
        controls: "fk" or "ik", which of a control rig's controls are keyed.
    """
    ik = rig_map.ik if controls == "ik" else None
    if notice := ik.notice if ik else rig_map.notice:
        yield notice
    if obj.data.pose_position == "REST":
        yield f"Armature '{obj.name}' shows its rest position; switch it to Pose Position to see the keys."
    roles = [role for role in rig_map.roles if ik is None or role not in ik.replaced]
    names = [*rig_map.bones(*roles), *((*ik.follow, *ik.poles) if ik else ())]
    bones = [obj.pose.bones[name] for name in names]
    if held := [bone.name for bone in bones if any(not c.mute and c.influence > 0.0 for c in bone.constraints)]:
        yield f"Constraints act on {_listed(held)} and may override the keys; mute them if the pose looks wrong."
    if driven := _driven(obj, {bone.name for bone in bones}):
        yield f"Drivers move {_listed(driven)} instead of the keys; remove them if the pose looks wrong."
    data = obj.animation_data
    if data is not None and any(track.is_solo for track in data.nla_tracks):
        yield f"An NLA track of '{obj.name}' plays solo and hides the new action; switch its star off."


def _driven(obj: bpy.types.Object, names: set[str]) -> list[str]:
    """Those of the bones whose rotation a driver sets."""
    if obj.animation_data is None:
        return []
    found = []
    for driver in obj.animation_data.drivers:
        for name in names:
            start = f'pose.bones["{bpy.utils.escape_identifier(name)}"].rotation_'
            if driver.data_path.startswith(start) and name not in found:
                found.append(name)
    return found


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{'bone' if len(names) == 1 else 'bones'} {', '.join(map(repr, names[:SHOWN]))}{more}"
