"""Play an animated character and write down what its bones and feet do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...rigs.errors import RigError
from ...rigs.maps import detect
from ...rigs.roles import Role
from ..armature import read_rest
from ..meshes import world_vertices
from ..rates import frame_rate
from .importer import Character
from .scene import current_scene, go_to

_FOOT_SHARE: Final = 0.5
"""Vertices whose weight lies at least this much on the feet's bones are the feet's."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Playback:
    """An animation as arrays.

    Attributes:
        heads: role -> (T,3) world position of the head of the role's first bone, metres.
        turns: role -> (T,3,3) world rotation of that bone from its rest pose.
        rest_heads: role -> (3,) world position at rest.
        basis: bone -> (T,4) wxyz rotation of its `matrix_basis`, for every bone of the map.
        lowest_foot: (T,) world height of the feet's lowest vertex, metres; None without a mesh on the feet.
    """

    heads: Mapping[Role, FloatArray]
    turns: Mapping[Role, FloatArray]
    rest_heads: Mapping[Role, FloatArray]
    basis: Mapping[str, FloatArray]
    lowest_foot: FloatArray | None


def body_bones(character: Character) -> tuple[str, ...]:
    """Bones of the body by the rig's map; all of them on an unknown rig.

    Props and handles may stay behind the body, and so may a root bone where the hips carry the path.
    """
    rest = read_rest(character.armature)
    try:
        roles = detect(rest).rig_map.roles
    except RigError:
        return rest.bone_names
    return tuple(bone for role, bones in roles.items() if role is not Role.ROOT for bone in bones)


def play(character: Character, roles: Mapping[Role, Sequence[str]], seconds: FloatArray) -> Playback:
    """Sample the character's active action.

    Args:
        character: in the present scene, whose rate is the action's.
        roles: the rig map's bones.
        seconds: (T,) moments from the action's first key.
    """
    scene, armature = current_scene(), character.armature
    first = armature.animation_data.action.frame_range[0]
    firsts = {role: bones[0] for role, bones in roles.items() if bones}
    mapped = sorted({bone for bones in roles.values() for bone in bones})
    heads: dict[Role, list[FloatArray]] = {role: [] for role in firsts}
    turns: dict[Role, list[FloatArray]] = {role: [] for role in firsts}
    basis: dict[str, list[FloatArray]] = {bone: [] for bone in mapped}
    feet = _foot_vertices(character, roles)
    lowest = []
    for second in seconds:
        go_to(scene, first + float(second) * frame_rate(scene))
        world = np.array(armature.matrix_world, np.float64)
        for role, name in firsts.items():
            bone = armature.pose.bones[name]
            heads[role].append(world[:3, :3] @ np.array(bone.head) + world[:3, 3])
            turns[role].append(_world_turn(world, np.array(bone.matrix), np.array(bone.bone.matrix_local)))
        for name in mapped:
            basis[name].append(np.array(armature.pose.bones[name].matrix_basis.to_quaternion()))
        if feet:
            lowest.append(_lowest(feet))
    world = np.array(armature.matrix_world, np.float64)
    rest = {
        role: world[:3, :3] @ np.array(armature.data.bones[name].head_local) + world[:3, 3]
        for role, name in firsts.items()
    }
    return Playback(
        {role: np.array(values) for role, values in heads.items()},
        {role: np.array(values) for role, values in turns.items()},
        rest,
        {bone: np.array(values) for bone, values in basis.items()},
        np.array(lowest) if feet else None,
    )


def _world_turn(world: FloatArray, pose: FloatArray, rest: FloatArray) -> FloatArray:
    """(3,3) rotation from rest to pose, seen in the world; scale is divided out by the nearest rotation."""
    turn = world[:3, :3] @ pose[:3, :3] @ np.linalg.inv(rest[:3, :3]) @ np.linalg.inv(world[:3, :3])
    u, _, vt = np.linalg.svd(turn)
    return np.asarray(u @ vt)


def _foot_vertices(
    character: Character, roles: Mapping[Role, Sequence[str]]
) -> list[tuple[bpy.types.Object, NDArray[np.int64]]]:
    """For each mesh that has some, the indices of the vertices that mainly follow the feet."""
    names = {bone for role in roles if role.value.startswith(("foot_", "toe_")) for bone in roles[role]}
    armature = character.armature
    bones = {name for name in names if name in armature.data.bones}
    for name in list(bones):  # toes and heels that the map does not name hang below the foot
        bones.update(child.name for child in armature.data.bones[name].children_recursive)
    found = []
    for mesh in character.meshes:
        groups = {group.index for group in mesh.vertex_groups if group.name in bones}
        if not groups:
            continue
        shares = [
            (vertex.index, sum(g.weight for g in vertex.groups if g.group in groups)) for vertex in mesh.data.vertices
        ]
        indices = np.array([index for index, share in shares if share >= _FOOT_SHARE], np.int64)
        if len(indices):
            found.append((mesh, indices))
    return found


def _lowest(feet: Sequence[tuple[bpy.types.Object, NDArray[np.int64]]]) -> float:
    depsgraph = bpy.context.evaluated_depsgraph_get()
    heights = []
    for mesh, indices in feet:
        posed = mesh.evaluated_get(depsgraph)
        points = world_vertices(posed)
        if len(points) == len(mesh.data.vertices):  # else a modifier made new ones: the whole mesh is looked at
            points = points[indices]
        heights.append(float(points[:, 2].min()))
    return min(heights)
