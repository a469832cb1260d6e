"""Which way is up: what a small network reads from how a body moves, begun at its balance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from .arrays import BoolArray, FloatArray
from .balance import balance_up
from .up_network import UpNetwork, load_up_network
from .up_windows import body_axes, features, sample_windows
from .vectors import unit

_ROUNDS: Final = 2
"""The body's axes depend on which way is up."""


@dataclass(frozen=True, slots=True)
class Up:
    """An estimate of up.

    Attributes:
        direction: (3,) unit vector, camera axes.
        information: (3, 3) how sure it is: inverse covariance of small turns, 1/rad², camera axes; nothing along
            `direction`.
    """

    direction: FloatArray
    information: FloatArray


def estimate_up(
    joints_camera: FloatArray, detected: BoolArray, times_s: FloatArray, network: UpNetwork | None = None
) -> Up:
    """Up in camera axes from a clip's poses, each weighed by how much it tells.

    Args:
        joints_camera: (T, 17, 3) absolute metres, first camera's axes, of a person of the reference height.
        detected: (T,) frames in which the person was seen, at least one True.
        times_s: (T,) rising.
        network: another one than the program's own.
    """
    network = network or load_up_network()
    windows = sample_windows(joints_camera, detected, times_s)
    up = balance_up(joints_camera, detected)
    information = np.zeros((3, 3))
    for _ in range(_ROUNDS):
        axes = body_axes(windows, up)
        slants, precisions, worth = network.run(features(windows, axes))
        level = axes[:, :2]
        weighted = precisions[..., None] * level
        mean_information = np.einsum("ski,skj->ij", level, weighted) / len(axes)
        pull = np.einsum("sk,ski->i", slants, weighted) / len(axes)
        step = np.linalg.solve(mean_information + np.trace(mean_information) * np.outer(up, up), pull)
        up, information = unit(up + step), worth * mean_information
    across = np.eye(3) - np.outer(up, up)
    return Up(up, across @ information @ across)
