"""Runs a network that takes one window a pose."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..joints import COUNT
from .network import Network
from .normalise import mirror_inputs, mirror_poses, to_camera_axes, window_inputs
from .weights import WeightsInfo


def lift_windows(network: Network, info: WeightsInfo, rays: NDArray[np.float32], flip: bool) -> NDArray[np.float32]:
    """Poses of the target frames of windows.

    Args:
        network: one that does not slide, with weights `info`.
        rays: (N, F, 17, 2) joints on the plane z = 1 of the camera, F = receptive field, 30 frames a second.
        flip: whether to average with the mirror images.

    Returns:
        (N, 17, 3) float32 root-relative metres in camera axes, for a person of 1.75 m.
    """
    inputs, rotation = window_inputs(rays, info.target)
    return to_camera_axes(run_windows(network, inputs, flip), rotation)


def run_windows(network: Network, inputs: NDArray[np.float32], flip: bool) -> NDArray[np.float32]:
    """One pose of each window, (N, 17, 3) with the pelvis at the origin, ray-camera axes.

    Args:
        network: gives one pose for a window of that length.
        inputs: (N, F, 34) as the network takes them.
        flip: whether to average with the mirror images.
    """
    both = np.concatenate([inputs, mirror_inputs(inputs)]) if flip else inputs
    raw = network.run(both).reshape(-1, COUNT, 3)
    poses = (raw[: len(inputs)] + mirror_poses(raw[len(inputs) :])) / 2.0 if flip else raw
    return np.asarray(poses - poses[:, :1])
