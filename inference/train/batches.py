"""Training batches made on the fly: motion, body, camera, detector, normalisation. Numpy alone."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..joints import COUNT, REFERENCE_HEIGHT_M
from ..lift.normalise import normalise_size, sequence_inputs, to_ray_axes, window_inputs
from ..models.sequence_config import SequenceConfig
from .bodies import detector_bodies, mirror_half, mix_bodies, sample_windows, vary_bones
from .cameras import Cameras, assumed_focal, project, sample_cameras, see, step_back, target_pelvis
from .noise import NoiseModel, add_noise
from .pack import MotionPack

if TYPE_CHECKING:
    from ..models.networks import NetworkConfig

CHUNK_TARGETS, CHUNK_SPACING = 6, 27
"""Targets of one chunk for networks that slide: far enough apart to differ, near enough to share most of the work."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Inputs (N, F, 34) as `window_inputs` makes them; targets (N, 17, 3) metres, ray-camera axes, size-normalised."""

    inputs: NDArray[np.float32]
    targets: NDArray[np.float32]


def make_batch(
    pack: MotionPack,
    count: int,
    frames: int,
    target: int,
    rng: np.random.Generator,
    *,
    noise: NoiseModel | None,
    vary: bool = True,
) -> Batch:
    """One batch of windows from anywhere in the pack, each with its own camera.

    Args:
        target: index in the window of the frame whose pose is asked for.
        noise: the detector's errors; None gives true 2D joints and the true focal length.
        vary: whether tempo, bone lengths and sides are varied.
    """
    windows = _vary(sample_windows(pack, count, frames, rng, target=target, vary_tempo=vary), vary, rng)
    cameras = sample_cameras(count, rng)
    origin = target_pelvis(windows, target)
    truth = see(cameras, windows[:, target : target + 1], origin)[:, 0]
    inputs, rotation = window_inputs(_detect(windows, cameras, origin, noise, rng), target)
    return Batch(inputs, to_ray_axes(normalise_size(truth), rotation))


def make_sequence_batch(
    pack: MotionPack,
    count: int,
    config: SequenceConfig,
    rng: np.random.Generator,
    *,
    noise: NoiseModel | None,
    vary: bool = True,
) -> Batch:
    """One batch of chunks for a network that slides, each with `CHUNK_TARGETS` targets `CHUNK_SPACING` frames apart.

    Args:
        count: targets in all, a multiple of `CHUNK_TARGETS`.

    Returns:
        inputs (count / K, T, 34) and targets (count / K, K, 17, 3), each in its own frame's ray-camera axes.
    """
    places = config.target + CHUNK_SPACING * np.arange(CHUNK_TARGETS)
    frames = config.frames + CHUNK_SPACING * (CHUNK_TARGETS - 1)
    chunks = _vary(
        sample_windows(pack, count // CHUNK_TARGETS, frames, rng, target=frames // 2, vary_tempo=vary), vary, rng
    )
    cameras = sample_cameras(len(chunks), rng)
    origin = target_pelvis(chunks, frames // 2)
    cameras = step_back(cameras, see(cameras, chunks, origin))
    truth = see(cameras, chunks[:, places], origin)
    inputs, rotation = sequence_inputs(_detect(chunks, cameras, origin, noise, rng), config.reach, causal=config.causal)
    targets = to_ray_axes(normalise_size(truth).reshape(-1, COUNT, 3), rotation[:, places].reshape(-1, 3, 3))
    return Batch(inputs, targets.reshape(truth.shape))


def _vary(windows: NDArray[np.float32], vary: bool, rng: np.random.Generator) -> NDArray[np.float32]:
    return mirror_half(vary_bones(mix_bodies(windows, rng), rng)) if vary else windows


def _detect(
    windows: NDArray[np.float32],
    cameras: Cameras,
    origin: NDArray[np.float32],
    noise: NoiseModel | None,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """What a detector makes of `windows`, and what a user makes of the focal length: rays (N, F, 17, 2)."""
    if noise is None:
        return project(see(cameras, windows, origin))
    rays = project(see(cameras, detector_bodies(windows, rng), origin))
    height = REFERENCE_HEIGHT_M / cameras.pelvis_m[:, 2]
    rays = add_noise(rays, height, 1.0 / cameras.focal, noise, rng)
    rays *= (cameras.focal / assumed_focal(cameras, rng))[:, None, None, None]
    return rays


def batch_for(
    config: NetworkConfig, pack: MotionPack, count: int, rng: np.random.Generator, *, noise: NoiseModel | None
) -> Batch:
    """A batch of `count` targets as the network of this configuration takes it."""
    if isinstance(config, SequenceConfig):
        return make_sequence_batch(pack, count, config, rng, noise=noise)
    return make_batch(pack, count, config.frames, config.target, rng, noise=noise)


def prefetched(make: Callable[[np.random.Generator], Batch], seed: int, start: int) -> Iterator[Batch]:
    """Endless batches, made ahead in a thread. Batch k depends on (seed, k) alone, so a resumed run sees the same ones.

    Args:
        make: draws one batch.
        start: number of the first batch.
    """
    ready: queue.Queue[Batch | BaseException] = queue.Queue(maxsize=4)
    stop = threading.Event()

    def work() -> None:
        number = start
        while not stop.is_set():
            try:
                item: Batch | BaseException = make(np.random.default_rng([seed, number]))
            except Exception as error:  # handed to the training thread, which raises it
                item = error
            while not stop.is_set():
                try:
                    ready.put(item, timeout=0.2)
                    break
                except queue.Full:
                    continue
            number += 1

    thread = threading.Thread(target=work, name="batches", daemon=True)
    thread.start()
    try:
        while True:
            item = ready.get()
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        thread.join()
