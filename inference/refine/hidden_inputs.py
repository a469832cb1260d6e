"""What the network that knows hidden joints is told of a body in the image."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.ndimage import median_filter

from ..joints import COUNT
from .arrays import FloatArray

SIZE_STEPS: Final = 61
"""A person's size in a frame is the median over so many: half a body that gets hidden does not change it."""
_STEP_GAIN: Final = 10.0
"""A joint moves some hundredths of the person's size in a frame; this brings it to the size of the other inputs."""
INPUTS: Final = 5 * COUNT + 2


def hidden_inputs(joints_2d: FloatArray, confidence: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Places, steps and confidence of the joints, free of where in the image and how large the person is.

    Args:
        joints_2d: (..., T, 17, 2) at 30 frames a second, gaps led over, any unit.
        confidence: (..., T, 17) 0..1; 0 where unseen.

    Returns:
        (..., T, 87), and (..., T) sizes of the person: diagonals of the joints' box.
    """
    box = joints_2d.max(axis=-2) - joints_2d.min(axis=-2)
    diagonal = np.hypot(box[..., 0], box[..., 1])
    window = (*([1] * (diagonal.ndim - 1)), SIZE_STEPS)
    size = np.maximum(median_filter(diagonal, size=window, mode="nearest"), 1e-9)
    middle = joints_2d.mean(axis=-2, keepdims=True)
    places = (joints_2d - middle) / size[..., None, None]
    steps = np.diff(joints_2d, axis=-3, prepend=joints_2d[..., :1, :, :]) / size[..., None, None]
    shift = steps.mean(axis=-2, keepdims=True)
    lead = (*places.shape[:-2], -1)
    parts = [
        places.reshape(lead),
        _STEP_GAIN * (steps - shift).reshape(lead),
        _STEP_GAIN * shift.reshape(lead),
        confidence,
    ]
    return np.concatenate(parts, axis=-1), size
