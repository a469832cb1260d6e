"""Small networks that are run in numpy, their weights in an .npz by their layers' names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import ModelError
from ..npz import read_arrays
from .arrays import FloatArray


@dataclass(frozen=True, slots=True)
class Layers:
    """Fully connected layers by name.

    Attributes:
        parts: weights (out, in) and bias (out,).
        further: whatever else is kept with them, by name.
    """

    parts: dict[str, tuple[FloatArray, FloatArray]]
    further: dict[str, FloatArray]

    def run(self, name: str, values: FloatArray) -> FloatArray:
        """(..., out) for values (..., in)."""
        weight, bias = self.parts[name]
        return np.asarray(values @ weight.T + bias)


def read_layers(path: Path, names: Sequence[str], features: int, further: Sequence[str] = ()) -> Layers:
    """The layers `names`, of which the first takes `features` numbers, and further arrays.

    Raises:
        ModelError: the file is missing or damaged, or made for other features.
    """
    keys = [f"{name}.{part}" for name in names for part in ("weight", "bias")]
    try:
        arrays = {key: part.astype(np.float64) for key, part in read_arrays(path, (*keys, *further)).items()}
        taken = arrays[keys[0]].shape[1:]
        if taken != (features,):
            raise ValueError(f"its features are {taken}, expected ({features},)")
    except ValueError as error:
        raise ModelError(
            "bad-weights", f"{path.name} cannot be used: {error}.", "Install the extension again."
        ) from error
    parts = {name: (arrays[f"{name}.weight"], arrays[f"{name}.bias"]) for name in names}
    return Layers(parts, {name: arrays[name] for name in further})


def relu(values: FloatArray) -> FloatArray:
    """What is above zero."""
    return np.maximum(values, 0.0)
