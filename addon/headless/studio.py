"""A photographer's studio: light, floor and Cycles settings that give a clean picture at two samples a pixel.

One sun of no size and a backdrop that only the camera sees leave nothing random but the edges of the shapes: Cycles
would pick one of several lights by chance. The fill light is painted on by the materials (`cloth`).
"""

from __future__ import annotations

import math
from typing import Final

import bpy
import numpy as np
from mathutils import Euler, Matrix, Vector
from numpy.typing import NDArray

from ..compat import choose_png
from . import cloth

_BACKDROP: Final = (0.80, 0.82, 0.85, 1.0)
_FLOOR: Final = (0.50, 0.52, 0.55, 1.0)
_FLOOR_DARK: Final = (0.43, 0.45, 0.48, 1.0)
_FLOOR_HALF_SIZE_M: Final = 40.0
_SQUARE_M: Final = 0.5
_SUN_TURN, _SUN_HEIGHT, _SUN_STRENGTH = math.radians(-35.0), math.radians(50.0), 2.7


def set_up_cycles(scene: bpy.types.Scene, width: int, height: int, samples: int) -> None:
    """Cycles on the processor, direct light only."""
    scene.render.engine = "CYCLES"
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.samples = samples
    cycles.use_adaptive_sampling = False
    cycles.use_denoising = False
    cycles.max_bounces = 0
    cycles.use_light_tree = False  # one sun needs no choosing
    cycles.transparent_max_bounces = 4
    cycles.light_sampling_threshold = 0.0  # skips faint lights by chance
    cycles.pixel_filter_type = "BLACKMAN_HARRIS"
    scene.render.use_persistent_data = True
    scene.render.use_motion_blur = False
    scene.render.use_compositing = False
    scene.render.use_sequencer = False
    scene.render.resolution_x, scene.render.resolution_y = width, height
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"
    choose_png(scene)


def light_scene(scene: bpy.types.Scene, facing: float = 0.0) -> None:
    """One sun and a plain backdrop.

    Args:
        scene: gets the light.
        facing: turn of the camera about the vertical, radians; 0 looks along +Y.
    """
    light = bpy.data.lights.new("Studio Sun", "SUN")
    light.energy, light.angle = _SUN_STRENGTH, 0.0
    item = bpy.data.objects.new(light.name, light)
    item.rotation_euler = Euler((math.pi / 2 - _SUN_HEIGHT, 0.0, facing + _SUN_TURN))
    scene.collection.objects.link(item)
    world = bpy.data.worlds.new("Studio Backdrop")
    scene.world = world
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs["Color"].default_value = _BACKDROP
    world.cycles.sampling_method = "NONE"
    visible = world.cycles_visibility
    visible.diffuse = visible.glossy = visible.transmission = visible.scatter = False


def lay_floor(scene: bpy.types.Scene) -> bpy.types.Object:
    """A chequered floor at z = 0; its squares show whether feet slide."""
    size = _FLOOR_HALF_SIZE_M
    mesh = bpy.data.meshes.new("Studio Floor")
    mesh.from_pydata([(-size, -size, 0), (size, -size, 0), (size, size, 0), (-size, size, 0)], [], [(0, 1, 2, 3)])
    material = bpy.data.materials.new("Studio Floor")
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    checker, position = nodes.new("ShaderNodeTexChecker"), nodes.new("ShaderNodeNewGeometry")
    shift = nodes.new("ShaderNodeVectorMath")  # off the plane of the floor, where the pattern would flicker
    shift.inputs[1].default_value = (0.0, 0.0, _SQUARE_M / 2)
    checker.inputs["Scale"].default_value = 1.0 / _SQUARE_M
    checker.inputs["Color1"].default_value, checker.inputs["Color2"].default_value = _FLOOR, _FLOOR_DARK
    links.new(position.outputs["Position"], shift.inputs[0])
    links.new(shift.outputs["Vector"], checker.inputs["Vector"])
    links.new(checker.outputs["Color"], nodes["Principled BSDF"].inputs["Base Color"])
    cloth.flatten(material)
    mesh.materials.append(material)
    item = bpy.data.objects.new("Studio Floor", mesh)
    scene.collection.objects.link(item)
    return item


def new_camera(scene: bpy.types.Scene, field_of_view: float) -> bpy.types.Object:
    """The scene's camera.

    Args:
        scene: gets it.
        field_of_view: radians, along the picture's longer side.
    """
    camera = bpy.data.cameras.new("Studio Camera")
    camera.angle, camera.clip_end = field_of_view, 500.0
    item = bpy.data.objects.new("Studio Camera", camera)
    scene.collection.objects.link(item)
    scene.camera = item
    return item


def aim(camera: bpy.types.Object, target: Vector, rotation: Matrix, distance: float) -> None:
    """Put the camera `distance` metres before `target`, looking at it with the given 3x3 world rotation."""
    away = rotation @ Vector((0.0, 0.0, 1.0))
    camera.matrix_world = Matrix.Translation(target + away * distance) @ rotation.to_4x4()


def blender_rotation(world_from_camera: NDArray[np.float64]) -> Matrix:
    """Rotation of a Blender camera (x right, y up, looks along -z) for a result's camera (x right, y down, z forward).

    Args:
        world_from_camera: (4,4) of the result file.
    """
    return Matrix(np.asarray(world_from_camera)[:3, :3] @ np.diag([1.0, -1.0, -1.0]))
