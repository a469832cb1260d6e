"""Presets of the panel's options, by Blender's own preset system; a few come with the extension as data."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
from pathlib import Path
from typing import ClassVar

import bpy
from bl_operators.presets import AddPresetBase
from bl_ui.utils import PresetPanel

from .room import Room
from .settings import PROPERTY, plain_names

SUBFOLDER = "pose_from_video"
OF_THE_FILM = (
    "video",
    "video_start",
    "video_end",
    "pictures_fps",
    "person_height_m",
    "lens_mm",
    "frame_start",
    "person",
    "region",
)
"""Choices that belong to one film, which no preset is to change."""


def preset_names() -> list[str]:
    """Names of the choices that a preset holds."""
    return [name for name in plain_names() if name not in OF_THE_FILM]


class POSE_FROM_VIDEO_PT_presets(PresetPanel, bpy.types.Panel):
    """Sets of options to choose from"""

    bl_label = "Option Presets"
    preset_subdir = SUBFOLDER
    preset_operator = "script.execute_preset"
    preset_add_operator = "pose_from_video.add_preset"


class POSE_FROM_VIDEO_MT_presets(bpy.types.Menu):
    """Sets of options to choose from"""

    bl_label = "Option Presets"
    preset_subdir = SUBFOLDER
    preset_operator = "script.execute_preset"
    draw = bpy.types.Menu.draw_preset


class AddPreset(AddPresetBase, bpy.types.Operator):
    """Keep the options as they are now as a preset, or remove the chosen one"""

    bl_idname = "pose_from_video.add_preset"
    bl_label = "Add Option Preset"
    preset_menu = "POSE_FROM_VIDEO_MT_presets"
    preset_subdir = SUBFOLDER
    # whole paths below: names defined here are not seen by Blender 4.3's own code on Python 3.13
    preset_defines: ClassVar[list[str]] = []

    @property
    def preset_values(self) -> list[str]:
        """What Blender is to write."""
        return [f"bpy.context.scene.{PROPERTY}.{name}" for name in preset_names()]


_FOLDER = str(Path(__file__).parent)
"""Holds a folder `presets`, as Blender asks for."""
_known: list[str] = []
"""Folders that Blender was told of: it warns when it is to forget others."""


def _attach() -> None:
    """Let Blender find the presets that come with the extension."""
    bpy.utils.register_preset_path(_FOLDER)
    _known.append(_FOLDER)


def _detach() -> None:
    """Let it forget them."""
    while _known:
        bpy.utils.unregister_preset_path(_known.pop())


ROOM = Room(classes=(POSE_FROM_VIDEO_PT_presets, POSE_FROM_VIDEO_MT_presets, AddPreset), attach=_attach, detach=_detach)
