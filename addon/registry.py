"""Tell Blender what there is, and take it back."""

from __future__ import annotations

import bpy

from . import drop, option_presets, settings
from .export import room as export
from .fix import room as fix
from .look import room as look
from .mapping import room as mapping
from .operators import calibrate, process, runtime
from .operators.window import end_all_modal
from .panels import sidebar
from .preferences import PoseFromVideoPreferences
from .queue import room as queue
from .session import IDLE_S, SESSION
from .setup.session import SETUP

ROOMS = (queue, mapping, look, fix, export, drop, option_presets)
"""Rooms of the add-on with panels and handlers of their own: CLASSES, attach(), detach()."""

CLASSES = (
    PoseFromVideoPreferences,
    settings.PoseFromVideoSettings,
    *process.CLASSES,
    *calibrate.CLASSES,
    *runtime.CLASSES,
    *sidebar.CLASSES,
    *(each for room in ROOMS for each in room.CLASSES),
)


def register() -> None:
    """Register everything; an installed extension is registered again after each update."""
    for each in CLASSES:
        bpy.utils.register_class(each)
    setattr(bpy.types.Scene, settings.PROPERTY, bpy.props.PointerProperty(type=settings.PoseFromVideoSettings))
    for room in ROOMS:
        room.attach()
    bpy.app.handlers.load_pre.append(_before_loading)
    bpy.app.timers.register(_close_if_idle, first_interval=IDLE_S, persistent=True)


def unregister() -> None:
    """Stop the job, end the child, and remove everything."""
    SESSION.close()
    SETUP.close()
    end_all_modal(bpy.context)
    if bpy.app.timers.is_registered(_close_if_idle):
        bpy.app.timers.unregister(_close_if_idle)
    if _before_loading in bpy.app.handlers.load_pre:
        bpy.app.handlers.load_pre.remove(_before_loading)
    for room in reversed(ROOMS):
        room.detach()
    if hasattr(bpy.types.Scene, settings.PROPERTY):
        delattr(bpy.types.Scene, settings.PROPERTY)
    for each in reversed(CLASSES):
        if each.is_registered:
            bpy.utils.unregister_class(each)


@bpy.app.handlers.persistent
def _before_loading(*_: object) -> None:
    """Another file replaces the armature that the job was for."""
    if SESSION.busy:
        SESSION.abandon()


def _close_if_idle() -> float:
    SESSION.close_if_idle()
    return IDLE_S
