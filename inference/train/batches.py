"""Training batches made on the fly: motion, body, camera, detector, normalisation. Numpy alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..joints import COUNT, REFERENCE_HEIGHT_M
from ..lift.normalise import normalise_size, sequence_inputs, to_ray_axes, window_inputs
from ..models.peer_configs import MultiStrideConfig, VideoPose3DConfig
from ..models.sequence_config import SequenceConfig
from .bodies import detector_bodies, mirror_half, mix_bodies, sample_windows, turn_limbs, vary_bones
from .cameras import Cameras, assumed_focal, project, sample_cameras, see, step_back, target_pelvis
from .noise import GENERIC, NoiseModel, add_noise
from .pack import MotionPack
from .truth import input_size, true_2d, true_root

if TYPE_CHECKING:
    from ..models.networks import NetworkConfig

_SLIDING = (SequenceConfig, VideoPose3DConfig, MultiStrideConfig)
CHUNK_TARGETS, CHUNK_SPACING = 6, 27
"""Targets of one chunk for networks that slide: far enough apart to differ, near enough to share most of the work."""
_LONG_FRAMES, LONG_CHUNK = 81, 8
"""Windows longer than this would take longer to make than to learn from: so many of them share one stretch."""
_LEAST_FRAMES = 27
"""A detector's errors last: shorter windows are cut from a stretch of this length, so that they see the same errors."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Inputs with their targets, and what else is true of these.

    Attributes:
        inputs: (N, F, 34) windows as `window_inputs` makes them, or (N, T, 34) as `sequence_inputs` does.
        targets: (N, 17, 3) or (N, K, 17, 3) metres, ray-camera axes, size-normalised.
        root: (N, 3) or (N, K, 3) where the target's pelvis stands, see `truth.true_root`.
        size: (N,) or (N, K) person size that the inputs were divided by.
        joints_2d: (N, 17, 2) or (N, K, 17, 2) the target's true 2D joints in the normalisation of the inputs.
    """

    inputs: NDArray[np.float32]
    targets: NDArray[np.float32]
    root: NDArray[np.float32]
    size: NDArray[np.float32]
    joints_2d: NDArray[np.float32]


def make_batch(
    pack: MotionPack,
    count: int,
    frames: int,
    target: int,
    rng: np.random.Generator,
    *,
    noise: NoiseModel | None,
    vary: bool = True,
    chunk: int = 1,
    spacing: int = 1,
) -> Batch:
    """One batch of windows from anywhere in the pack, each stretch of `chunk` windows with its own camera.

    Args:
        target: index in the window of the frame whose pose is asked for.
        noise: the detector's errors; None gives true 2D joints and the true focal length.
        vary: whether tempo, bone lengths and sides are varied.
        chunk: windows of one stretch; they stand together in the batch.
        spacing: frames between their targets.
    """
    margin = max(0, _LEAST_FRAMES - frames) // 2
    length, first = frames + (chunk - 1) * spacing, margin + target
    aim = first + chunk // 2 * spacing
    stretches = sample_windows(pack, count // chunk, length + 2 * margin, rng, target=aim, vary_tempo=vary)
    stretches = vary_bodies(stretches, rng) if vary else stretches
    cameras = sample_cameras(len(stretches), rng)
    origin = target_pelvis(stretches, aim)
    targets = stretches[:, first : first + chunk * spacing : spacing]
    if spacing > 1:
        cameras = step_back(cameras, see(cameras, targets, origin))
    seen = see(cameras, targets, origin).reshape(-1, COUNT, 3)
    rays, zoom = detect(stretches, cameras, origin, noise, rng)
    windows = np.lib.stride_tricks.sliding_window_view(rays[:, margin : margin + length], frames, axis=1)[:, ::spacing]
    windows = windows.transpose(0, 1, 4, 2, 3).reshape(-1, frames, COUNT, 2)
    inputs, rotation = window_inputs(windows, target)
    return _batch(inputs, inputs[:, target], windows[:, target], rotation, seen, np.repeat(zoom, chunk))


def make_sequence_batch(
    pack: MotionPack,
    count: int,
    config: SequenceConfig | VideoPose3DConfig | MultiStrideConfig,
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
    chunks = sample_windows(pack, count // CHUNK_TARGETS, frames, rng, target=frames // 2, vary_tempo=vary)
    chunks = vary_bodies(chunks, rng) if vary else chunks
    cameras = sample_cameras(len(chunks), rng)
    origin = target_pelvis(chunks, frames // 2)
    cameras = step_back(cameras, see(cameras, chunks, origin))
    seen = see(cameras, chunks[:, places], origin)
    rays, zoom = detect(chunks, cameras, origin, noise, rng)
    inputs, rotation = sequence_inputs(rays, config.reach, causal=config.causal)
    return _batch(inputs, inputs[:, places], rays[:, places], rotation[:, places], seen, np.repeat(zoom, len(places)))


def _batch(
    inputs: NDArray[np.float32],
    at_target: NDArray[np.float32],
    rays: NDArray[np.float32],
    rotation: NDArray[np.float32],
    seen: NDArray[np.float32],
    zoom: NDArray[np.float32],
) -> Batch:
    """The batch of `inputs`, whose targets (M in all, in (M,) or (N, K) of whatever) are seen at `seen`."""
    lead = at_target.shape[:-1]
    flat_rays, flat_seen = rays.reshape(-1, COUNT, 2), seen.reshape(-1, COUNT, 3)
    turned = rotation.reshape(-1, 3, 3)
    size = input_size(flat_rays, turned, at_target)
    return Batch(
        inputs=inputs,
        targets=to_ray_axes(normalise_size(flat_seen), turned).reshape(*lead, COUNT, 3),
        root=true_root(flat_seen, zoom, turned).reshape(*lead, 3),
        size=size.reshape(lead),
        joints_2d=true_2d(flat_seen, zoom, turned, size).reshape(*lead, COUNT, 2),
    )


def vary_bodies(windows: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Windows (N, F, 17, 3) with parts of bodies exchanged and turned, bone lengths varied, and one half mirrored."""
    return mirror_half(vary_bones(turn_limbs(mix_bodies(windows, rng), rng), rng))


def detect(
    windows: NDArray[np.float32],
    cameras: Cameras,
    origin: NDArray[np.float32],
    noise: NoiseModel | None,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What a detector makes of `windows`, and what a user makes of the focal length.

    Returns:
        rays (N, F, 17, 2) and (N,) how much larger the true focal length is than the assumed one.
    """
    if noise is None:
        return project(see(cameras, windows, origin)), np.ones(len(windows), np.float32)
    kinds = noise.draw_kinds(len(windows), rng)
    bodies = windows
    if (kinds == GENERIC).any():  # fitted errors hold the habits of hips and shoulders already
        bodies = windows.copy()
        bodies[kinds == GENERIC] = detector_bodies(windows[kinds == GENERIC], rng)
    rays = project(see(cameras, bodies, origin))
    height = REFERENCE_HEIGHT_M / cameras.pelvis_m[:, 2]
    rays = add_noise(rays, height, 1.0 / cameras.focal, noise, rng, kinds)
    zoom = cameras.focal / assumed_focal(cameras, rng)
    rays *= zoom[:, None, None, None]
    return rays, zoom


def batch_for(
    config: NetworkConfig,
    pack: MotionPack,
    count: int,
    rng: np.random.Generator,
    *,
    noise: NoiseModel | None,
    vary: bool = True,
    chunk: int = 1,
) -> Batch:
    """A batch of `count` targets as the network of this configuration takes it; the rest as `make_batch` says."""
    if isinstance(config, _SLIDING) and config.slides:
        return make_sequence_batch(pack, count, config, rng, noise=noise, vary=vary)
    spacing = 1
    if chunk == 1 and config.frames > _LONG_FRAMES and count % LONG_CHUNK == 0:
        chunk, spacing = LONG_CHUNK, CHUNK_SPACING
    return make_batch(
        pack, count, config.frames, config.target, rng, noise=noise, vary=vary, chunk=chunk, spacing=spacing
    )
