"""What the running job sees, as it shows it: the present frame and where the figure has been. No bpy here."""

from __future__ import annotations

import zipfile
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..rotation_modes import FloatArray

TRAIL = 30
"""Figures that are remembered, ten a second at most: the last seconds."""
PATH_POINTS = 512
"""Points of the pelvis's way; when there are more, every other one goes, so that no film is too long."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One frame as the job shows it.

    Attributes:
        frame: of the result.
        image_size_px: (2,) width and height of the film.
        picture: (h,w,4) uint8 RGBA, small, the lowest row first.
        keypoints_px: (K,2) pixels of the film, NaN where not found.
        keypoint_confidence: (K,) 0..1.
        joints_px: (17,2) pixels of the film.
        confidence: (17,) 0..1.
        joints_m: (17,3) metres, Z up, floor at 0; NaN where there is no figure.
    """

    frame: int
    image_size_px: FloatArray
    picture: np.ndarray
    keypoints_px: FloatArray
    keypoint_confidence: FloatArray
    joints_px: FloatArray
    confidence: FloatArray
    joints_m: FloatArray


def read_glimpse(path: Path) -> Glimpse | None:
    """What the job shows now; None while it is being written, or gone."""
    try:
        with np.load(path, allow_pickle=False) as shown:
            return Glimpse(
                int(shown["frame"]),
                shown["image_size_px"].astype(np.float64),
                shown["picture"],
                shown["keypoints_px"].astype(np.float64),
                shown["keypoint_confidence"].astype(np.float64),
                shown["joints_px"].astype(np.float64),
                shown["confidence"].astype(np.float64),
                shown["joints_world_m"].astype(np.float64),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


class Live:
    """Follows one job's previews in constant memory.

    Attributes:
        latest: the present frame, None before the first.
        trail: the last figures (17,3) with their confidence (17,), oldest first.
    """

    def __init__(self) -> None:
        self.latest: Glimpse | None = None
        self.trail: deque[tuple[FloatArray, FloatArray]] = deque(maxlen=TRAIL)
        self._path: list[FloatArray] = []
        self._file: Path | None = None

    @property
    def path_m(self) -> FloatArray:
        """(N,3) the pelvis's way over the floor so far, metres, at a height of 0."""
        return np.array(self._path).reshape(-1, 3) * (1.0, 1.0, 0.0)

    def look(self, file: Path) -> bool:
        """Read what a job shows; a file of another job starts anew. False when there was nothing new."""
        if file != self._file:
            self.forget()
            self._file = file
        seen = read_glimpse(file)
        if seen is None or (self.latest is not None and seen.frame == self.latest.frame):
            return False
        self.latest = seen
        if np.isfinite(seen.joints_m).all():
            self.trail.append((seen.joints_m, seen.confidence))
            self._path.append(seen.joints_m[0])
            if len(self._path) > PATH_POINTS:
                del self._path[1::2]
        return True

    def forget(self) -> None:
        """The job is over."""
        self.latest, self._file = None, None
        self.trail.clear()
        self._path.clear()
