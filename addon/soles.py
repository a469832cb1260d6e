"""Where a character's feet touch the floor: the mesh of the feet at rest. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import bpy
import numpy as np

from .meshes import meshes_of, world_vertices
from .rotation_modes import FloatArray

_FOOT_REACH = 0.6
"""How far off the line from ankle to toe, seen from above, a foot's vertices may lie: a share of that line."""
_MIN_WEIGHT = 0.1
"""A vertex with less weight on a foot's bones belongs to something else, such as a cape or a skirt."""
_CARRIED = 0.5
"""A vertex with at least this share of its weight on one bone moves about as that bone does."""


def sole_height(obj: bpy.types.Object, feet: Iterable[Sequence[str]], up: FloatArray) -> float | None:
    """Height of the lowest vertex of the feet at rest over the armature's origin.

    Args:
        obj: the armature object.
        feet: for each foot its bones, ankle first, then toes.
        up: (3,) unit direction of the body's own up, world axes.

    Returns:
        Metres along `up`; None where no mesh has vertices at the feet.
    """
    turn = np.array(obj.matrix_world, dtype=np.float64)
    origin = turn[:3, 3].copy()
    lowest = []
    for bones in feet:
        ankle = turn[:3, :3] @ np.array(obj.data.bones[bones[0]].head_local, dtype=np.float64)
        toe = turn[:3, :3] @ np.array(obj.data.bones[bones[-1]].tail_local, dtype=np.float64)
        for mesh in meshes_of(obj):
            points = world_vertices(mesh) - origin
            near = _vertices_of_foot(mesh, points, (ankle, toe), up, bones)
            if len(near):
                lowest.append(float((points[near] @ up).min()))
    return min(lowest) if lowest else None


def _vertices_of_foot(
    mesh: bpy.types.Object,
    points: FloatArray,
    ends: tuple[FloatArray, FloatArray],
    up: FloatArray,
    bones: Sequence[str],
) -> np.ndarray:
    """Indices of the vertices below the ankle, near the line from it to the toe, that these bones move."""
    ankle, toe = ends
    level = np.eye(3) - np.outer(up, up)
    line = level @ (toe - ankle)
    off = (points - ankle) @ level
    along = np.clip(off @ line / max(float(line @ line), 1e-12), 0.0, 1.0)
    distance = np.linalg.norm(off - along[:, None] * line, axis=1)
    reach = _FOOT_REACH * max(float(np.linalg.norm(toe - ankle)), 1e-6)
    depth = (ankle - points) @ up
    near = np.flatnonzero((distance < reach) & (depth > 0.0) & (depth < 3.0 * reach))
    groups = {group.index for name in bones if (group := mesh.vertex_groups.get(name)) is not None}
    if not groups:
        # Parented to a bone, or bound to other bones altogether: only what hangs on a foot bone counts.
        return near if mesh.parent_type == "BONE" and mesh.parent_bone in bones else near[:0]
    return near[[_weight(mesh.data.vertices[int(vertex)], groups) >= _MIN_WEIGHT for vertex in near]]


def _weight(vertex: bpy.types.MeshVertex, groups: set[int]) -> float:
    return sum(element.weight for element in vertex.groups if element.group in groups)


def foot_outlines(obj: bpy.types.Object, feet: Iterable[Sequence[str]]) -> dict[str, FloatArray]:
    """The outermost points of the feet, by the bone that carries them.

    Args:
        obj: the armature object.
        feet: for each foot its bones, ankle first, then toes.

    Returns:
        Bone -> (N,4) points in the bone's own axes, armature units, N at most 124, each with the share of its weight
        that the bone has. Bones without a mesh are left out.
    """
    mapped = {name for bones in feet for name in bones}
    world = np.array(obj.matrix_world, dtype=np.float64)
    carriers = {
        bone: {bone}
        | {child.name for child in obj.data.bones[bone].children_recursive if _mapped_above(child, mapped) == bone}
        for bone in sorted(mapped)
    }
    carried = [_carried_by(mesh, carriers) for mesh in meshes_of(obj)]
    found: dict[str, FloatArray] = {}
    for bone in carriers:
        points = np.concatenate([np.zeros((0, 4)), *(by_bone[bone] for by_bone in carried)])
        if len(points):
            into_bone = np.linalg.inv(world @ np.array(obj.data.bones[bone].matrix_local, dtype=np.float64))
            points[:, :3] = points[:, :3] @ into_bone[:3, :3].T + into_bone[:3, 3]
            found[bone] = _outermost(points)
    return found


def _mapped_above(bone: bpy.types.Bone, mapped: set[str]) -> str | None:
    """The nearest mapped bone, the bone itself or above."""
    at: bpy.types.Bone | None = bone
    while at is not None and at.name not in mapped:
        at = at.parent
    return at.name if at is not None else None


def _carried_by(mesh: bpy.types.Object, carriers: Mapping[str, set[str]]) -> dict[str, FloatArray]:
    """Bone -> (N,4) vertices that it and its helpers carry, world space, each with the share of its weight on them."""
    points = world_vertices(mesh)
    owner = {
        group.index: bone for group in mesh.vertex_groups for bone, names in carriers.items() if group.name in names
    }
    shares = {bone: np.zeros(len(points)) for bone in carriers}
    if owner:
        for number, vertex in enumerate(mesh.data.vertices):
            mine = [element for element in vertex.groups if element.group in owner and element.weight > 0.0]
            whole = sum(element.weight for element in vertex.groups) if mine else 1.0
            for element in mine:
                shares[owner[element.group]][number] += element.weight / whole
    elif mesh.parent_type == "BONE":
        for bone, names in carriers.items():
            shares[bone][:] = float(mesh.parent_bone in names)
    return {bone: np.column_stack([points, share])[share > _CARRIED] for bone, share in shares.items()}


def _outermost(points: FloatArray) -> FloatArray:
    """Those of (V,4) points that lie farthest in some of 124 directions."""
    ways = np.array([way for way in product((-2.0, -1.0, 0.0, 1.0, 2.0), repeat=3) if any(way)])
    return points[np.unique(np.argmax(points[:, :3] @ ways.T, axis=0))]
