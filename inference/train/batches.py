"""Training batches made on the fly: motion, body, camera, detector, normalisation. Numpy alone."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..joints import REFERENCE_HEIGHT_M
from ..lift.normalise import normalise_size, to_ray_axes, window_inputs
from .bodies import detector_bodies, mirror_half, sample_windows, vary_bones
from .cameras import assumed_focal, project, sample_cameras, see, target_pelvis
from .noise import NoiseModel, add_noise
from .pack import MotionPack


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
    windows = sample_windows(pack, count, frames, rng, target=target, vary_tempo=vary)
    if vary:
        windows = mirror_half(vary_bones(windows, rng))
    cameras = sample_cameras(count, rng)
    origin = target_pelvis(windows, target)
    truth = see(cameras, windows[:, target : target + 1], origin)[:, 0]
    seen = windows if noise is None else detector_bodies(windows, rng)
    rays = project(see(cameras, seen, origin))
    if noise is not None:
        height = REFERENCE_HEIGHT_M / cameras.pelvis_m[:, 2]
        rays = add_noise(rays, height, 1.0 / cameras.focal, noise, rng)
        rays *= (cameras.focal / assumed_focal(cameras, rng))[:, None, None, None]
    inputs, rotation = window_inputs(rays, target)
    return Batch(inputs, to_ray_axes(normalise_size(truth), rotation))


def prefetched(
    pack: MotionPack, count: int, frames: int, target: int, seed: int, start: int, noise: NoiseModel | None
) -> Iterator[Batch]:
    """Endless batches, made ahead in a thread. Batch k depends on (seed, k) alone, so a resumed run sees the same ones.

    Args:
        start: number of the first batch.
    """
    ready: queue.Queue[Batch | BaseException] = queue.Queue(maxsize=4)
    stop = threading.Event()

    def work() -> None:
        number = start
        while not stop.is_set():
            try:
                item: Batch | BaseException = make_batch(
                    pack, count, frames, target, np.random.default_rng([seed, number]), noise=noise
                )
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
