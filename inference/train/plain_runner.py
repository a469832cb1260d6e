"""Runs the plain PyTorch network on arrays, as `inference.lift.network.Network` does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from .random_weights import plain_network


class PlainRunner:
    """The plain twin of exported weights, with PyTorch's own `threads`."""

    def __init__(self, preset: str, weights: Path, threads: int) -> None:
        torch.set_num_threads(threads)
        self._network = plain_network(preset, weights)

    def run(self, windows: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N, F, 34) to (N, 17, 3)."""
        with torch.inference_mode():
            poses: NDArray[np.float32] = self._network(torch.from_numpy(windows)).numpy()
        return poses
