"""Motion of varied bodies, and what a lifter makes of it when a virtual camera with a detector's errors films it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..lift.lifter import Lifter
from ..lift.normalise import default_focal_px, normalise_size
from .batches import detect, vary_bodies
from .bodies import sample_windows
from .cameras import sample_cameras, see, step_back, target_pelvis
from .noise import NoiseModel
from .pack import MotionPack

_SIZE_PX = np.array([1000.0, 1000.0])
"""Any picture does: its focal length is the usual one, and what is outside counts too."""


def filmed_motion(
    pack: MotionPack, count: int, frames: int, lifter: Lifter, noise: NoiseModel, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Stretches of motion from anywhere in the pack, half of them mirrored, each through a camera of its own.

    Args:
        pack: at the lifter's 30 frames a second.
        count: N.
        frames: T of each stretch.
        lifter: what lifts.
        noise: the detector's errors.

    Returns:
        captured, lifted: (N, T, 17, 3) root-relative metres, camera axes, size-normalised.
    """
    windows = vary_bodies(sample_windows(pack, count, frames, rng, target=frames // 2, vary_tempo=True), rng)
    cameras, origin = sample_cameras(len(windows), rng), target_pelvis(windows, frames // 2)
    seen = see(cameras, windows, origin)
    cameras = step_back(cameras, seen)
    rays, _ = detect(windows, cameras, origin, noise, rng)
    focal_px = default_focal_px(_SIZE_PX)
    sure = np.ones(rays.shape[1:3])
    lifted = [
        lifter.lift(one * focal_px + 0.5 * _SIZE_PX, sure, (1000, 1000), pack.fps, focal_px=focal_px) for one in rays
    ]
    return normalise_size(seen), np.stack(lifted)
