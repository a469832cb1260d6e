"""Lifts the measured frames of views with a network in PyTorch: no export, no rounding, any kind of network."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..joints import COUNT
from ..lift.normalise import mirror_inputs, mirror_poses, sequence_inputs, to_camera_axes, window_inputs
from ..train.tasks import TASKS
from ..train.truth import input_size, turn

_BATCH = 256
Rays = NDArray[np.float32]


class NetworkLifter:
    """A network ready to lift, its answers averaged with those for the mirrored person, as the program does it.

    Args:
        network: any network of `inference.models.networks`.
        device: where it computes; the processor by default.
    """

    def __init__(self, network: nn.Module, device: torch.device | None = None) -> None:
        self.device = device or torch.device("cpu")
        self.network = network.to(self.device).eval()
        self.config = network.config

    def lift(self, rays: Rays, targets: NDArray[np.int64]) -> NDArray[np.float32]:
        """Poses of some frames of a track at 30 frames a second; beyond its ends the end frame is held.

        Args:
            rays: (C, 17, 2) joints on the plane z = 1, camera axes.
            targets: (T,) frame numbers, one after the other.

        Returns:
            (T, 17, 3) root-relative metres, camera axes.
        """
        poses = self._slide(rays, targets) if self.config.slides else self._windows(rays, targets)
        return poses - poses[:, :1]

    def _windows(self, rays: Rays, targets: NDArray[np.int64]) -> NDArray[np.float32]:
        frames, target = self.config.frames, self.config.target
        steps = np.arange(-target, frames - target)
        windows = rays[np.clip(targets[:, None] + steps, 0, len(rays) - 1)]
        inputs, rotation = window_inputs(windows, target)
        parts = [self._both_ways(inputs[k : k + _BATCH]) for k in range(0, len(inputs), _BATCH)]
        return to_camera_axes(np.concatenate(parts), rotation)

    def _slide(self, rays: Rays, targets: NDArray[np.int64]) -> NDArray[np.float32]:
        frames, target = self.config.frames, self.config.target
        span = np.arange(targets[0] - target, targets[-1] + frames - target)
        held = rays[np.clip(span, 0, len(rays) - 1)][None]
        inputs, rotation = sequence_inputs(held, self.config.reach, causal=self.config.causal)
        poses = self._both_ways(inputs)[0]
        return to_camera_axes(poses, rotation[0, target : target + len(targets)])

    def _both_ways(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        straight, mirrored = self._run(inputs), self._run(mirror_inputs(inputs))
        return (straight + mirror_poses(mirrored)) / np.float32(2.0)

    def _run(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            tensors = torch.from_numpy(np.ascontiguousarray(inputs)).to(self.device)
            poses = self.network.slide(tensors, 1) if self.config.slides else self.network(tensors)
        assert poses.shape[-2:] == (COUNT, 3), poses.shape
        return np.asarray(poses.float().cpu().numpy(), np.float32)


class TrackEnhancer:
    """A network that cleans a detected 2D track frame by frame, before it is lifted.

    Args:
        network: trained for the task `enhance`, for windows.
        device: where it computes; the processor by default.
    """

    def __init__(self, network: nn.Module, device: torch.device | None = None) -> None:
        self.device = device or torch.device("cpu")
        self.network = network.to(self.device).eval()
        self.config = network.config

    def clean(self, rays: Rays) -> Rays:
        """The track (C, 17, 2) on the plane z = 1, camera axes, with every frame's joints as the network sees them."""
        frames, target = self.config.frames, self.config.target
        steps = np.arange(len(rays))[:, None] + np.arange(-target, frames - target)
        windows = rays[np.clip(steps, 0, len(rays) - 1)]
        inputs, rotation = window_inputs(windows, target)
        parts = [self._both_ways(inputs[k : k + _BATCH]) for k in range(0, len(inputs), _BATCH)]
        size = input_size(windows[:, target], rotation, inputs[:, target])
        return turn(np.concatenate(parts) * size[:, None, None], rotation.transpose(0, 2, 1))

    def _both_ways(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        straight, mirrored = self._run(inputs), self._run(mirror_inputs(inputs))
        back = mirror_inputs(mirrored.reshape(len(mirrored), 1, 2 * COUNT)).reshape(mirrored.shape)
        return (straight + back) / np.float32(2.0)

    def _run(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            windows = torch.from_numpy(np.ascontiguousarray(inputs)).to(self.device)
            joints = TASKS["enhance"].answer(self.network(windows), windows[:, self.config.target])
        assert joints.shape[1:] == (COUNT, 2), joints.shape
        return np.asarray(joints.float().cpu().numpy(), np.float32)
