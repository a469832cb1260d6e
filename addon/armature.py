"""Read a rig's rest pose, and the height of its soles, from Blender. Nothing is changed or applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import bpy
import numpy as np

from ..rigs.rest import RigRest
from .errors import ArmatureError
from .rotation_modes import FloatArray

_FOOT_REACH = 0.6
"""How far off the line from ankle to toe, seen from above, a foot's vertices may lie: a share of that line."""
_MIN_WEIGHT = 0.1
"""A vertex with less weight on a foot's bones belongs to something else, such as a cape or a skirt."""


def check_armature(obj: bpy.types.Object | None) -> bpy.types.Object:
    """The object itself if it is an armature with bones.

    Raises:
        ArmatureError: it is none; names it and says what to do.
    """
    if obj is None:
        raise ArmatureError("No armature is chosen; pick the character's armature in the panel.")
    if obj.type != "ARMATURE":
        raise ArmatureError(f"'{obj.name}' is a {obj.type.lower()}, not an armature; pick the character's armature.")
    if not obj.data.bones:
        raise ArmatureError(f"Armature '{obj.name}' has no bones; pick the character's armature.")
    return obj


def read_rest(obj: bpy.types.Object) -> RigRest:
    """The rest pose of an armature object, in armature space and units, with its `matrix_world` beside it.

    Unapplied scale and rotation, of the object or of its parents, stay where they are: `RigRest.armature_to_world`.

    Raises:
        ArmatureError: `obj` is no armature with bones, or is in edit mode, where Blender's bones are out of date.
        RestPoseError: its scale is uneven or mirrored.
    """
    check_armature(obj)
    if obj.mode == "EDIT":
        raise ArmatureError(f"Armature '{obj.name}' is being edited; leave edit mode first.")
    bones = obj.data.bones
    index = {bone.name: number for number, bone in enumerate(bones)}
    return RigRest(
        bone_names=tuple(index),
        parents=tuple(index[bone.parent.name] if bone.parent else -1 for bone in bones),
        rest_matrices=_orthonormal(np.array([bone.matrix_local for bone in bones], dtype=np.float64)),
        lengths=np.array([bone.length for bone in bones], dtype=np.float64),
        armature_to_world=np.array(obj.matrix_world, dtype=np.float64),
        inherits_rotation=np.array([bone.use_inherit_rotation for bone in bones], dtype=np.bool_),
        connected=np.array([bone.use_connect for bone in bones], dtype=np.bool_),
        local_location=np.array([bone.use_local_location for bone in bones], dtype=np.bool_),
    )


def _orthonormal(matrices: FloatArray) -> FloatArray:
    """(B,4,4) with the rotations cleaned of single-precision error (nearest rotation, by SVD)."""
    u, _, vt = np.linalg.svd(matrices[:, :3, :3])
    cleaned = matrices.copy()
    cleaned[:, :3, :3] = u @ vt
    return cleaned


def meshes_of(obj: bpy.types.Object) -> Iterator[bpy.types.Object]:
    """Mesh objects that the armature moves: by modifier, or as its children."""
    for other in bpy.data.objects:
        if other.type != "MESH":
            continue
        by_modifier = any(m.type == "ARMATURE" and m.object == obj for m in other.modifiers)
        if by_modifier or other.parent == obj:
            yield other


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
            points = _rest_points(mesh) - origin
            near = _vertices_of_foot(mesh, points, (ankle, toe), up, bones)
            if len(near):
                lowest.append(float((points[near] @ up).min()))
    return min(lowest) if lowest else None


def _rest_points(mesh: bpy.types.Object) -> FloatArray:
    """(V,3) undeformed vertices, world space."""
    flat = np.empty(len(mesh.data.vertices) * 3, np.float32)
    mesh.data.vertices.foreach_get("co", flat)
    matrix = np.array(mesh.matrix_world, dtype=np.float64)
    return flat.reshape(-1, 3).astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]


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
