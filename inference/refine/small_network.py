"""Runs the small networks of the refinement by ONNX Runtime."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..errors import ModelError
from ..lift.track import sample_track
from ..lift.weights import WEIGHTS_FOLDER
from .arrays import FloatArray


def run_network(name: str, rows: FloatArray) -> FloatArray:
    """The answer of a network to the one thing that it is told.

    Args:
        name: of its weights under `inference/weights/`.
        rows: (N, T, C).

    Returns:
        What it says, float64.

    Raises:
        ModelError: the weights are missing or broken.
    """
    session = _session(name)
    answer = session.run(None, {session.get_inputs()[0].name: rows.astype(np.float32)})[0]
    return np.asarray(answer, np.float64)


def at_positions(values: FloatArray, positions: FloatArray) -> FloatArray:
    """A track (T, ...) at fractional frames, as `lift.track` finds them for the networks' rate and back."""
    return np.asarray(sample_track(values.astype(np.float32), positions), np.float64)


@cache
def _session(name: str) -> Any:
    import onnxruntime as ort

    path = WEIGHTS_FOLDER / f"{name}.onnx"
    if not path.is_file():
        raise ModelError("no-weights", f"The weights {path.name} are missing.", "Install the extension again.")
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    try:
        return ort.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime has no one error class for a broken file
        raise ModelError(
            "bad-weights", f"The weights {path.name} cannot be loaded: {error}.", "Install the extension again."
        ) from error
