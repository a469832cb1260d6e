"""Forward kinematics: what Blender will make of basis rotations, in numpy."""

from __future__ import annotations

import numpy as np

from . import quaternions
from .arrays import FloatArray
from .errors import RestPoseError
from .rest import RigRest
from .retarget import RetargetResult
from .vectors import unit


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
    frames = len(result.rotations)
    basis = np.broadcast_to(np.eye(4), (frames, len(rest.bone_names), 4, 4)).copy()
    for column, name in enumerate(result.bone_names):
        basis[:, rest.index(name), :3, :3] = quaternions.to_matrix(result.rotations[:, column])
    for name, path in result.locations.items():
        basis[:, rest.index(name), :3, 3] = path
    posed = np.empty_like(basis)
    for bone in rest.order():
        posed[:, bone] = _parent_to_armature(rest, posed, bone) @ basis[:, bone]
    return posed


def _parent_to_armature(rest: RigRest, posed: FloatArray, bone: int) -> FloatArray:
    """(T,4,4) what a bone's basis is multiplied by: where it would be if it did nothing itself."""
    parent = rest.parents[bone]
    if parent < 0:
        return np.broadcast_to(rest.rest_matrices[bone], posed[:, bone].shape)
    local = np.linalg.inv(rest.rest_matrices[parent]) @ rest.rest_matrices[bone]
    carried: FloatArray = posed[:, parent] @ local
    if rest.inherits_rotation is not None and not rest.inherits_rotation[bone]:
        carried[:, :3, :3] = rest.rest_matrices[bone, :3, :3]
    return carried


def to_world(rest: RigRest, posed: FloatArray) -> FloatArray:
    """(T,B,3) heads of the bones in the world, metres, of (T,B,4,4) pose matrices in armature space."""
    world = rest.armature_to_world
    heads: FloatArray = posed[..., :3, 3] @ world[:3, :3].T + world[:3, 3]
    return heads


def limb_directions(rest: RigRest, posed: FloatArray, chains: dict[str, tuple[str, str]]) -> dict[str, FloatArray]:
    """Directions between heads of bones, in the world.

    Args:
        rest: the rig at rest.
        posed: (T,B,4,4) pose matrices, armature space.
        chains: for each name of your choice, the bone whose head is the start and the bone whose head is the end.

    Returns:
        (T,3) unit directions, world axes, under the same names.

    Raises:
        RestPoseError: the rig has no such bone, or both are at one place.
    """
    heads = to_world(rest, posed)
    found = {}
    for name, (start, end) in chains.items():
        between = heads[:, rest.index(end)] - heads[:, rest.index(start)]
        if np.linalg.norm(between, axis=-1).min() < 1e-9:
            raise RestPoseError(f"Bones '{start}' and '{end}' have their heads at one place; there is no direction.")
        found[name] = unit(between)
    return found
