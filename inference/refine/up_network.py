"""Runs the estimator of up that `inference.train.fit_upright` trained."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from ..lift.weights import WEIGHTS_FOLDER
from .arrays import FloatArray
from .layers import Layers, read_layers, relu
from .up_windows import FEATURES

UP_WEIGHTS: Final = WEIGHTS_FOLDER / "upright.npz"
_LAYERS: Final = ("enter", "hidden", "clip", "station", "mix", "leave", "sureness")
_LOG_PRECISIONS: Final = (-2.0, 12.0)


@dataclass(frozen=True, slots=True)
class UpNetwork:
    """A small network for each station, told what the whole clip is like by mean and spread of its hidden values.

    Attributes:
        layers: its weights.
    """

    layers: Layers

    def run(self, features: FloatArray) -> tuple[FloatArray, FloatArray, float]:
        """What each station of a clip says.

        Args:
            features: (S, FEATURES) of one clip.

        Returns:
            Slants of up towards the body's left and front (S, 2), radians; their precisions (S, 2), 1/rad²; and what
            the clip's answer is worth over the stations' mean precision.
        """
        hidden = relu(self.layers.run("hidden", relu(self.layers.run("enter", features))))
        spread = np.sqrt(hidden.var(axis=0) + 1e-6)
        clip = self.layers.run("clip", np.concatenate([hidden.mean(axis=0), spread]))
        said = self.layers.run("leave", relu(self.layers.run("mix", relu(self.layers.run("station", hidden) + clip))))
        return (
            said[:, :2],
            np.exp(said[:, 2:].clip(*_LOG_PRECISIONS)),
            float(np.exp(self.layers.run("sureness", relu(clip))[0])),
        )


@cache
def load_up_network(path: Path = UP_WEIGHTS) -> UpNetwork:
    """The network that the program uses.

    Raises:
        ModelError: the file is missing or damaged, or made for other features.
    """
    return UpNetwork(read_layers(path, _LAYERS, FEATURES))
