"""The fingers of a clip's person, as the detector saw them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .errors import KeypointsError

SIDES: Final = ("left", "right")
POINTS: Final = 21
"""Of a hand: the wrist, then four joints each of thumb, index, middle, ring and little finger, from the palm on."""


@dataclass(frozen=True, slots=True)
class HandTrack:
    """Both hands over T frames.

    Attributes:
        joints_m: (T, 2, 21, 3) float32, left and right by the detector's pose; metres, axes of the frame's camera, from
            the middle of the hand; NaN where not seen.
        confidence: (T, 2) float32, 0..1: how sure it is that this is a hand of that side; 0 where not seen.

    Raises:
        KeypointsError: the arrays do not fit together.
    """

    joints_m: NDArray[np.float32]
    confidence: NDArray[np.float32]

    def __post_init__(self) -> None:
        frames = len(self.confidence)
        shapes = self.joints_m.shape, self.confidence.shape
        if shapes != ((frames, len(SIDES), POINTS, 3), (frames, len(SIDES))):
            raise KeypointsError("bad-keypoints", f"The hands of {frames} frames do not fit together: {shapes}.")

    @classmethod
    def unseen(cls, frames: int) -> HandTrack:
        """Hands of which nothing is known."""
        return cls(
            np.full((frames, len(SIDES), POINTS, 3), np.nan, np.float32), np.zeros((frames, len(SIDES)), np.float32)
        )

    def __len__(self) -> int:
        return len(self.confidence)

    def cut(self, start: int, end: int | None) -> HandTrack:
        """The half-open range of frames."""
        return HandTrack(self.joints_m[start:end], self.confidence[start:end])

    def with_part(self, at: NDArray[np.intp], part: HandTrack) -> HandTrack:
        """The same with the frames `at` as they are in `part`."""
        joints_m, confidence = self.joints_m.copy(), self.confidence.copy()
        joints_m[at], confidence[at] = part.joints_m, part.confidence
        return HandTrack(joints_m, confidence)
