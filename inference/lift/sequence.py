"""Runs a network that slides over clips of any length, in overlapping blocks of one size, so memory does not grow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .network import Network
from .normalise import mirror_inputs, mirror_poses, sequence_inputs, to_camera_axes
from .weights import WeightsInfo
from .windows import run_windows

_SIZE_GRID: Final = 3
"""`sequence_inputs` takes the person's size from every third frame: blocks begin on the same third frames as a whole
clip does, so that where the cuts lie does not show."""


@dataclass(frozen=True, slots=True)
class BlockReach:
    """Frames that a block needs beside those whose poses it gives.

    Attributes:
        before, after: frames that the network sees on either side of a target.
        margin: further frames on both sides that the person's size and movement are made from.
    """

    before: int
    after: int
    margin: int

    @classmethod
    def of(cls, info: WeightsInfo) -> BlockReach:
        """Of some weights."""
        sizes = info.receptive_field // 2 * (2 if info.causal else 1)
        margin = (sizes // _SIZE_GRID + 2) * _SIZE_GRID
        return cls(info.target, info.receptive_field - 1 - info.target, margin)


def block_size(frames: int, largest: int) -> int:
    """Frames of the blocks that a clip is cut into: `largest`, or less for a clip that fits into less."""
    fitting = 1
    while fitting < frames:
        fitting *= 2
    return -(-min(fitting, largest) // _SIZE_GRID) * _SIZE_GRID


def blocks(frames: int, size: int) -> Iterator[NDArray[np.int64]]:
    """Targets of each block in turn: `size` frame numbers, the last block's cut off at the clip's end."""
    for start in range(0, frames, size):
        yield np.arange(start, min(start + size, frames))


def lift_block(
    network: Network,
    info: WeightsInfo,
    take: Callable[[NDArray[np.int64]], NDArray[np.float32]],
    targets: NDArray[np.int64],
    size: int,
    flip: bool,
) -> NDArray[np.float32]:
    """Poses of consecutive frames of a sequence at 30 frames a second.

    Args:
        network: one that slides, with weights `info`.
        take: gives joints (n, 17, 2) on the plane z = 1 of the camera for frame numbers (n,), which may lie beyond the
            clip's ends, where the end frame is held.
        targets: (n,) consecutive frame numbers, the first a multiple of three.
        size: frames that the network is asked for, n or more: one size keeps its memory the same.
        flip: whether to average with the mirror image.

    Returns:
        (n, 17, 3) root-relative metres in camera axes, for a person of 1.75 m.
    """
    reach = BlockReach.of(info)
    first = int(targets[0]) - reach.before - reach.margin
    rays = take(np.arange(first, int(targets[0]) + size + reach.after + reach.margin))
    inputs, rotation = sequence_inputs(rays[None], info.receptive_field // 2, causal=info.causal)
    begin = reach.margin
    seen = inputs[:, begin : begin + reach.before + size + reach.after]
    rotation = rotation[0, begin + reach.before : begin + reach.before + len(targets)]
    poses = _run(network, seen, flip)[: len(targets)]
    return to_camera_axes(poses - poses[:, :1], rotation)


def lift_sequence_windows(
    network: Network, info: WeightsInfo, rays: NDArray[np.float32], flip: bool
) -> NDArray[np.float32]:
    """Poses of the target frames of windows.

    Args:
        rays: (N, F or more, 17, 2); what stands before the last F frames only helps to tell the person's size.

    Returns:
        (N, 17, 3), as `lift_block` gives them.
    """
    inputs, rotation = sequence_inputs(rays, info.receptive_field // 2, causal=info.causal)
    inputs, rotation = inputs[:, -info.receptive_field :], rotation[:, -info.receptive_field :]
    return to_camera_axes(run_windows(network, inputs, flip), rotation[:, info.target])


def _run(network: Network, inputs: NDArray[np.float32], flip: bool) -> NDArray[np.float32]:
    straight: NDArray[np.float32] = network.run(inputs)[0]
    if not flip:
        return straight
    # One after the other and not as a batch: half the memory, and a block is long enough to fill the processor.
    mirrored = mirror_poses(network.run(mirror_inputs(inputs))[0])
    return np.asarray((straight + mirrored) / 2.0, np.float32)
