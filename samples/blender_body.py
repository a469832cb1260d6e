"""Build a dressed body in Blender: one mesh object with materials, bound by vertex groups to one armature object."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NoReturn

import bpy
import numpy as np
from mathutils import Matrix, Vector
from mesh_cut import BoolArray
from outfit import MATERIALS, Body, Dressed
from rig_names import VRM_NAMES

FIXED_COLOURS = {"eye": "#f2efe9", "iris": "#3a2a1c", "lips": ""}
MIN_BONE_M = 0.002  # Blender drops bones without length
ROUGHNESS = {"skin": 0.55, "hair": 0.5, "eye": 0.15, "iris": 0.1, "lips": 0.4, "shoes": 0.45}


def linear_colour(code: str) -> tuple[float, float, float, float]:
    """Scene-linear RGBA of an sRGB `#rrggbb` code."""
    value = np.array([int(code[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return (*(float(v) for v in linear), 1.0)


def make_material(name: str, colours: Mapping[str, str]) -> bpy.types.Material:
    """One plain Principled material of `MATERIALS`, coloured as the outfit says."""
    material = bpy.data.materials.new(name)
    if not material.node_tree:  # since 5.0 a material has its nodes from the start
        material.use_nodes = True
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    colour = linear_colour(colours.get(name) or FIXED_COLOURS.get(name) or colours["skin"])
    if name == "lips":
        colour = (colour[0] * 0.85, colour[1] * 0.55, colour[2] * 0.6, 1.0)
    shader.inputs["Base Color"].default_value = colour
    shader.inputs["Roughness"].default_value = ROUGHNESS.get(name, 0.8)
    material.diffuse_color = colour
    material.use_backface_culling = False
    return material


def build_mesh(name: str, body: Body, dressed: Dressed, colours: Mapping[str, str]) -> bpy.types.Object:
    """Mesh object with materials and normalised vertex groups, at most four to a vertex."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(dressed.vertices.tolist(), [], dressed.triangles.tolist())
    for material in MATERIALS:
        mesh.materials.append(make_material(material, colours))
    mesh.polygons.foreach_set("material_index", dressed.material.astype(np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(mesh.polygons), dtype=bool))
    mesh.update()
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    _add_weights(obj, body, dressed)
    return obj


def _add_weights(obj: bpy.types.Object, body: Body, dressed: Dressed) -> None:
    fourth = np.sort(dressed.weights, axis=1)[:, -4][:, None]
    weights = np.where((dressed.weights >= fourth) & (dressed.weights > 1e-3), dressed.weights, 0)
    weights /= weights.sum(axis=1, keepdims=True)
    for bone, name in enumerate(body.bone_names):
        members = np.flatnonzero(weights[:, bone])
        if len(members):
            group = obj.vertex_groups.new(name=name)
            for vertex in members:
                group.add([int(vertex)], float(weights[vertex, bone]), "REPLACE")


def build_armature(name: str, body: Body, rig: str, sole_m: float) -> bpy.types.Object:
    """Armature object whose bones lie at the body's joints, `sole_m` higher than barefoot.

    A `rigify` body gets Blender's own human metarig, its bones moved to the joints, so that it can be generated from.
    """
    if rig == "rigify":
        return _fit_metarig(name, body, sole_m)
    armature = bpy.data.objects.new(name, bpy.data.armatures.new(name))
    bpy.context.scene.collection.objects.link(armature)
    _edit(armature)
    names = body.bone_names
    lift = Vector((0, 0, sole_m))
    for index, bone_name in enumerate(names):
        bone = armature.data.edit_bones.new(bone_name)
        bone.head = Vector(map(float, body.arrays["heads_m"][index])) + lift
        bone.tail = Vector(map(float, body.arrays["tails_m"][index])) + lift
        bone.roll = float(body.arrays["rolls_rad"][index])
        parent = int(body.arrays["parents"][index])
        if parent >= 0:
            bone.parent = armature.data.edit_bones[names[parent]]
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def _edit(armature: bpy.types.Object) -> None:
    bpy.context.view_layer.objects.active = armature
    armature.select_set(True)
    bpy.ops.object.mode_set(mode="EDIT")


def _fit_metarig(name: str, body: Body, sole_m: float) -> bpy.types.Object:
    import addon_utils

    addon_utils.enable("rigify", default_set=True)  # its register() reads its own preferences
    bpy.ops.object.armature_human_metarig_add()
    armature = bpy.context.object
    armature.name = armature.data.name = name
    _edit(armature)
    names = body.bone_names
    lift = Vector((0, 0, sole_m))
    for bone in armature.data.edit_bones:
        index = names.index(bone.name)
        along = bone.tail - bone.head
        head = Vector(map(float, body.arrays["heads_m"][index])) + lift
        tail = Vector(map(float, body.arrays["tails_m"][index])) + lift
        if (tail - head).length < MIN_BONE_M:
            tail = head + along
        bone.head, bone.tail = head, tail
        bone.roll = float(body.arrays["rolls_rad"][index])
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def leave() -> NoReturn:
    """End the program at once: the bpy module crashes (4.2) or hangs (4.5) when Python takes it down."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def bind(mesh: bpy.types.Object, armature: bpy.types.Object) -> None:
    """Let `armature` deform `mesh`."""
    mesh.parent = armature
    modifier = mesh.modifiers.new("Armature", "ARMATURE")
    modifier.object = armature


def pose_arms_level(mesh: bpy.types.Object, armature: bpy.types.Object, chains: Mapping[str, tuple[str, ...]]) -> None:
    """Make a T-pose the rest pose: each arm straight along its side's X axis, mesh and bones together.

    Args:
        chains: upper arm, forearm, hand by side, `left` towards +X.
    """
    for side, chain in chains.items():
        target = Vector((1.0 if side == "left" else -1.0, 0.0, 0.0))
        for bone, child in pairwise(chain):
            posed, tip = armature.pose.bones[bone], armature.pose.bones[child]
            turn = (tip.head - posed.head).rotation_difference(target).to_matrix().to_4x4()
            posed.matrix = Matrix.Translation(posed.head) @ turn @ Matrix.Translation(-posed.head) @ posed.matrix
            bpy.context.view_layer.update()
    shown = mesh.evaluated_get(bpy.context.evaluated_depsgraph_get())
    coordinates = np.empty(len(mesh.data.vertices) * 3, dtype=np.float32)
    shown.data.vertices.foreach_get("co", coordinates)
    mesh.data.vertices.foreach_set("co", coordinates)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="POSE")
    bpy.ops.pose.armature_apply()
    bpy.ops.object.mode_set(mode="OBJECT")


def normalise_as_vrm(armature: bpy.types.Object) -> None:
    """Rename Mixamo bones to VRoid's names and turn every bone's axes to the world's, as VRM 0 files have them.

    A glTF node without rotation is, in Blender, a bone along +Z whose own Z axis points to -Y.
    """
    _edit(armature)
    bones = armature.data.edit_bones
    for bone in bones:
        bone.use_connect = False
    for bone in bones:
        bone.name = VRM_NAMES[bone.name]
        length = bone.length
        bone.tail = bone.head + Vector((0.0, 0.0, length))
        bone.align_roll(Vector((0.0, -1.0, 0.0)))
    root = bones.new("Root")
    root.head, root.tail = (0.0, 0.0, 0.0), (0.0, 0.0, 0.1)
    root.align_roll(Vector((0.0, -1.0, 0.0)))
    bones["J_Bip_C_Hips"].parent = root
    bpy.ops.object.mode_set(mode="OBJECT")


def decimate(mesh: bpy.types.Object, triangles: int, keep: BoolArray) -> int:
    """Collapse the mesh to about `triangles`, weights and materials kept; returns the count reached.

    Args:
        keep: (V,) vertices that stay, such as those along hems and brows.
    """
    count = sum(len(p.vertices) - 2 for p in mesh.data.polygons)
    if count > triangles:
        modifier: Any = mesh.modifiers.new("Decimate", "DECIMATE")
        modifier.ratio = triangles / count
        group = mesh.vertex_groups.new(name="keep")
        group.add(np.flatnonzero(keep).tolist(), 1.0, "REPLACE")
        modifier.vertex_group, modifier.invert_vertex_group = group.name, True
        bpy.context.view_layer.objects.active = mesh
        bpy.ops.object.modifier_apply(modifier=modifier.name)
        mesh.vertex_groups.remove(mesh.vertex_groups["keep"])
        bpy.ops.object.vertex_group_limit_total(group_select_mode="ALL", limit=4)
        bpy.ops.object.vertex_group_normalize_all(group_select_mode="ALL", lock_active=False)
    return sum(len(p.vertices) - 2 for p in mesh.data.polygons)
