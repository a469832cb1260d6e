"""A contact sheet: the character rendered every half second, beside the film's frame and the skeleton."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from ..meshes import world_vertices
from ..rates import frame_rate
from .bone_mesh import visible_meshes
from .cloth import dress
from .importer import Character
from .pictures import compose
from .playback import body_bones
from .progress import Progress
from .scene import current_scene, go_to
from .studio import aim, blender_rotation, lay_floor, light_scene, new_camera, set_up_cycles

_PERIOD_S: Final = 0.5
_MOST_MOMENTS: Final = 40
_TILE_PX: Final = (285, 360)
_SAMPLES: Final = 4
_FIELD_OF_VIEW: Final = math.radians(38.0)


def contact_sheet(
    character: Character,
    result: Path,
    video: Path | None,
    output: Path,
    runtime: Path,
    progress: Progress,
    first_frame: int = 0,
) -> None:
    """Render the character as the scene plays it, from the film camera's direction, and compose the sheet.

    The scene gets lights, a floor and a camera: call this after the export.

    Args:
        character: its action is the active one and starts at the scene's first frame.
        result: the result .npz that the action was made from.
        video: the film, or None.
        output: the picture.
        runtime: the runtime's interpreter.
        progress: told about every still.
        first_frame: the film's frame number of the result's frame 0.

    Raises:
        AddonError: the composing failed.
    """
    with np.load(result, allow_pickle=False) as arrays:
        times, camera = arrays["frame_times_s"], arrays["world_from_camera"]
    moments = _moments(times - times[0])
    with tempfile.TemporaryDirectory(prefix="pose_") as folder:
        seconds = [float(times[frame] - times[0]) for frame in moments]
        render_stills(character, seconds, camera, Path(folder), progress)
        compose("contact-sheet", runtime, result, video, Path(folder), moments, output, first_frame)


def _moments(times_s: NDArray[np.float64]) -> list[int]:
    """Frame numbers every half second, or as many as may be, spread over the whole clip; (T,) times rise from 0."""
    period_s = max(_PERIOD_S, float(times_s[-1]) / _MOST_MOMENTS)
    wanted = np.arange(0.0, float(times_s[-1]) + 1e-9, period_s)
    return np.unique(np.abs(times_s[None, :] - wanted[:_MOST_MOMENTS, None]).argmin(axis=1)).tolist()


def render_stills(
    character: Character,
    seconds: Sequence[float],
    world_from_camera: NDArray[np.float64],
    folder: Path,
    progress: Progress,
) -> None:
    """Render `folder`/000.png and on, the character in the middle of each.

    Args:
        character: its action starts at the scene's first frame.
        seconds: moments from the action's start.
        world_from_camera: (4,4) of the result file: the stills are taken from its direction.
        folder: existing folder.
        progress: told about every still.
    """
    scene = current_scene()
    dress(visible_meshes(character))
    rotation = blender_rotation(world_from_camera)
    light_scene(scene, rotation.to_euler("YXZ").z)
    lay_floor(scene)
    camera = new_camera(scene, _FIELD_OF_VIEW)
    set_up_cycles(scene, *_TILE_PX, samples=_SAMPLES)
    bones = body_bones(character)
    height, above = _rest_heights(character, bones)
    for index, second in enumerate(seconds):
        frame = scene.frame_start + second * frame_rate(scene)
        go_to(scene, frame)
        aim(camera, _middle(character, bones, height, above), rotation, 0.68 * height / math.tan(_FIELD_OF_VIEW / 2))
        go_to(scene, frame)  # with persistent data, a render sees only what a frame change has evaluated
        scene.render.filepath = str(folder / f"{index:03d}.png")
        bpy.ops.render.render(write_still=True, scene=scene.name)
        progress.update("render", index + 1, len(seconds))


def _rest_heights(character: Character, bones: Sequence[str]) -> tuple[float, float]:
    """Height of the body at rest, and how far its middle lies above the middle of the bones; metres."""
    armature = character.armature
    heads = [(armature.matrix_world @ armature.data.bones[name].head_local).z for name in bones]
    ends = [(armature.matrix_world @ bone.tail_local).z for bone in armature.data.bones] + heads
    for mesh in character.meshes:
        heights = world_vertices(mesh)[:, 2]
        ends += [float(heights.min()), float(heights.max())] if len(heights) else []
    return max(0.1, max(ends) - min(ends)), (max(ends) + min(ends)) / 2 - (max(heads) + min(heads)) / 2


def _middle(character: Character, bones: Sequence[str], height: float, above: float) -> Vector:
    """Middle of the posed body, in world space; never so low that half of the picture is floor."""
    armature = character.armature
    heads = np.array([armature.matrix_world @ armature.pose.bones[name].head for name in bones])
    centre = (heads.min(axis=0) + heads.max(axis=0)) / 2
    return Vector((centre[0], centre[1], max(centre[2] + above, 0.35 * height)))
