"""The film's set: a room with floor, wall and a few things, soft light, and a camera that stands still."""

from __future__ import annotations

import math

import bpy
import numpy as np
from blender_body import linear_colour
from mathutils import Matrix
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

WALL = "#b9c4bd"
FLOOR_LIGHT, FLOOR_DARK, FLOOR_GAP = "#a37a52", "#8a6341", "#5b4029"
LOOK_DOWN_RAD = math.radians(4.0)
CAMERA_HEIGHT_M = 1.3
KEY_LAMP_M, KEY_LAMP_SIZE_M = (-1.7, -2.4, 4.4), 1.0
FIELD_OF_VIEW_RAD = math.radians(50.0)  # of the picture's width


def plain_material(name: str, colour: str, roughness: float) -> bpy.types.Material:
    """One colour all over."""
    material = bpy.data.materials.new(name)
    if not material.node_tree:
        material.use_nodes = True
    shader = material.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = linear_colour(colour)
    shader.inputs["Roughness"].default_value = roughness
    return material


def _planks() -> bpy.types.Material:
    material = plain_material("Planks", FLOOR_LIGHT, 0.5)
    nodes, links = material.node_tree.nodes, material.node_tree.links
    place, brick = nodes.new("ShaderNodeNewGeometry"), nodes.new("ShaderNodeTexBrick")
    brick.inputs["Color1"].default_value = linear_colour(FLOOR_LIGHT)
    brick.inputs["Color2"].default_value = linear_colour(FLOOR_DARK)
    brick.inputs["Mortar"].default_value = linear_colour(FLOOR_GAP)
    for name, value in {"Scale": 1.0, "Mortar Size": 0.004, "Brick Width": 1.3, "Row Height": 0.14}.items():
        brick.inputs[name].default_value = value
    links.new(place.outputs["Position"], brick.inputs["Vector"])
    links.new(brick.outputs["Color"], nodes["Principled BSDF"].inputs["Base Color"])
    return material


def add_box(name: str, low: tuple[float, float, float], high: tuple[float, float, float], colour: str) -> None:
    """An axis-aligned box between two corners, metres."""
    corners = [(x, y, z) for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(corners, [], faces)
    mesh.materials.append(plain_material(name, colour, 0.6))
    bpy.context.scene.collection.objects.link(bpy.data.objects.new(name, mesh))


def build_room(wall_y: float) -> None:
    """Floor at z = 0 and a wall that faces -Y at `wall_y`, with things before it that stay clear of the person."""
    floor = bpy.data.meshes.new("Floor")
    floor.from_pydata([(-8, -9, 0), (8, -9, 0), (8, wall_y, 0), (-8, wall_y, 0)], [], [(0, 1, 2, 3)])
    floor.materials.append(_planks())
    bpy.context.scene.collection.objects.link(bpy.data.objects.new("Floor", floor))
    add_box("Wall", (-8, wall_y, 0), (8, wall_y + 0.2, 4.0), WALL)
    add_box("Skirting", (-8, wall_y - 0.02, 0), (8, wall_y, 0.1), "#e9e6df")
    add_box("Sideboard", (-2.9, wall_y - 0.45, 0.0), (-1.3, wall_y - 0.03, 0.7), "#6d7f8c")
    add_box("Lamp foot", (-2.6, wall_y - 0.3, 0.7), (-2.48, wall_y - 0.18, 1.0), "#c9b98f")
    add_box("Lamp shade", (-2.72, wall_y - 0.42, 1.0), (-2.36, wall_y - 0.06, 1.28), "#efe7cf")
    add_box("Frame", (0.75, wall_y - 0.04, 1.35), (1.75, wall_y, 2.1), "#3a332c")
    add_box("Picture", (0.8, wall_y - 0.05, 1.4), (1.7, wall_y - 0.03, 2.05), "#7fa3a8")
    add_box("Picture hill", (0.8, wall_y - 0.06, 1.4), (1.7, wall_y - 0.04, 1.65), "#5d7f5a")
    add_box("Shelf", (2.35, wall_y - 0.3, 0.0), (3.1, wall_y - 0.02, 1.9), "#94714f")


def light_room() -> None:
    """A large soft lamp from the front left, and dim light from everywhere."""
    light = bpy.data.lights.new("Key", "AREA")
    light.energy, light.size = 270.0, KEY_LAMP_SIZE_M
    lamp = bpy.data.objects.new("Key", light)
    away = np.array(KEY_LAMP_M) - np.array([0.3, 0.0, 0.9])
    lamp.matrix_world = Matrix.Translation(KEY_LAMP_M) @ looking_along(-away).to_4x4()
    bpy.context.scene.collection.objects.link(lamp)
    world = bpy.data.worlds.new("Room light")
    bpy.context.scene.world = world
    if not world.node_tree:
        world.use_nodes = True
    background = world.node_tree.nodes["Background"]
    background.inputs["Color"].default_value = (0.9, 0.95, 1.0, 1.0)
    background.inputs["Strength"].default_value = 0.6


def looking_along(direction: FloatArray) -> Matrix:
    """Turn (3, 3) of a lamp or camera, which in Blender look along their own -Z, level along a direction (3,)."""
    back = -direction / np.linalg.norm(direction)
    right = np.cross([0.0, 0.0, 1.0], back)
    right /= np.linalg.norm(right)
    return Matrix(np.stack([right, np.cross(back, right), back], axis=1).tolist())


def world_from_camera(joints: FloatArray, margin: float, size_px: tuple[int, int]) -> FloatArray:
    """Where the camera stands: level but for a slight look down, as near as keeps the person in the picture.

    Args:
        joints: (T, J, 3) all that must be seen, metres, world.
        margin: share of the picture's width and height to leave free at each side.
        size_px: width, height.

    Returns:
        (4, 4) of a camera with x right, y down, z forward.
    """
    low, high = joints.reshape(-1, 3).min(axis=0), joints.reshape(-1, 3).max(axis=0)
    forward = np.array([0.0, math.cos(LOOK_DOWN_RAD), -math.sin(LOOK_DOWN_RAD)])
    right = np.array([1.0, 0.0, 0.0])
    place = np.eye(4)
    place[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    focal = focal_px(size_px[0])
    for distance in np.arange(3.0, 9.0, 0.05):
        place[:3, 3] = ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2 - distance, CAMERA_HEIGHT_M)
        camera = to_camera(joints, place)
        pixels = focal * camera[..., :2] / camera[..., 2:] / np.array(size_px)
        if camera[..., 2].min() > 0.5 and np.abs(pixels).max() < 0.5 - margin:
            return place
    raise SystemExit("The motion leaves the room: choose a cut that stays within about three metres.")


def focal_px(width: int) -> float:
    """Focal length in pixels for a picture of that width."""
    return width / 2 / math.tan(FIELD_OF_VIEW_RAD / 2)


def to_camera(points: FloatArray, place: FloatArray) -> FloatArray:
    """Points (..., 3) of the world in the camera's axes; `place` is world_from_camera."""
    return (points - place[:3, 3]) @ place[:3, :3]


def add_camera(place: FloatArray, size_px: tuple[int, int]) -> bpy.types.Object:
    """Blender's camera at `place` (4, 4), world_from_camera with x right, y down, z forward."""
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene = bpy.context.scene
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.resolution_x, scene.render.resolution_y = size_px
    scene.render.resolution_percentage = 100
    camera.data.sensor_fit = "HORIZONTAL"
    camera.data.angle = FIELD_OF_VIEW_RAD
    camera.matrix_world = Matrix((place @ np.diag([1.0, -1.0, -1.0, 1.0])).tolist())
    return camera
