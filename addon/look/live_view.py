"""Follows the running job and lets the 3D views be drawn with what it sees, as often as they can bear."""

from __future__ import annotations

import time

import bpy
import numpy as np

from ..rotation_modes import FloatArray
from ..session import SESSION
from .live import Live
from .live_canvas import Canvas
from .settings import look_of
from .views import redraw_views

LIVE = Live()
_TICK_S = 0.1
_SHARE_OF_TIME = 0.25
"""Of the window's time that redraws for the job's sake may take: a heavy scene is drawn less often."""
_REFERENCE_M = 1.75


class _Pace:
    """When the views may be drawn again, from how long the last time took."""

    def __init__(self) -> None:
        self._began_s = self._took_s = self._next_s = 0.0

    def begin(self) -> None:
        self._began_s = time.perf_counter()

    def end(self) -> None:
        self._took_s = time.perf_counter() - self._began_s

    def may_redraw(self) -> bool:
        """Whether it is time; counts as a redraw if so."""
        now = time.perf_counter()
        if now < self._next_s:
            return False
        self._next_s = now + self._took_s / _SHARE_OF_TIME
        return True


_pace, _canvas = _Pace(), Canvas()
_handles: list[object] = []
_to_scene: list[FloatArray] = [np.eye(4)]


def follow() -> None:
    """Draw until no job runs any more; in the background there is nothing to draw on."""
    if bpy.app.background:
        return
    LIVE.forget()
    if not _handles:
        for draw, when in ((_pace.begin, "PRE_VIEW"), (_over_view, "POST_PIXEL")):
            _handles.append(bpy.types.SpaceView3D.draw_handler_add(draw, (), "WINDOW", when))
    if not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=_TICK_S, persistent=True)


def withdraw() -> None:
    """Draw no more."""
    while _handles:
        bpy.types.SpaceView3D.draw_handler_remove(_handles.pop(), "WINDOW")
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    LIVE.forget()
    _canvas.forget()


def _tick() -> float | None:
    progress = SESSION.progress
    if progress is None:
        withdraw()
        redraw_views(bpy.context)
        return None
    new = progress.preview is not None and LIVE.look(progress.preview)
    if new and look_of(bpy.context.scene).live and _pace.may_redraw():
        _to_scene[0] = _standing(SESSION.about)
        redraw_views(bpy.context)
    return _TICK_S


def _over_view() -> None:
    context, progress = bpy.context, SESSION.progress
    if progress is not None and LIVE.latest is not None and look_of(context.scene).live:
        _canvas.draw(context, LIVE, progress, _to_scene[0])
    _pace.end()


def _standing(uid: int) -> FloatArray:
    """(4,4) from metres to the scene: where a character stands, as tall as it is."""
    matrix = np.eye(4)
    obj = next((item for item in bpy.data.objects if item.session_uid == uid), None)
    if obj is None:
        return matrix
    world = np.array(obj.matrix_world, np.float64)
    ends = np.array([end for bone in obj.data.bones for end in (bone.head_local, bone.tail_local)]) @ world[:3, :3].T
    height = float(np.ptp(ends[:, 2]))
    if height > 0.0:
        matrix[:3, :3] *= height / _REFERENCE_M
    matrix[:3, 3] = world[:3, 3]
    return matrix
