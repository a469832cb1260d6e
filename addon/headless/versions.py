"""Differences between Blender 4.2 and 5.2 that only rendering and encoding meet; the rest is in `addon.compat`."""

from __future__ import annotations

from typing import Any

import bpy

HAS_MEDIA_TYPE = bpy.app.version >= (5, 0, 0)
"""Pictures and films are told apart before their format is chosen."""
HAS_STRIPS = bpy.app.version >= (4, 4, 0)
"""The sequencer's `sequences` are called `strips`; 5.0 took the old name away."""


def choose_png(scene: bpy.types.Scene) -> None:
    """Let `scene` render PNG pictures."""
    settings = scene.render.image_settings
    if HAS_MEDIA_TYPE:
        settings.media_type = "IMAGE"
    settings.file_format = "PNG"
    settings.color_mode = "RGB"
    settings.compression = 5


def choose_film(scene: bpy.types.Scene) -> None:
    """Let `scene` render a film through Blender's FFmpeg; the codec is set on `scene.render.ffmpeg`."""
    settings = scene.render.image_settings
    if HAS_MEDIA_TYPE:
        settings.media_type = "VIDEO"
    settings.file_format = "FFMPEG"
    settings.color_mode = "RGB"


def sequencer_strips(scene: bpy.types.Scene) -> Any:
    """The collection of the sequencer's strips, made when missing."""
    editor = scene.sequence_editor_create()
    return editor.strips if HAS_STRIPS else editor.sequences
