"""What Blender is told about this room, and what it is to forget."""

from __future__ import annotations

import bpy

from ..session import WATCHERS
from . import film_operators, known, live_view, operators, overlay, panel, settings, subject, take

CLASSES = (*take.CLASSES, *settings.CLASSES, *operators.CLASSES, *film_operators.CLASSES, *panel.CLASSES)


def attach() -> None:
    """Hang the properties on their owners, after the classes are registered."""
    setattr(bpy.types.Action, take.PROPERTY, bpy.props.PointerProperty(type=take.PoseFromVideoSource))
    setattr(bpy.types.Scene, settings.PROPERTY, bpy.props.PointerProperty(type=settings.PoseFromVideoLook))
    bpy.app.handlers.load_pre.append(_before_loading)
    if not bpy.app.background:
        WATCHERS.append(live_view.follow)


def detach() -> None:
    """Stop the film and the drawing, and take the properties away, before the classes go."""
    WATCHERS.clear()
    live_view.withdraw()
    film_operators.stop()
    subject.stop_placing()
    overlay.OVERLAY.withdraw()
    known.forget()
    if _before_loading in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(_before_loading)
    for owner, name in ((bpy.types.Action, take.PROPERTY), (bpy.types.Scene, settings.PROPERTY)):
        if hasattr(owner, name):
            delattr(owner, name)


@bpy.app.handlers.persistent
def _before_loading(*_: object) -> None:
    overlay.OVERLAY.withdraw()
    known.forget()
