"""How likely each foot, its heel and its toe are to stand: a small network over `contact_inputs`, by ONNX Runtime."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..lift.track import sequence_positions
from .arrays import FloatArray
from .contact_inputs import contact_inputs
from .small_network import at_positions, run_network

NAME: Final = "contacts"
"""The weights' name under `inference/weights/`; their card tells what they learned from."""


def stance_probability(
    poses: FloatArray, path: FloatArray, sights: FloatArray, confidence: FloatArray, up: FloatArray, times_s: FloatArray
) -> FloatArray:
    """How likely each foot is to stand on whatever bears it, floor, stairs, a box; and so are its heel and its toe.

    Args:
        poses: (T, 17, 3) root-relative metres, axes of a camera that stands still, reference height.
        path: (T, 3) root, same axes.
        sights: (T, 17, 3) directions in which the joints are seen, unit vectors, same axes.
        confidence: (T, 17) 0..1.
        up: (3,) unit vector, same axes.
        times_s: (T,) strictly increasing.

    Returns:
        (T, 2, 3) in 0..1, left and right: foot, heel, toe.

    Raises:
        ModelError: the weights are missing or broken.
    """
    positions, back = sequence_positions(times_s)
    poses, path, sights, confidence = (at_positions(values, positions) for values in (poses, path, sights, confidence))
    inputs = contact_inputs(poses, path, sights, confidence, up)
    logits = np.swapaxes(run_network(NAME, inputs), 0, 1)
    return at_positions(1.0 / (1.0 + np.exp(-logits)), back)
