"""Numbered pictures to an H.264 film with Blender's own FFmpeg: nothing else has to be installed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import bpy

from ..compat import choose_film, sequencer_strips
from ..errors import AddonError
from ..files import whole
from ..rates import set_frame_rate


def encode_film(pictures: Sequence[Path], output: Path, fps: float) -> None:
    """Write `pictures`, all of one size and in one folder, as an H.264 MP4.

    Args:
        pictures: files in the order of the film; their width and height are even.
        output: the .mp4; replaced only when whole.
        fps: frames a second.

    Raises:
        AddonError: nothing to encode, or Blender's encoder failed.
    """
    if not pictures:
        raise AddonError(f"The film {output.name} would have no frames: render some first.")
    scene = bpy.data.scenes.new("Encode")
    try:
        _place_pictures(scene, pictures)
        _choose_h264(scene)
        set_frame_rate(scene, fps)
        with whole(output) as aside:
            scene.render.filepath = str(aside)
            scene.render.use_file_extension = False
            bpy.ops.render.render(animation=True, scene=scene.name)
            if not aside.is_file() or aside.stat().st_size == 0:
                raise AddonError(f"Blender wrote nothing to {output}: its build may lack FFmpeg; use an official one.")
    except (OSError, RuntimeError) as error:
        raise AddonError(f"The film {output} could not be encoded ({str(error).strip()}).") from error
    finally:
        bpy.data.scenes.remove(scene)


def _place_pictures(scene: bpy.types.Scene, pictures: Sequence[Path]) -> None:
    first = bpy.data.images.load(str(pictures[0]))
    scene.render.resolution_x, scene.render.resolution_y = first.size
    scene.render.resolution_percentage = 100
    bpy.data.images.remove(first)
    strip = sequencer_strips(scene).new_image("Pictures", str(pictures[0]), channel=1, frame_start=1)
    for picture in pictures[1:]:
        strip.elements.append(picture.name)
    scene.frame_start, scene.frame_end = 1, len(pictures)


def _choose_h264(scene: bpy.types.Scene) -> None:
    scene.render.use_sequencer = True
    scene.view_settings.view_transform = "Standard"  # the pictures are finished: no second look upon them
    choose_film(scene)
    codec = scene.render.ffmpeg
    codec.format = "MPEG4"
    codec.codec = "H264"
    codec.constant_rate_factor = "HIGH"
    codec.ffmpeg_preset = "GOOD"
    codec.gopsize = 30
    codec.audio_codec = "NONE"
