"""What Blender is told about this room, and what it is to forget."""

from __future__ import annotations

import bpy

from ..room import Room
from . import operators, panel, settings

ROOM = Room(
    classes=(*settings.CLASSES, *operators.CLASSES, *panel.CLASSES),
    properties=((bpy.types.Scene, settings.PROPERTY, settings.PoseFromVideoExport),),
    detach=operators.LAST.clear,
)
