"""A body for an armature that has none: one slim octahedron a bone, so that a rig alone can be looked at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from .importer import Character
from .scene import current_scene

_FACES: Final = ((0, 2, 1), (0, 3, 2), (0, 4, 3), (0, 1, 4), (5, 1, 2), (5, 2, 3), (5, 3, 4), (5, 4, 1))
_COLOURS: Final = {"left": (0.75, 0.12, 0.08, 1.0), "right": (0.06, 0.25, 0.65, 1.0), "middle": (0.4, 0.4, 0.4, 1.0)}
_SLIMNESS: Final = 0.12


def visible_meshes(character: Character) -> tuple[bpy.types.Object, ...]:
    """The character's meshes, or a body made of its bones when it has none: for looking at, not for export."""
    if character.meshes:
        return character.meshes
    return (_add_body(character.armature),)


def _add_body(armature: bpy.types.Object) -> bpy.types.Object:
    bones = list(_drawn_bones(armature.data.bones))
    corners = np.concatenate([_octahedron(bone) for bone in bones])
    faces = [tuple(index + 6 * number for index in face) for number in range(len(bones)) for face in _FACES]
    mesh = bpy.data.meshes.new("Bones")
    mesh.from_pydata(corners.tolist(), [], faces)
    for side, colour in _COLOURS.items():
        mesh.materials.append(_material(f"Bones {side}", colour))
    sides = [list(_COLOURS).index(_side(bone)) for bone in bones]
    mesh.polygons.foreach_set("material_index", np.repeat(sides, len(_FACES)).astype(np.int32))
    body = bpy.data.objects.new("Bones", mesh)
    current_scene().collection.objects.link(body)
    body.parent = armature
    for number, bone in enumerate(bones):
        body.vertex_groups.new(name=bone.name).add(list(range(6 * number, 6 * number + 6)), 1.0, "REPLACE")
    modifier = body.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature
    return body


def _drawn_bones(bones: Iterable[bpy.types.Bone]) -> Iterable[bpy.types.Bone]:
    """Bones that deform and are longer than nothing; all of them where the rig marks none."""
    kept = [bone for bone in bones if bone.length > 1e-6]
    return [bone for bone in kept if bone.use_deform] or kept


def _octahedron(bone: bpy.types.Bone) -> NDArray[np.float64]:
    """(6,3) corners in armature space: head, a ring of four near it, tail."""
    matrix, length = np.array(bone.matrix_local), bone.length
    width = length * _SLIMNESS
    ring = [
        (width, 0.15 * length, 0),
        (0, 0.15 * length, width),
        (-width, 0.15 * length, 0),
        (0, 0.15 * length, -width),
    ]
    local = np.array([(0.0, 0.0, 0.0), *ring, (0.0, length, 0.0)])
    return local @ matrix[:3, :3].T + matrix[:3, 3]


def _side(bone: bpy.types.Bone) -> str:
    offset = bone.head_local.x + bone.tail_local.x
    if abs(offset) < 0.04 * bone.length or abs(offset) < 1e-4:
        return "middle"
    return "left" if offset > 0.0 else "right"


def _material(name: str, colour: tuple[float, float, float, float]) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = colour
    shader.inputs["Roughness"].default_value = 1.0
    return material
