"""Read a rig's rest pose, and the height of its soles, from Blender. Nothing is changed or applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import bpy
import numpy as np

from ..rigs.rest import RigRest
from .errors import ArmatureError
from .rotation_modes import FloatArray

_FOOT_REACH = 0.6
"""How far off the line ankle to toe, seen from above, a foot may reach: a share of it or of the ankle's height."""
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


def sole_height(obj: bpy.types.Object, feet: Iterable[Sequence[str]]) -> float | None:
    """How far the ankles lie above the lowest vertex of the feet, at rest.

    Args:
        obj: the armature object.
        feet: for each foot its bones, ankle first, then toes.

    Returns:
        Metres along world Z, the mean over the feet; None where no mesh has vertices at the feet.
    """
    heights = [height for bones in feet if (height := _one_sole(obj, bones)) is not None]
    return float(np.mean(heights)) if heights else None


def _one_sole(obj: bpy.types.Object, bones: Sequence[str]) -> float | None:
    to_world = np.array(obj.matrix_world, dtype=np.float64)
    ankle = _to_world(to_world, obj.data.bones[bones[0]].head_local)
    toe = _to_world(to_world, obj.data.bones[bones[-1]].tail_local)
    lowest = [z for mesh in meshes_of(obj) if (z := _lowest_near(mesh, ankle, toe, bones)) is not None]
    return float(ankle[2] - min(lowest)) if lowest else None


def _to_world(matrix: FloatArray, point: Sequence[float]) -> FloatArray:
    return matrix[:3, :3] @ np.array(point, dtype=np.float64) + matrix[:3, 3]


def _lowest_near(mesh: bpy.types.Object, ankle: FloatArray, toe: FloatArray, bones: Sequence[str]) -> float | None:
    """World height of the lowest undeformed vertex that lies at the foot, below its ankle, and moves with it."""
    flat = np.empty(len(mesh.data.vertices) * 3, np.float32)
    mesh.data.vertices.foreach_get("co", flat)
    matrix = np.array(mesh.matrix_world, dtype=np.float64)
    points = flat.reshape(-1, 3).astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
    line = (toe - ankle)[:2]
    along = np.clip((points[:, :2] - ankle[:2]) @ line / max(float(line @ line), 1e-12), 0.0, 1.0)
    off = np.linalg.norm(points[:, :2] - ankle[:2] - along[:, None] * line, axis=1)
    reach = _FOOT_REACH * max(float(np.linalg.norm(toe - ankle)), abs(float(ankle[2])), 1e-6)
    near = np.flatnonzero((off < reach) & (points[:, 2] < ankle[2]))
    groups = {group.index for name in bones if (group := mesh.vertex_groups.get(name)) is not None}
    if groups:
        near = near[[_weight(mesh.data.vertices[int(vertex)], groups) >= _MIN_WEIGHT for vertex in near]]
    return float(points[near, 2].min()) if len(near) else None


def _weight(vertex: bpy.types.MeshVertex, groups: set[int]) -> float:
    return sum(element.weight for element in vertex.groups if element.group in groups)
