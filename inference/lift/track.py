"""A clip's track of 2D joints: gaps filled, then cut into windows at the network's frame rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import InferenceError
from ..joints import COUNT, PARENTS

MODEL_FPS = 30.0


def checked_track(
    joints_px: NDArray[np.floating], confidence: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The track (T, 17, 2) in pixels and which joints were seen (T, 17): finite, with a confidence above zero.

    Raises:
        InferenceError: wrong shapes, or nobody seen in the whole clip.
    """
    if joints_px.ndim != 3 or joints_px.shape[1:] != (COUNT, 2) or len(joints_px) == 0:
        raise InferenceError(
            "bad-joints",
            f"The 2D joints have shape {joints_px.shape}, not (frames, {COUNT}, 2) with a frame or more.",
            "Map the detector's keypoints onto the 17 joints first.",
        )
    if confidence.shape != joints_px.shape[:2]:
        raise InferenceError(
            "bad-confidence",
            f"The confidence has shape {confidence.shape}, but the joints need {joints_px.shape[:2]}.",
            "Give one confidence for each joint of each frame.",
        )
    seen = np.isfinite(joints_px).all(axis=-1) & np.isfinite(confidence) & (confidence > 0.0)
    if not seen.any():
        raise InferenceError(
            "nobody-found",
            f"No joint was seen in any of the {len(joints_px)} frames.",
            "Use a part of the video in which a person is visible.",
        )
    return np.asarray(joints_px, np.float64), seen


def fill_gaps(track: NDArray[np.float64], seen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Unseen joints by linear interpolation over the frames; a joint never seen stands on its parent.

    Args:
        track: (T, 17, 2) pixels, anything where unseen.
        seen: (T, 17).

    Returns:
        (T, 17, 2) pixels, finite everywhere.
    """
    filled = np.empty_like(track)
    frames = np.arange(len(track), dtype=np.float64)
    first_seen = int(np.flatnonzero(seen.any(axis=0))[0])
    order = [first_seen, *(j for j in range(COUNT) if j != first_seen)]
    for joint in order:
        known = np.flatnonzero(seen[:, joint])
        if len(known) == 0:
            parent = PARENTS[joint] if PARENTS[joint] >= 0 else first_seen
            filled[:, joint] = filled[:, parent]
            continue
        for axis in range(2):
            filled[:, joint, axis] = np.interp(frames, known, track[known, joint, axis])
    return filled


def window_positions(
    targets: NDArray[np.int64], times_s: NDArray[np.float64], receptive_field: int
) -> NDArray[np.float64]:
    """Fractional frame numbers of the windows around some target frames, at the network's rate.

    A window reaches (receptive_field - 1) / 2 steps of 1/30 s to both sides of its target; beyond the clip's ends the
    end frame is held. So every rate and every clip length is served, and the target itself is never interpolated.

    Args:
        targets: (N,) frame numbers.
        times_s: (T,) true times, increasing.
        receptive_field: F, odd.

    Returns:
        (N, F) positions in 0..T-1.
    """
    half = receptive_field // 2
    steps = np.arange(-half, half + 1) / MODEL_FPS
    wanted = times_s[targets][:, None] + steps[None, :]
    frames = np.arange(len(times_s), dtype=np.float64)
    positions = np.interp(wanted, times_s, frames)
    # Times of a 30 fps clip are multiples of 1/30 s only up to rounding: do not blend frames for 1e-6 of a step.
    nearest = np.round(positions)
    return np.where(np.abs(positions - nearest) < 1e-3, nearest, positions)


def sample_track(track: NDArray[np.float32], positions: NDArray[np.float64]) -> NDArray[np.float32]:
    """`track` (T, 17, 2) at fractional frames `positions` (N, F): (N, F, 17, 2), linear between frames."""
    low = np.floor(positions).astype(np.int64)
    high = np.minimum(low + 1, len(track) - 1)
    blend = (positions - low).astype(np.float32)[..., None, None]
    return track[low] * (1 - blend) + track[high] * blend
