"""Looks at a part of a picture with a detector that knows whole pictures only."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..detect.detector import Detector, Keypoints
from ..video import Image

AROUND: Final = 0.65
"""Half the side of the part that is looked at for somebody known, in longer sides of the box around them."""


def clipped(box_px: NDArray[np.floating], width: int, height: int) -> tuple[int, int, int, int]:
    """A box in whole pixels, cut off at the edges of a picture of that size."""
    x0, y0 = np.floor(box_px[:2]).astype(int).tolist()
    x1, y1 = np.ceil(box_px[2:]).astype(int).tolist()
    return max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)


def square(middle_px: NDArray[np.floating], reach_px: float) -> NDArray[np.float64]:
    """A box (x0, y0, x1, y1) that reaches so far from its middle."""
    return np.concatenate([middle_px - reach_px, middle_px + reach_px]).astype(np.float64)


def detect_in(detector: Detector, frame_bgr: Image, box_px: NDArray[np.float64], time_s: float) -> Keypoints | None:
    """Who is in a box of a picture (H, W, 3) BGR, in the picture's pixels; None where nobody is."""
    x0, y0, x1, y1 = clipped(box_px, frame_bgr.shape[1], frame_bgr.shape[0])
    if min(x1 - x0, y1 - y0) < 2:
        return None
    found = detector.detect(np.ascontiguousarray(frame_bgr[y0:y1, x0:x1]), time_s)
    if found is None:
        return None
    return Keypoints(found.px + np.array([x0, y0], np.float32), found.confidence, found.world)


def look_afresh(detector: Detector, time_s: float) -> None:
    """Makes a detector that goes on where it found somebody last forget them, by a picture of nothing."""
    detector.detect(np.zeros((64, 64, 3), np.uint8), time_s)
