"""Works the job list off, one row after the other; the window's timer and the background's loop drive it alike."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from pathlib import Path

import bpy

from ..errors import EXPECTED, JobCancelled, RuntimeMissingError
from ..fix.updates import UPDATES
from ..identity import by_uid
from ..making import Plan, make, plan_for
from ..operators.reporting import first_sentence
from ..preferences import jobs_folder, runtime_python
from ..session import SESSION
from .lanes import Lane, Lanes
from .pace import Pace
from .rows import PoseFromVideoJob, find_row, jobs_of

Report = Callable[[set[str], str], None]
"""An operator's `report`."""


class Run:
    """One way through a scene's list.

    Attributes:
        lanes: the children, and what they work on.
        paused: nothing new is begun.
        pace: how fast films went.
        failed: sentences of the jobs that failed in this run.
        made: how many were keyed in this run.
    """

    def __init__(self) -> None:
        self.lanes = Lanes()
        self.paused = False
        self.pace = Pace()
        self.failed: list[str] = []
        self.made = 0
        self._scene: int | None = None
        # Undo may turn a row's state back: what was begun in this run is not begun again by itself.
        self._begun: set[str] = set()

    @property
    def active(self) -> bool:
        """The list is being worked off."""
        return self._scene is not None

    def start(self, scene: bpy.types.Scene) -> None:
        """Begin; `step` does the work."""
        self._scene, self.paused = scene.session_uid, False
        self.failed, self.made, self._begun = [], 0, set()

    def again(self, uid: str) -> None:
        """Let a row that had its turn have another."""
        self._begun.discard(uid)

    def stop(self) -> None:
        """End the run, and its jobs with it; rows that had no end go on waiting."""
        self.lanes.stop()
        self._scene, self.paused = None, False

    def step(self, context: bpy.types.Context, report: Report, wait_s: float = 0.0) -> bool:
        """Look at the jobs that run, and begin another where there is a child for it.

        Args:
            context: of the operator.
            report: told about each job that ends.
            wait_s: wait this long for news of the children.

        Returns:
            Whether there is more to do.

        Raises:
            RuntimeMissingError: there is no runtime, so that no film can be looked at; the run is over.
        """
        scene = by_uid(bpy.data.scenes, self._scene)
        if scene is None:
            self.stop()
            return False
        busy = self.lanes.busy()
        for lane in busy:
            self._attend(context, scene, lane, report, wait_s / len(busy))
        row = None if self.paused else self._next(scene)
        if row is None and not self.lanes.busy():
            self.stop()
            return False
        # A change to a take that is looked at takes less than a second: it goes first.
        lane = self.lanes.free() if row is not None and not UPDATES.waits else None
        if row is not None and lane is not None:
            try:
                self._begin(context, scene, row, lane, report)
            except RuntimeMissingError:
                self.stop()
                raise
        return True

    def _next(self, scene: bpy.types.Scene) -> PoseFromVideoJob | None:
        rows = jobs_of(scene).rows
        return next((row for row in rows if row.state == "waiting" and row.uid not in self._begun), None)

    def _begin(
        self, context: bpy.types.Context, scene: bpy.types.Scene, row: PoseFromVideoJob, lane: Lane, report: Report
    ) -> None:
        try:
            plan = plan_for(scene, row.choices, row.choices.armature)
            request = plan.request()
            if request is not None and any(each.request == request for each in self.lanes.busy()):
                return  # its result will be known soon
            self._begun.add(row.uid)
            path = plan.source if request is None else SESSION.known_result(jobs_folder(), request)
            if path is None and request is not None:
                lane.start(row.uid, plan, request, runtime_python(), jobs_folder())
            elif path is not None:
                self._key(context, row, plan, path, report)
        except RuntimeMissingError:
            raise
        except Exception as error:
            self._begun.add(row.uid)
            self._fail(row, error, report)

    def _attend(
        self, context: bpy.types.Context, scene: bpy.types.Scene, lane: Lane, report: Report, wait_s: float
    ) -> None:
        """A job that runs: its row may have been removed, or undone, meanwhile."""
        row, plan = find_row(scene, lane.uid), lane.plan
        if row is None or plan is None:
            lane.session.abandon()
            lane.leave()
            return
        try:
            path = lane.session.poll(wait_s)
            if path is None:
                return
            lane.leave()
            self.pace.take(time.monotonic() - lane.began, row.to_do)
            self._key(context, row, plan, path, report)
        except JobCancelled:
            lane.leave()
            row.state, row.said = "cancelled", ""
        except Exception as error:
            lane.leave()
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
"""The run of this Blender; its room stops it."""


def run_soon() -> None:
    """Let the list be worked off in the window, if it is not already."""
    if not RUN.active and not bpy.app.background:
        bpy.ops.pose_from_video.run_jobs("INVOKE_DEFAULT")
