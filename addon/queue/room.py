"""What Blender is told about this room, and what it is to forget."""

from __future__ import annotations

import bpy

from . import operators, panel, rows, run_operators
from .run import RUN

CLASSES = (*rows.CLASSES, *operators.CLASSES, *run_operators.CLASSES, *panel.CLASSES)


def attach() -> None:
    """Hang the list on the scenes, after the classes are registered."""
    setattr(bpy.types.Scene, rows.PROPERTY, bpy.props.PointerProperty(type=rows.PoseFromVideoJobs))
    bpy.app.handlers.load_pre.append(_before_loading)


def detach() -> None:
    """Stop the run, and take the list away, before the classes go."""
    RUN.stop()
    if _before_loading in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(_before_loading)
    if hasattr(bpy.types.Scene, rows.PROPERTY):
        delattr(bpy.types.Scene, rows.PROPERTY)


@bpy.app.handlers.persistent
def _before_loading(*_: object) -> None:
    """The list that is worked off goes with its file."""
    RUN.stop()
