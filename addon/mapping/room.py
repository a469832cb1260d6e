"""What Blender is told about this room, and what it is to forget."""

from __future__ import annotations

import bpy

from . import files, operators, panel, rows

CLASSES = (*rows.CLASSES, *operators.CLASSES, *files.CLASSES, *panel.CLASSES)


def attach() -> None:
    """Hang the list on objects, after the classes are registered."""
    setattr(bpy.types.Object, rows.PROPERTY, bpy.props.PointerProperty(type=rows.PoseFromVideoRig))


def detach() -> None:
    """Take the list away, before the classes go."""
    if hasattr(bpy.types.Object, rows.PROPERTY):
        delattr(bpy.types.Object, rows.PROPERTY)
