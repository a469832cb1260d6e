"""How long the list will take. No bpy here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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

    def seconds_left(self, waiting: Iterable[int], running: Sequence[Progress]) -> float | None:
        """Seconds until the list is worked off.

        Args:
            waiting: frames of each waiting job, 0 where not known.
            running: of the jobs that run side by side; while one detects, its rate tells more than that of others.

        Returns:
            None while no rate is known, or the length of no job.
        """
        each = self._seconds_a_frame(running)
        now = [left for progress in running if (left := progress.seconds_left) is not None]
        known = sum(waiting)
        if each is None or not (now or known):
            return None
        return (sum(now) + known * each) / max(len(running), 1)

    def _seconds_a_frame(self, running: Sequence[Progress]) -> float | None:
        rates = [each.fps for each in running if each.stage == "detect" and each.fps > 0.0]
        if rates:
            return len(rates) / (sum(rates) * STAGE_SHARES["detect"])
        return self.seconds / self.frames if self.frames else None
