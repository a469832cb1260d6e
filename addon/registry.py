"""Tell Blender what there is, and take it back."""

from __future__ import annotations

import bpy

from . import drop, option_presets, settings
from .export.room import ROOM as EXPORT
from .fix.room import ROOM as FIX
from .look.room import ROOM as LOOK
from .mapping.room import ROOM as MAPPING
from .operators import calibrate, process, runtime
from .operators.window import end_all_modal
from .panels import sidebar
from .preferences import PoseFromVideoPreferences
from .queue.room import ROOM as QUEUE
from .room import Room
from .session import IDLE_S, SESSION
from .setup.session import SETUP


def _forget() -> None:
    """Another file replaces the armature that the job was for."""
    if SESSION.busy:
        SESSION.abandon()


MAIN = Room(
    classes=(
        PoseFromVideoPreferences,
        settings.PoseFromVideoSettings,
        *process.CLASSES,
        *calibrate.CLASSES,
        *runtime.CLASSES,
        *sidebar.CLASSES,
    ),
    properties=((bpy.types.Scene, settings.PROPERTY, settings.PoseFromVideoSettings),),
    forget=_forget,
)
ROOMS = (MAIN, QUEUE, MAPPING, LOOK, FIX, EXPORT, drop.ROOM, option_presets.ROOM)
"""In the order in which they are opened."""


def register() -> None:
    """Register everything; an installed extension is registered again after each update."""
    for room in ROOMS:
        room.open()
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
        room.close()


@bpy.app.handlers.persistent
def _before_loading(*_: object) -> None:
    for room in ROOMS:
        room.forget()


def _close_if_idle() -> float:
    SESSION.close_if_idle()
    return IDLE_S
