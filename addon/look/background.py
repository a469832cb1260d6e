"""The film behind a camera's view, in time with the scene whatever the two rates are."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np

from .. import compat
from ..errors import LookError
from ..fcurves import CONSTANT, key_property
from ..footage import are_pictures, pictures_of
from ..rotation_modes import FloatArray
from .take import Take
from .turned import quarter_turns

_OFFSET_PATH = "background_images[0].image_user.frame_offset"


def frame_shape(scene: bpy.types.Scene) -> float:
    """Width of the scene's picture by its height, as it is seen."""
    render = scene.render
    return float(render.resolution_x * render.pixel_aspect_x / (render.resolution_y * render.pixel_aspect_y))


def show_film(camera: bpy.types.Camera, take: Take, times_s: FloatArray, shape: float) -> None:
    """Put the film behind the camera's view, as the only background.

    Args:
        camera: has no background yet.
        take: names the film and when it starts.
        times_s: (T,) times of the result's frames.
        shape: width by height of the picture that the camera takes.

    Raises:
        LookError: there is no such film, or Blender cannot read it.
    """
    pictures = pictures_of(take.video) if are_pictures(take.video) else None
    film_rate = _rate_of(take.video) if pictures is None else _mean_rate(times_s, take.rate)
    image = bpy.data.images.load(str(take.video if pictures is None else pictures.paths[0]), check_existing=False)
    try:
        if image.source != ("MOVIE" if pictures is None else "FILE") or not image.size[0]:
            raise LookError(f"Blender cannot read the film '{take.video}'; convert it to H.264 in an .mp4.")
        if pictures is not None and len(pictures.paths) > 1:
            image.source = "SEQUENCE"
        image.name = f"Film {take.video.name}"
        camera.show_background_images = True
        background = camera.background_images.new()
        background.source, background.image = "IMAGE", image
        background.alpha, background.display_depth, background.frame_method = 1.0, "BACK", "FIT"
        if pictures is None and not compat.OBEYS_ROTATION_TAGS:
            _turn_upright(background, take.video, image, shape)
        # Blender shows the picture of a number by that number in its name, a film's from 1
        _keep_time(camera, take, times_s, film_rate, 1 if pictures is None else pictures.first_number)
    except BaseException:
        bpy.data.images.remove(image)
        raise


def _rate_of(video: Path) -> float:
    """Frames a second by which Blender counts a film's frames.

    Raises:
        LookError: there is no such film.
    """
    if not video.is_file():
        raise LookError(f"The film '{video}' is gone; put it back, or process the video again.")
    try:
        clip = bpy.data.movieclips.load(str(video), check_existing=False)
    except RuntimeError as error:
        raise LookError(f"Blender cannot read the film '{video}' ({error}).") from error
    rate = float(clip.fps)
    bpy.data.movieclips.remove(clip)
    return rate if rate > 0.0 else 24.0


def _mean_rate(times_s: FloatArray, otherwise: float) -> float:
    """Frames a second of a result's own times; of a single frame, whatever is given."""
    return float((len(times_s) - 1) / (times_s[-1] - times_s[0])) if len(times_s) > 1 else otherwise


def _keep_time(camera: bpy.types.Camera, take: Take, times_s: FloatArray, film_rate: float, first_number: int) -> None:
    """Let each scene frame show the picture of its moment: where the rates differ, the offset is keyed.

    Args:
        first_number: of the film's first picture, as Blender numbers them.
    """
    user = camera.background_images[0].image_user
    first, last = int(np.floor(take.frame_start)), int(np.ceil(take.frames(times_s)[-1]))
    frames = np.arange(first, last + 1)
    user.use_auto_refresh = True
    user.frame_start, user.frame_duration = first, max(len(frames), 1)
    offsets = film_frames(take, frames, film_rate) + first_number - 1 - (frames - first + 1)
    user.frame_offset = int(offsets[0])
    changes = np.flatnonzero(np.diff(offsets, prepend=offsets[0] - 1))
    if len(changes) == 1:
        return
    key_property(camera, "CAMERA", _OFFSET_PATH, frames[changes], offsets[changes], CONSTANT)


def film_frames(take: Take, frames: FloatArray, film_rate: float) -> np.ndarray:
    """(N,) scene frames -> (N,) numbers, from 1, of the pictures of a film that they show.

    Blender counts pictures by time, at the film's mean rate, also where the film's own steps are uneven.
    """
    seconds = take.video_start / film_rate + (np.asarray(frames, np.float64) - take.frame_start) / take.rate
    return np.maximum(np.floor(seconds * film_rate + 1e-3).astype(int), 0) + 1


def _turn_upright(
    background: bpy.types.CameraBackgroundImage, video: Path, image: bpy.types.Image, shape: float
) -> None:
    """Turn a film that this Blender shows as it is stored, and fit it into the picture as it then lies."""
    turns = quarter_turns(video)
    background.rotation = turns * np.pi / 2  # clockwise, as the tag
    stored = image.size[0] / image.size[1]
    if turns % 2:
        background.scale = min(shape, 1.0 / stored) / (min(shape, stored) / stored)
