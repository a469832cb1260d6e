"""The children of a run: one, and further ones where there are cores for them."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..making import Plan
from ..progress import Progress
from ..session import SESSION, Session

CORES_EACH = 4
"""A child keeps two cores busy while it detects, and Blender wants its own."""
MOST = 3
"""Each child holds its own networks in memory."""


@dataclass(slots=True)
class Lane:
    """A child, and the job of the list that it works on.

    Attributes:
        session: of the child; the first lane's is the one that the main button uses as well.
        uid: of the job, empty where it works on none of the list's.
        plan: of the job.
        request: of the job.
        began: when (`time.monotonic`).
    """

    session: Session = field(default_factory=Session)
    uid: str = ""
    plan: Plan | None = None
    request: Mapping[str, Any] | None = None
    began: float = 0.0

    def start(self, uid: str, plan: Plan, request: Mapping[str, Any], python: Path, folder: Path) -> None:
        """Begin a job; errors as `Session.start`."""
        self.session.start(python, folder, request, about=plan.armature_uid)
        self.uid, self.plan, self.request, self.began = uid, plan, request, time.monotonic()

    def leave(self) -> None:
        """The job is over."""
        self.uid, self.plan, self.request = "", None, None


class Lanes:
    """As many as there are cores for; the further ones are made when they are needed.

    Attributes:
        most: lanes at a time.
    """

    def __init__(self) -> None:
        """Nothing is started."""
        self.most = max(1, min(MOST, (os.cpu_count() or 1) // CORES_EACH))
        self._lanes = [Lane(SESSION)]

    def busy(self) -> list[Lane]:
        """Those that work on a job of the list."""
        return [lane for lane in self._lanes if lane.uid]

    def free(self) -> Lane | None:
        """One that can take a job; None where there is none."""
        for lane in self._lanes:
            if not lane.uid and not lane.session.busy:
                return lane
        if len(self._lanes) < self.most:
            self._lanes.append(Lane())
            return self._lanes[-1]
        return None

    def of(self, uid: str) -> Lane | None:
        """The one that works on a job."""
        return next((lane for lane in self.busy() if lane.uid == uid), None)

    def progress_of(self, uid: str) -> Progress | None:
        """How far a job is; None where it does not run."""
        lane = self.of(uid)
        return lane.session.progress if lane is not None else None

    def cancel(self) -> None:
        """Ask all jobs of the list to end."""
        for lane in self.busy():
            lane.session.cancel_requested = True

    def stop(self) -> None:
        """End all jobs of the list without waiting, and all children but the first."""
        for number, lane in enumerate(self._lanes):
            if lane.uid or number > 0:
                lane.session.abandon()
            lane.leave()
        del self._lanes[1:]
