"""How long the list will take. No bpy here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..progress import STAGE_SHARES, Progress


@dataclass(slots=True)
class Pace:
    """How fast films went so far.

    Attributes:
        seconds, frames: of the jobs that were done since Blender was started.
    """

    seconds: float = 0.0
    frames: int = 0

    def take(self, seconds: float, frames: int) -> None:
        """Learn from a job that is done."""
        self.seconds, self.frames = self.seconds + seconds, self.frames + frames

    def seconds_left(self, waiting: Iterable[int], running: Progress | None) -> float | None:
        """Seconds until the list is worked off.

        Args:
            waiting: frames of each waiting job, 0 where not known.
            running: of the job that runs, if one does; while it detects, its rate tells more than that of the others.

        Returns:
            None while no rate is known, or the length of no waiting job.
        """
        each = self._seconds_a_frame(running)
        if each is None:
            return None
        now = running.seconds_left if running is not None else None
        known = sum(waiting)
        if now is None and not known:
            return None
        return (now or 0.0) + known * each

    def _seconds_a_frame(self, running: Progress | None) -> float | None:
        if running is not None and running.stage == "detect" and running.fps > 0.0:
            return 1.0 / (running.fps * STAGE_SHARES["detect"])
        return self.seconds / self.frames if self.frames else None
