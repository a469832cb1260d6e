"""No body below the floor: where the path errs, or leads to a lower level, the person is carried along the floor."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import ndimage

from .. import joints
from .arrays import FloatArray
from .floor import ANKLE_HEIGHT_M

_BODY_M: Final = 0.05
"""Least height of any other joint over the floor, reference height: half of a thin limb."""
_TOLERANCE_M: Final = 0.05
"""Depth that is left alone: small errors of the feet are the retargeting's to set right, foot by foot."""
_EASE_S: Final = 0.25
"""The path rises and falls over this long, before and after."""


def keep_above_floor(joints_world: FloatArray, times_s: FloatArray, height_m: float) -> FloatArray:
    """Raise whole poses that sink deeper than 5 cm, eased in and out; all others stay as they are.

    Somebody who jumps down from a wall lands at the wall's level: one floor is all that this knows.

    Args:
        joints_world: (T, 17, 3) metres, Z up, floor at 0.
        times_s: (T,) rising.
        height_m: standing height of the person.

    Returns:
        (T, 17, 3); nothing in it is deeper than 5 cm.
    """
    clearance = np.full(joints.COUNT, _BODY_M)
    clearance[list(joints.ANKLES)] = ANKLE_HEIGHT_M
    clearance *= height_m / joints.REFERENCE_HEIGHT_M
    needed = np.maximum((clearance - joints_world[..., 2]).max(axis=1) - _TOLERANCE_M, 0.0)
    if len(times_s) < 2 or not needed.any():
        raised = needed
    else:
        # The mean of a running maximum over the same window is smooth and never below what is needed.
        window = 2 * max(1, round(_EASE_S / float(np.median(np.diff(times_s))))) + 1
        raised = ndimage.uniform_filter1d(
            ndimage.maximum_filter1d(needed, window, mode="nearest"), window, mode="nearest"
        )
    return np.asarray(joints_world + raised[:, None, None] * np.array([0.0, 0.0, 1.0]))
