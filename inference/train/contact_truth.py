"""When the feet of motion capture stand, from its 17 joints: an ankle that is slow and low.

A foot that stands on a box and a leg that is held still in the air look alike in ankles: where one is slow but not low,
nobody knows. Heel and toe cannot be told apart either.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ..joints import ANKLES

_SLOW_M_S: Final = 0.4
_LOW_M: Final = 0.05
"""Over where this ankle is at its lowest."""
_LOWEST_PERCENTILE: Final = 5.0
_SMOOTHED_FRAMES: Final = 3
"""Capture that was converted from another rate trembles."""


def foot_contacts(
    truth_m: NDArray[np.float64], heights_m: NDArray[np.float64], fps: float, clean: bool
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which foot stands, and where that is known.

    Args:
        truth_m: (T, 17, 3) true joints, axes that stand still.
        heights_m: (T, 17) over the floor.
        fps: frames a second.
        clean: whether accelerations can be trusted.

    Returns:
        (T, 2) left and right: stands; and known.
    """
    ankles = list(ANKLES)
    velocity = np.gradient(truth_m[:, ankles], axis=0) * fps
    if not clean:
        velocity = ndimage.uniform_filter1d(velocity, _SMOOTHED_FRAMES, axis=0, mode="nearest")
    slow = np.linalg.norm(velocity, axis=-1) < _SLOW_M_S
    heights = heights_m[:, ankles]
    low = heights < np.percentile(heights, _LOWEST_PERCENTILE, axis=0) + _LOW_M
    return slow & low, ~slow | low
