"""Read a rig's rest pose from Blender. Nothing is changed or applied."""

from __future__ import annotations

from collections.abc import Iterator

import bpy
import numpy as np

from ..rigs.rest import RigRest
from .errors import ArmatureError
from .rotation_modes import FloatArray


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
