"""Films of a character, as numbered pictures."""

from __future__ import annotations

import math
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix, Vector

from ....rigs.arrays import FloatArray
from ...headless.bone_mesh import visible_meshes
from ...headless.cloth import dress
from ...headless.importer import Character
from ...headless.scene import current_scene
from ...headless.studio import aim, lay_floor, light_scene, new_camera, set_up_cycles

_SIZE_PX = (640, 640)
_SAMPLES = 2
_FIELD_OF_VIEW = math.radians(34.0)
_SHOWN = 0.65
"""Of the body, from the head down."""


def film(character: Character, frames: int, height_m: float, folder: Path, share: float) -> FloatArray:
    """Render frames 1 .. `frames` of the scene from before the character.

    Args:
        character: plays its action.
        frames: how many.
        height_m: of the character.
        folder: gets 0001.png and so on.
        share: of the full size; at 1 a hand is about 105 pixels long.

    Returns:
        (3,3) rotation of the camera: world from camera, x right, y down, z forward.
    """
    scene = current_scene()
    dress(visible_meshes(character))
    light_scene(scene)
    lay_floor(scene)
    camera = new_camera(scene, _FIELD_OF_VIEW)
    set_up_cycles(scene, *(round(side * share) for side in _SIZE_PX), samples=_SAMPLES)
    rotation = Matrix.Rotation(math.radians(90.0), 3, "X")
    distance = 0.5 * _SHOWN * height_m / math.tan(0.5 * _FIELD_OF_VIEW)
    aim(camera, Vector((0.0, 0.0, (1.05 - 0.5 * _SHOWN) * height_m)), rotation, distance)
    for frame in range(1, frames + 1):
        scene.frame_set(frame)
        scene.render.filepath = str(folder / f"{frame:04d}.png")
        bpy.ops.render.render(write_still=True, scene=scene.name)
    return np.array(rotation) @ np.diag([1.0, -1.0, -1.0])
