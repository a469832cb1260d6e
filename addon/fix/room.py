"""What Blender is told about this room, and what it is to forget."""

from __future__ import annotations

import bpy

from . import box_tool, contact_tool, live, notes, operators, panel, people, point_tool, settings
from .updates import UPDATES

CLASSES = tuple(
    each
    for part in (notes, settings, operators, point_tool, box_tool, contact_tool, people, panel)
    for each in part.CLASSES
)


def attach() -> None:
    """Hang the properties on their owners, after the classes are registered."""
    setattr(bpy.types.Action, notes.PROPERTY, bpy.props.PointerProperty(type=notes.PoseFromVideoFix))
    setattr(bpy.types.Scene, settings.PROPERTY, bpy.props.PointerProperty(type=settings.PoseFromVideoFixSettings))
    live.attach()
    bpy.app.handlers.load_pre.append(_before_loading)


def detach() -> None:
    """Stop what runs, and take the properties away, before the classes go."""
    _stop()
    live.detach()
    if _before_loading in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(_before_loading)
    for owner, name in ((bpy.types.Action, notes.PROPERTY), (bpy.types.Scene, settings.PROPERTY)):
        if hasattr(owner, name):
            delattr(owner, name)


@bpy.app.handlers.persistent
def _before_loading(*_: object) -> None:
    _stop()


def _stop() -> None:
    UPDATES.stop()
    for tool in (point_tool.CorrectPoints, box_tool.RedoInBox, contact_tool.EditContacts):
        tool.stop()
    people.stop()
