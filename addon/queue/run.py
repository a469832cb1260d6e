"""Works the job list off, one row after the other; the window's timer and the background's loop drive it alike."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from pathlib import Path

import bpy

from ..errors import JobCancelled, RuntimeMissingError
from ..making import Plan, make, plan_for
from ..operators.reporting import EXPECTED, first_sentence
from ..preferences import jobs_folder, runtime_python
from ..session import SESSION
from .pace import Pace
from .rows import PoseFromVideoJob, find_row, jobs_of

Report = Callable[[set[str], str], None]
"""An operator's `report`."""


class Run:
    """One way through a scene's list.

    Attributes:
        current: uid of the job that the child works on; empty while it works on none of the list's.
        paused: nothing new is begun.
        pace: how fast films went.
        failed: sentences of the jobs that failed in this run.
        made: how many were keyed in this run.
    """

    def __init__(self) -> None:
        self.current = ""
        self.paused = False
        self.pace = Pace()
        self.failed: list[str] = []
        self.made = 0
        self._scene: int | None = None
        self._plan: Plan | None = None
        self._began = 0.0
        # Undo may turn a row's state back: what was begun in this run is not begun again by itself.
        self._begun: set[str] = set()

    @property
    def active(self) -> bool:
        """The list is being worked off."""
        return self._scene is not None

    def start(self, scene: bpy.types.Scene) -> None:
        """Begin; `step` does the work."""
        self._scene, self.current, self.paused = scene.session_uid, "", False
        self.failed, self.made, self._begun = [], 0, set()

    def again(self, uid: str) -> None:
        """Let a row that had its turn have another."""
        self._begun.discard(uid)

    def stop(self) -> None:
        """End the run, and its job with it; rows that had no end go on waiting."""
        if self.current:
            SESSION.abandon()
        self._scene, self._plan, self.current, self.paused = None, None, "", False

    def step(self, context: bpy.types.Context, report: Report, wait_s: float = 0.0) -> bool:
        """Look at the job that runs, or begin the next.

        Args:
            context: of the operator.
            report: told about each job that ends.
            wait_s: wait this long for news of the child.

        Returns:
            Whether there is more to do.

        Raises:
            RuntimeMissingError: there is no runtime, so that no film can be looked at; the run is over.
        """
        scene = next((each for each in bpy.data.scenes if each.session_uid == self._scene), None)
        if scene is None:
            self.stop()
            return False
        if self.current:
            self._attend(context, scene, report, wait_s)
            return True
        if SESSION.busy:  # the main button's own job goes first
            time.sleep(wait_s)
            return True
        row = None if self.paused else self._next(scene)
        if row is None:
            self.stop()
            return False
        try:
            self._begin(context, scene, row, report)
        except RuntimeMissingError:
            self.stop()
            raise
        return True

    def _next(self, scene: bpy.types.Scene) -> PoseFromVideoJob | None:
        rows = jobs_of(scene).rows
        return next((row for row in rows if row.state == "waiting" and row.uid not in self._begun), None)

    def _begin(self, context: bpy.types.Context, scene: bpy.types.Scene, row: PoseFromVideoJob, report: Report) -> None:
        self._begun.add(row.uid)
        try:
            plan = plan_for(scene, row.choices, row.choices.armature)
            request = plan.request()
            path = plan.source if request is None else SESSION.known_result(jobs_folder(), request)
            if path is not None:
                self._key(context, row, plan, path, report)
                return
            SESSION.start(runtime_python(), jobs_folder(), request, about=plan.armature_uid)
            self.current, self._plan, self._began = row.uid, plan, time.monotonic()
        except RuntimeMissingError:
            raise
        except Exception as error:
            self._fail(row, error, report)

    def _attend(self, context: bpy.types.Context, scene: bpy.types.Scene, report: Report, wait_s: float) -> None:
        """The job that runs: its row may have been removed, or undone, meanwhile."""
        row, plan = find_row(scene, self.current), self._plan
        if row is None or plan is None:
            SESSION.abandon()
            self.current = ""
            return
        try:
            path = SESSION.poll(wait_s)
            if path is None:
                return
            self.current = ""
            self.pace.take(time.monotonic() - self._began, row.frames)
            self._key(context, row, plan, path, report)
        except JobCancelled:
            self.current, row.state, row.said = "", "cancelled", ""
        except Exception as error:
            self.current = ""
            self._fail(row, error, report)

    def _key(self, context: bpy.types.Context, row: PoseFromVideoJob, plan: Plan, path: Path, report: Report) -> None:
        """Put what was found on the character: one undo step, which holds the row's new state as well."""
        made = make(context, plan, path)
        row.state, row.said = "done", " ".join((f"{made.sentence()}.", *made.warnings))
        self.made += 1
        report({"INFO"}, made.sentence())
        if not bpy.app.background:
            bpy.ops.ed.undo_push(message=f"Pose from Video: {made.action}")

    def _fail(self, row: PoseFromVideoJob, error: Exception, report: Report) -> None:
        """Whatever one job does, the others still get their turn."""
        if isinstance(error, EXPECTED):
            said = first_sentence(error)
        else:
            traceback.print_exception(error)
            said = f"{type(error).__name__}: {error}"
        row.state, row.said = "failed", said
        sentence = f"{Path(row.choices.video).name}: {said}"
        self.failed.append(sentence)
        report({"WARNING"}, sentence)


RUN = Run()
"""The run of this Blender; the room's `detach` stops it."""


def run_soon() -> None:
    """Let the list be worked off in the window, if it is not already."""
    if not RUN.active and not bpy.app.background:
        bpy.ops.pose_from_video.run_jobs("INVOKE_DEFAULT")
