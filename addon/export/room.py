"""What Blender is told about this room, and what it is to forget."""

from __future__ import annotations

import bpy

from . import operators, panel, settings

CLASSES = (*settings.CLASSES, *operators.CLASSES, *panel.CLASSES)


def attach() -> None:
    """Hang the choices on scenes, after the classes are registered."""
    setattr(bpy.types.Scene, settings.PROPERTY, bpy.props.PointerProperty(type=settings.PoseFromVideoExport))


def detach() -> None:
    """Take the choices away, before the classes go."""
    operators.LAST.clear()
    if hasattr(bpy.types.Scene, settings.PROPERTY):
        delattr(bpy.types.Scene, settings.PROPERTY)
