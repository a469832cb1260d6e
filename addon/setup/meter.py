"""How far the fetching is: packages, megabytes, rate, time left."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from .pins import Pin

_WINDOW_S = 5.0
"""The rate is that of the last seconds."""


class Meter:
    """Counts what has arrived, from what lies in the folders: the same for any version of pip."""

    def __init__(self, pins: Sequence[Pin], there: Sequence[Pin]) -> None:
        """Start to count.

        Args:
            pins: all packages.
            there: those of them that an earlier try has fetched; they say nothing about the rate.
        """
        self._packages, self._total_mb = len(pins), _size_mb(pins)
        self._whole, self._whole_mb, self._now_mb = len(there), _size_mb(there), 0.0
        self._history: deque[tuple[float, float]] = deque()

    def look(self, folder: Path, group: Sequence[Pin]) -> None:
        """See how much of the packages that are being fetched lies in the folder for what is half fetched.

        It never becomes less: pip empties files before it fills them again.

        Args:
            folder: holds nothing else.
            group: the packages; more than their size is not believed.
        """
        self._now_mb = max(self._now_mb, min(folder_mb(folder), _size_mb(group)))
        self._note()

    def end(self, group: Sequence[Pin]) -> None:
        """The packages are there."""
        self._whole, self._whole_mb, self._now_mb = self._whole + len(group), self._whole_mb + _size_mb(group), 0.0
        self._note()

    def _note(self) -> None:
        now = time.monotonic()
        self._history.append((now, self.done_mb))
        while now - self._history[0][0] > _WINDOW_S:
            self._history.popleft()

    @property
    def done_mb(self) -> float:
        """What has arrived."""
        return self._whole_mb + self._now_mb

    @property
    def factor(self) -> float:
        """0..1."""
        return min(self.done_mb / max(self._total_mb, 1e-9), 1.0)

    @property
    def rate_mb_s(self) -> float:
        """Megabytes a second, 0 while it is not known."""
        if len(self._history) < 2:
            return 0.0
        (began, first), (ended, last) = self._history[0], self._history[-1]
        return max(last - first, 0.0) / max(ended - began, 1e-3)

    def text(self, group: Sequence[Pin]) -> str:
        """Package n of m, megabytes, rate and time left, as far as they are known."""
        number = self._whole + 1 if len(group) == 1 else f"{self._whole + 1} to {self._whole + len(group)}"
        name = group[0].name if len(group) == 1 else "small packages"
        parts = [f"{name} ({number} of {self._packages})", f"{self.done_mb:.0f} of {self._total_mb:.0f} MB"]
        if self.rate_mb_s > 0.01:
            left_s = max(self._total_mb - self.done_mb, 0.0) / self.rate_mb_s
            parts += [f"{self.rate_mb_s:.1f} MB/s", f"about {_duration(left_s)} left"]
        return ", ".join(parts)


def folder_mb(folder: Path) -> float:
    """Size of the files in a folder and below; files that go away meanwhile count nothing."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total / 1e6


def _size_mb(pins: Sequence[Pin]) -> float:
    return sum(pin.size_mb for pin in pins)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90.0 else f"{seconds / 60.0:.0f} min"
