"""What a 2D detector is to the rest of the room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..hand_track import HandTrack
from ..video import Frame, Image


@dataclass(frozen=True, slots=True)
class Keypoints:
    """One person in one image, K points in the detector's layout.

    Attributes:
        px: (K, 2) float32, pixels of the image given, x right, y down; NaN where a point was not found.
        confidence: (K,) float32, 0..1.
        world: (K, 3) float32 metres, camera axes, the detector's own guess; None where it has none.
    """

    px: NDArray[np.float32]
    confidence: NDArray[np.float32]
    world: NDArray[np.float32] | None = None


class Detector(Protocol):
    """Finds one person, frame after frame of one video.

    Attributes:
        layout: name of the layout of its points.
    """

    layout: str

    def detect(self, frame_bgr: Image, time_s: float) -> Keypoints | None:
        """Points of the person in (H, W, 3) BGR, or None. Times increase from call to call."""

    def close(self) -> None:
        """Gives up the network's memory."""


class WatchesHands(Protocol):
    """Looks at the fingers of the person that a detector found, frame after frame of one video."""

    def show(self, index: int, frame: Frame, pose: Keypoints | None) -> None:
        """Look at a frame, by its number in the result, in which the detector found `pose`."""

    def track(self, frames: int) -> HandTrack:
        """What was seen in that many frames."""

    def close(self) -> None:
        """Gives up the networks' memory."""
