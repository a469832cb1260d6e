"""Forward kinematics: what Blender will make of basis rotations, in numpy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from . import quaternions
from .arrays import FloatArray
from .rest import RigRest
from .vectors import apply

if TYPE_CHECKING:
    from .retarget import RetargetResult


def pose_bones(rest: RigRest, result: RetargetResult) -> FloatArray:
    """Pose matrices of all bones, as `PoseBone.matrix` has them, for an unscaled pose without constraints.

    Bones that the result does not name keep the basis identity, as a pose without keys has.

    Args:
        rest: the rig at rest; `rig_map.adapt(rest)` for rigs whose own constraints carry bones, such as Rigify's.
        result: basis rotations and locations.

    Returns:
        (T,B,4,4) bone to armature space, armature units, in the order of `rest.bone_names`.

    Raises:
        RestPoseError: the result names a bone that the rig lacks.
    """
    posed = pose_some(rest, result, range(len(rest.bone_names)))
    return np.stack([posed[bone] for bone in range(len(rest.bone_names))], axis=1)


def pose_some(rest: RigRest, result: RetargetResult, bones: Iterable[int]) -> dict[int, FloatArray]:
    """The same for bones by index, and their ancestors: (T,4,4) each. Large rigs have many bones that nobody asks for.

    Raises:
        RestPoseError: as `pose_bones`.
    """
    frames = len(result.rotations)
    turned = {
        rest.index(name): quaternions.to_matrix(result.rotations[:, n]) for n, name in enumerate(result.bone_names)
    }
    moved = {rest.index(name): path for name, path in result.locations.items()}
    wanted = {ancestor for bone in bones for ancestor in (bone, *rest.ancestors(bone))}
    posed: dict[int, FloatArray] = {}
    for bone in sorted(wanted, key=rest.depth):
        matrix = carried(rest, posed, bone, frames)
        if bone in moved:
            matrix[:, :3, 3] += apply(location_axes(rest, posed, bone, frames), moved[bone])
        if bone in turned:
            matrix[:, :3, :3] = matrix[:, :3, :3] @ turned[bone]
        posed[bone] = matrix
    return posed


def carried(rest: RigRest, posed: dict[int, FloatArray], bone: int, frames: int) -> FloatArray:
    """(T,4,4) where a bone would be if it did nothing itself; `posed` holds its parent."""
    parent = rest.parents[bone]
    matrix = rest.rest_matrices[bone]
    if parent < 0:
        return np.repeat(matrix[None], frames, axis=0)
    placed: FloatArray = posed[parent] @ (np.linalg.inv(rest.rest_matrices[parent]) @ matrix)
    if rest.inherits_rotation is not None and not rest.inherits_rotation[bone]:
        placed[:, :3, :3] = matrix[:3, :3]
    return placed


def location_axes(rest: RigRest, posed: dict[int, FloatArray], bone: int, frames: int) -> FloatArray:
    """(T,3,3) axes, armature space, along which a bone's location counts; `posed` holds its parent.

    They turn with the parent even where the bone does not.
    """
    local = rest.local_location is None or bool(rest.local_location[bone])
    parent = rest.parents[bone]
    own = rest.rest_matrices[bone, :3, :3] if local else np.eye(3)
    if parent < 0:
        return np.repeat(own[None], frames, axis=0)
    if local:
        own = rest.rest_matrices[parent, :3, :3].T @ own
    axes: FloatArray = posed[parent][:, :3, :3] @ own
    return axes


def to_world(rest: RigRest, posed: FloatArray) -> FloatArray:
    """(T,B,3) heads of the bones in the world, metres, of (T,B,4,4) pose matrices in armature space."""
    world = rest.armature_to_world
    heads: FloatArray = posed[..., :3, 3] @ world[:3, :3].T + world[:3, 3]
    return heads
