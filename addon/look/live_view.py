"""Follows the running jobs and lets the 3D views be drawn with what they see, as often as they can bear."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import bpy
import numpy as np

from ..identity import by_uid
from ..rotation_modes import FloatArray
from ..session import Session
from .drawing import Drawing
from .live import Live
from .live_canvas import Canvas, covered
from .settings import look_of
from .views import redraw_views

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


@dataclass(slots=True)
class Followed:
    """A job that is drawn.

    Attributes:
        session: it runs there.
        live: what it shows.
        canvas: draws that.
        to_scene: (4,4) from metres to where its character stands.
    """

    session: Session
    live: Live = field(default_factory=Live)
    canvas: Canvas = field(default_factory=Canvas)
    to_scene: FloatArray = field(default_factory=lambda: np.eye(4))

    def look(self) -> bool:
        """Read what the job shows; False when there was nothing new."""
        progress = self.session.progress
        if progress is None or progress.preview is None or not self.live.look(progress.preview):
            return False
        self.to_scene = _standing(self.session.about)
        return True


FOLLOWED: list[Followed] = []
"""The jobs that run, oldest first."""
_pace = _Pace()


def follow(session: Session) -> None:
    """Draw what a session's new job sees until it ends; in the background there is nothing to draw on."""
    if bpy.app.background:
        return
    FOLLOWED[:] = [each for each in FOLLOWED if each.session is not session] + [Followed(session)]
    DRAWING.show()
    if not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=_TICK_S, persistent=True)


def withdraw() -> None:
    """Draw no more."""
    DRAWING.withdraw()
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    FOLLOWED.clear()


def _tick() -> float | None:
    running = [each for each in FOLLOWED if each.session.progress is not None]
    over, FOLLOWED[:] = len(running) < len(FOLLOWED), running
    new = [each.look() for each in running]
    if not running:
        withdraw()
    if over or (any(new) and look_of(bpy.context.scene).live and _pace.may_redraw()):
        redraw_views(bpy.context)
    return _TICK_S if running else None


def _over_view() -> None:
    context = bpy.context
    if look_of(context.scene).live:
        left, bottom = covered(context)
        for each in FOLLOWED:
            if each.session.progress is not None and each.live.latest is not None:
                each.canvas.draw_figure(context, each.live, each.to_scene)
                left = each.canvas.draw_film(context, each.live.latest, each.session.progress, (left, bottom))
    _pace.end()


DRAWING = Drawing(("SpaceView3D", _pace.begin, "PRE_VIEW"), ("SpaceView3D", _over_view, "POST_PIXEL"))
"""Shown while a job runs."""


def _standing(uid: int) -> FloatArray:
    """(4,4) from metres to the scene: where a character stands, as tall as it is."""
    matrix = np.eye(4)
    obj = by_uid(bpy.data.objects, uid)
    if obj is None or obj.type != "ARMATURE":
        return matrix
    world = np.array(obj.matrix_world, np.float64)
    ends = np.array([end for bone in obj.data.bones for end in (bone.head_local, bone.tail_local)]) @ world[:3, :3].T
    height = float(np.ptp(ends[:, 2]))
    if height > 0.0:
        matrix[:3, :3] *= height / _REFERENCE_M
    matrix[:3, 3] = world[:3, 3]
    return matrix
