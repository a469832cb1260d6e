"""What would keep keys from showing on a rig: found beforehand, said as warnings, never changed."""

from __future__ import annotations

from collections.abc import Iterator

import bpy

from ..rigs.maps import RigMap, Role
from .fcurves import path_of

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
    placed = (*ik.follow, *ik.poles) if ik else ()
    moved = {*rig_map.bones(*(role for role in roles if role in (Role.ROOT, Role.PELVIS))), *placed}
    # bones that were renamed since are named by the solver, which refuses the map
    names = [name for name in (*rig_map.bones(*roles), *placed) if name in obj.pose.bones]
    bones = [obj.pose.bones[name] for name in names]
    if held := [bone.name for bone in bones if any(not c.mute and c.influence > 0.0 for c in bone.constraints)]:
        yield f"Constraints act on {_listed(held)} and may override the keys; mute them if the pose looks wrong."
    if driven := _driven(obj, [bone.name for bone in bones], moved):
        yield f"Drivers move {_listed(driven)} instead of the keys; remove them if the pose looks wrong."
    if locked := [bone.name for bone in bones if _is_locked(bone, bone.name in moved)]:
        yield f"Channels of {_listed(locked)} are locked; the keys play, but unlock them to pose by hand."
    if (data := obj.animation_data) is None:
        return
    if any(track.is_solo for track in data.nla_tracks):
        yield f"An NLA track of '{obj.name}' plays solo and hides the new action; switch its star off."
    if data.action_blend_type != "REPLACE" or data.action_influence < 1.0:
        yield (
            f"Actions of '{obj.name}' are blended with the NLA tracks below ({data.action_blend_type.lower()}, "
            f"{data.action_influence:.0%}); set Replace and 100 % in the NLA editor to see the keys as they are."
        )


def _driven(obj: bpy.types.Object, turned: list[str], moved: set[str]) -> list[str]:
    """Those of the bones whose rotation a driver sets, or the location of one that is moved."""
    if obj.animation_data is None:
        return []
    owners = {path_of(name, "rotation_"): name for name in turned} | {path_of(name, "loc"): name for name in moved}
    active = [driver.data_path for driver in obj.animation_data.drivers if not driver.mute]
    return list(dict.fromkeys(name for start, name in owners.items() if any(path.startswith(start) for path in active)))


def _is_locked(bone: bpy.types.PoseBone, moved: bool) -> bool:
    """Whether some channel that is keyed cannot be changed by hand."""
    return any(bone.lock_rotation) or (moved and any(bone.lock_location))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{'bone' if len(names) == 1 else 'bones'} {', '.join(map(repr, names[:SHOWN]))}{more}"
