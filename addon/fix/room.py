"""What Blender is told about this room, and what it is to forget."""

from __future__ import annotations

import bpy

from ..room import Room
from . import box_tool, contact_tool, live, notes, operators, panel, people, point_tool, settings
from .updates import UPDATES


def _detach() -> None:
    _forget()
    live.detach()


def _forget() -> None:
    """Stop what runs."""
    UPDATES.stop()
    for tool in (point_tool.CorrectPoints, box_tool.RedoInBox, contact_tool.EditContacts):
        tool.stop()
    people.stop()


ROOM = Room(
    classes=tuple(
        each
        for part in (notes, settings, operators, point_tool, box_tool, contact_tool, people, panel)
        for each in part.CLASSES
    ),
    properties=(
        (bpy.types.Action, notes.PROPERTY, notes.PoseFromVideoFix),
        (bpy.types.Scene, settings.PROPERTY, settings.PoseFromVideoFixSettings),
    ),
    attach=live.attach,
    detach=_detach,
    forget=_forget,
)
