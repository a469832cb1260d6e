"""Runs the estimator of up that `inference.train.fit_upright` trained."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from ..errors import ModelError
from ..lift.weights import WEIGHTS_FOLDER
from ..npz import read_arrays
from .arrays import FloatArray
from .up_windows import FEATURES

UP_WEIGHTS: Final = WEIGHTS_FOLDER / "upright.npz"
_LAYERS: Final = ("enter", "hidden", "clip", "station", "mix", "leave", "sureness")
_PARTS: Final = tuple(f"{layer}.{part}" for layer in _LAYERS for part in ("weight", "bias"))
_LOG_PRECISIONS: Final = (-2.0, 12.0)


@dataclass(frozen=True, slots=True)
class UpNetwork:
    """A small network for each station, told what the whole clip is like by mean and spread of its hidden values.

    Attributes:
        layers: weights (out, in) and bias (out,) by layer.
    """

    layers: dict[str, tuple[FloatArray, FloatArray]]

    def run(self, features: FloatArray) -> tuple[FloatArray, FloatArray, float]:
        """What each station of a clip says.

        Args:
            features: (S, FEATURES) of one clip.

        Returns:
            Slants of up towards the body's left and front (S, 2), radians; their precisions (S, 2), 1/rad²; and what
            the clip's answer is worth over the stations' mean precision.
        """
        hidden = _relu(self._layer("hidden", _relu(self._layer("enter", features))))
        spread = np.sqrt(hidden.var(axis=0) + 1e-6)
        clip = self._layer("clip", np.concatenate([hidden.mean(axis=0), spread]))
        said = self._layer("leave", _relu(self._layer("mix", _relu(self._layer("station", hidden) + clip))))
        return (
            said[:, :2],
            np.exp(said[:, 2:].clip(*_LOG_PRECISIONS)),
            float(np.exp(self._layer("sureness", _relu(clip))[0])),
        )

    def _layer(self, name: str, values: FloatArray) -> FloatArray:
        weight, bias = self.layers[name]
        return np.asarray(values @ weight.T + bias)


@cache
def load_up_network(path: Path = UP_WEIGHTS) -> UpNetwork:
    """The network that the program uses.

    Raises:
        ModelError: the file is missing or damaged, or made for other features.
    """
    try:
        arrays = {name: part.astype(np.float64) for name, part in read_arrays(path, _PARTS).items()}
        if arrays["enter.weight"].shape[1:] != (FEATURES,):
            raise ValueError(f"its features are {arrays['enter.weight'].shape[1:]}, expected ({FEATURES},)")
    except ValueError as error:
        raise ModelError(
            "bad-weights", f"{path.name} cannot be used: {error}.", "Install the extension again."
        ) from error
    return UpNetwork({layer: (arrays[f"{layer}.weight"], arrays[f"{layer}.bias"]) for layer in _LAYERS})


def _relu(values: FloatArray) -> FloatArray:
    return np.maximum(values, 0.0)
