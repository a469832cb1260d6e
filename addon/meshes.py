"""The meshes of a character, and where their vertices are."""

from __future__ import annotations

from collections.abc import Iterator

import bpy
import numpy as np

from .rotation_modes import FloatArray


def meshes_of(obj: bpy.types.Object) -> Iterator[bpy.types.Object]:
    """Mesh objects that the armature moves: by modifier, or as children of it or of its children."""
    below = set(obj.children_recursive)
    for other in bpy.data.objects:
        if other.type == "MESH":
            by_modifier = any(m.type == "ARMATURE" and m.object == obj for m in other.modifiers)
            if by_modifier or other in below:
                yield other


def world_vertices(mesh: bpy.types.Object) -> FloatArray:
    """(V,3) vertices of a mesh object in world space: undeformed, or as shown where the object is an evaluated one."""
    flat = np.empty(len(mesh.data.vertices) * 3, np.float32)
    mesh.data.vertices.foreach_get("co", flat)
    matrix = np.array(mesh.matrix_world, dtype=np.float64)
    return flat.reshape(-1, 3).astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
