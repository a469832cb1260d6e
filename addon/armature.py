"""Read a rig's rest pose from Blender. Nothing is changed or applied."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ..rigs.rest import RigRest
from .errors import ArmatureError
from .remembered import Remembered
from .rotation_modes import FloatArray

_FLAGS = ("use_inherit_rotation", "use_connect", "use_local_location")
_known: Remembered[RigRest] = Remembered(16)
"""Panels ask ten times a second while a job runs; making sure that a rest pose is sound takes its time."""


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
    parents = tuple(index[bone.parent.name] if bone.parent else -1 for bone in bones)
    # Blender keeps matrices column by column.
    matrices = _each(bones, "matrix_local", np.float32, 16).reshape(-1, 4, 4).swapaxes(1, 2)
    lengths = _each(bones, "length", np.float32)
    flags = [_each(bones, name, np.bool_) for name in _FLAGS]
    world = np.array(obj.matrix_world, dtype=np.float64)
    arrays = matrices, lengths, world, *flags
    return _known.get(
        (tuple(index), parents, *(array.tobytes() for array in arrays)),
        lambda: RigRest(
            bone_names=tuple(index),
            parents=parents,
            rest_matrices=_orthonormal(matrices.astype(np.float64)),
            lengths=lengths.astype(np.float64),
            armature_to_world=world,
            inherits_rotation=flags[0],
            connected=flags[1],
            local_location=flags[2],
        ),
    )


def _each(bones: Any, name: str, kind: type, width: int = 1) -> np.ndarray:
    """A property of all bones, (B * width,)."""
    values = np.empty(len(bones) * width, kind)
    bones.foreach_get(name, values)
    return values


def _orthonormal(matrices: FloatArray) -> FloatArray:
    """(B,4,4) with the rotations cleaned of single-precision error (nearest rotation, by SVD)."""
    u, _, vt = np.linalg.svd(matrices[:, :3, :3])
    cleaned = matrices.copy()
    cleaned[:, :3, :3] = u @ vt
    return cleaned
