"""From a solved motion to the inverse-kinematics controls of a control rig."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from .. import quaternions
from ..arrays import FloatArray
from ..kinematics import carried, location_axes, pose_some
from ..maps.ik_controls import IkControls
from ..maps.rig_map import RigMap
from ..rest import RigRest
from ..roles import Role
from ..vectors import apply, dot, reject, smoothstep, unit

if TYPE_CHECKING:
    from ..retarget import RetargetResult

_BENT_SHARE = (0.01, 0.05)
"""How far the joint lies off the line between the limb's ends, of its length, from hardly bent to clearly bent."""
_LIMBS = {"upper_arm": ("forearm", "hand"), "thigh": ("shin", "foot")}


def to_ik(
    result: RetargetResult, rest: RigRest, rig_map: RigMap, ik: IkControls, bend_axes: Mapping[Role, FloatArray]
) -> RetargetResult:
    """The same motion on the rig's IK controls: hands and feet by location and rotation, knees and elbows by poles.

    A pole target stands off its joint by the length of the limb, in the plane in which the limb bends, so that it
    keeps its side through a straight limb.

    Args:
        result: the motion on the bones of the map.
        rest: the rig at rest, with the parents that bones really have (`rig_map.adapt`).
        rig_map: the roles of its bones.
        ik: its controls.
        bend_axes: for each upper segment of `ik.poles`, (3,) the unit axis about which its limb bends, in the axes of
            the segment's last bone.

    Raises:
        RestPoseError: the rig lacks one of the controls.
    """
    frames = len(result.rotations)
    followed = {control: rig_map.bones(role)[-1] for control, role in ik.follow.items() if role in rig_map.roles}
    joints = {bone for role in ik.poles.values() for bone in _limb_bones(rest, rig_map, role)}
    posed = pose_some(rest, result, {rest.index(bone) for bone in followed.values()} | joints)
    rotations: dict[str, FloatArray] = {}
    locations: dict[str, FloatArray] = {}
    for control in sorted(followed, key=lambda name: rest.depth(rest.index(name))):
        bone = rest.index(control)
        target = rest.index(followed[control])
        wanted = posed[target] @ (np.linalg.inv(rest.rest_matrices[target]) @ rest.rest_matrices[bone])
        rotations[control], locations[control] = _basis(rest, posed, bone, wanted)
    for control, role in ik.poles.items():
        bone = rest.index(control)
        place = _pole(rest, rig_map, posed, role, bend_axes[role])
        came = _with_parents(rest, posed, bone, frames)
        axes = location_axes(rest, posed, bone, frames)
        locations[control] = apply(np.swapaxes(axes, 1, 2), place - came[:, :3, 3])
    replaced = set(rig_map.bones(*ik.replaced))
    kept = [column for column, name in enumerate(result.bone_names) if name not in replaced]
    return replace(
        result,
        bone_names=(*(result.bone_names[column] for column in kept), *rotations),
        rotations=np.concatenate([result.rotations[:, kept], np.stack(list(rotations.values()), axis=1)], axis=1),
        locations={**result.locations, **locations},
        switches=ik.switches,
    )


def _basis(rest: RigRest, posed: dict[int, FloatArray], bone: int, wanted: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(T,4) rotation and (T,3) location of the basis that puts a bone at (T,4,4) `wanted`; notes that it is there."""
    came = _with_parents(rest, posed, bone, len(wanted))
    turn = np.swapaxes(came[:, :3, :3], 1, 2) @ wanted[:, :3, :3]
    axes = location_axes(rest, posed, bone, len(wanted))
    way = apply(np.swapaxes(axes, 1, 2), wanted[:, :3, 3] - came[:, :3, 3])
    posed[bone] = wanted
    return quaternions.make_continuous(quaternions.from_matrix(turn)), way


def _with_parents(rest: RigRest, posed: dict[int, FloatArray], bone: int, frames: int) -> FloatArray:
    """(T,4,4) as `carried`; places the parents that nothing has placed yet."""
    for above in reversed(rest.ancestors(bone)):
        if above not in posed:
            posed[above] = carried(rest, posed, above, frames)
    return carried(rest, posed, bone, frames)


def _limb_bones(rest: RigRest, rig_map: RigMap, upper: Role) -> tuple[int, int, int, int]:
    """First and last bone of the upper segment, first of the lower one, and the hand or foot."""
    limb, side = upper.value.rsplit("_", 1)
    lower, end = (rig_map.bones(Role(f"{name}_{side}"))[0] for name in _LIMBS[limb])
    bones = rig_map.bones(upper)
    first, last, middle, tip = (rest.index(name) for name in (bones[0], bones[-1], lower, end))
    return first, last, middle, tip


def _pole(
    rest: RigRest, rig_map: RigMap, posed: dict[int, FloatArray], role: Role, bend_axis: FloatArray
) -> FloatArray:
    """(T,3) where a limb's pole target belongs, armature space."""
    first, last, middle, tip = _limb_bones(rest, rig_map, role)
    start, joint, end = (posed[bone][:, :3, 3] for bone in (first, middle, tip))
    axis = posed[last][:, :3, :3] @ bend_axis
    length = np.linalg.norm(joint - start, axis=-1) + np.linalg.norm(end - joint, axis=-1)
    by_hinge = unit(np.cross(end - start, axis))
    off = reject(joint - start, unit(end - start))
    # where the limb is clearly bent its plane is known from the joints themselves
    bent = smoothstep(*_BENT_SHARE, dot(off, by_hinge) / length)
    way = unit(by_hinge + bent[:, None] * (unit(off) - by_hinge))
    place: FloatArray = joint + length[:, None] * way
    return place
