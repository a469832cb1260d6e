"""What Blender is told about this room, and what it is to forget."""

from __future__ import annotations

import bpy

from ..room import Room
from ..session import WATCHERS
from . import film_operators, known, live_view, operators, panel, settings, subject, take
from .overlay import OVERLAY


def _attach() -> None:
    if not bpy.app.background:
        WATCHERS.append(live_view.follow)


def _detach() -> None:
    """Stop the film and the drawing."""
    WATCHERS.clear()
    live_view.withdraw()
    film_operators.stop()
    subject.stop_placing()
    _forget()


def _forget() -> None:
    OVERLAY.withdraw()
    known.forget()


ROOM = Room(
    classes=(*take.CLASSES, *settings.CLASSES, *operators.CLASSES, *film_operators.CLASSES, *panel.CLASSES),
    properties=(
        (bpy.types.Action, take.PROPERTY, take.PoseFromVideoSource),
        (bpy.types.Scene, settings.PROPERTY, settings.PoseFromVideoLook),
    ),
    attach=_attach,
    detach=_detach,
    forget=_forget,
)
