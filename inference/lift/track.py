"""A clip's track of 2D joints: checked, then cut into windows or blocks at the network's frame rate."""

from __future__ import annotations

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..errors import InferenceError
from ..joints import COUNT

Float = TypeVar("Float", bound=np.floating)

MODEL_FPS = 30.0
_FAR_OUTSIDE: Final = 4.0
"""Image sizes from the image's middle beyond which a point is no guess at a hidden joint but a failure."""
_SAME_RATE: Final = 0.02
"""A clip whose every step is this near 1/30 s is taken frame by frame: blending neighbours would only blur it."""


def checked_track(
    joints_px: NDArray[Float],
    confidence: NDArray[np.floating],
    image_size_px: NDArray[np.floating] | None = None,
) -> tuple[NDArray[Float], NDArray[np.bool_]]:
    """The track (T, 17, 2) in pixels and which joints were seen (T, 17).

    Seen is what is finite, has a confidence above zero and, where the image's size (2,) is given, lies not absurdly far
    outside the image.

    Raises:
        InferenceError: wrong shapes, or nobody seen in the whole clip.
    """
    checked_shape(joints_px, confidence)
    seen = seen_joints(joints_px, confidence, image_size_px)
    if not seen.any():
        raise InferenceError(
            "nobody-found",
            f"No joint was seen in any of the {len(joints_px)} frames.",
            "Use a part of the video in which a person is visible.",
        )
    return joints_px, seen


def checked_shape(joints_px: NDArray[np.floating], confidence: NDArray[np.floating]) -> None:
    """Refuses anything but joints (T, 17, 2) with their confidence (T, 17), T >= 1.

    Raises:
        InferenceError: says what was expected.
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


def seen_joints(
    joints_px: NDArray[np.floating], confidence: NDArray[np.floating], image_size_px: NDArray[np.floating] | None
) -> NDArray[np.bool_]:
    """Which joints (..., 17, 2) can be used, as `checked_track` says: (..., 17)."""
    seen: NDArray[np.bool_] = np.isfinite(confidence) & (confidence > 0.0)
    reach = np.inf if image_size_px is None else _FAR_OUTSIDE * float(np.max(image_size_px))
    for axis in range(joints_px.shape[-1]):  # one after the other, and by bounds: a long track needs no more copies
        values = joints_px[..., axis]
        middle = 0.0 if image_size_px is None else float(image_size_px[axis]) / 2.0
        seen &= np.isfinite(values) & (values >= middle - reach) & (values <= middle + reach)
    return seen


def window_positions(
    targets: NDArray[np.int64], times_s: NDArray[np.float64], receptive_field: int, target: int | None = None
) -> NDArray[np.float64]:
    """Fractional frame numbers of the windows around some target frames, at the network's rate.

    A window reaches `target` steps of 1/30 s before its target frame and the rest of the receptive field behind it;
    beyond the clip's ends the end frame is held. So every rate and every clip length is served, and the target itself
    is never interpolated.

    Args:
        targets: (N,) frame numbers.
        times_s: (T,) true times, increasing.
        receptive_field: F, odd.
        target: index in the window of the target frame; None means the middle.

    Returns:
        (N, F) positions in 0..T-1.
    """
    middle = receptive_field // 2 if target is None else target
    steps = np.arange(-middle, receptive_field - middle) / MODEL_FPS
    return _positions(times_s[targets][:, None] + steps[None, :], times_s)


def sequence_positions(times_s: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A clip at the network's rate and back.

    Args:
        times_s: (T,) true times, increasing.

    Returns:
        positions (S,): fractional clip frames of the sequence's steps, 1/30 s apart from the first frame on to the last
        or beyond, where the last is held;
        back (T,): fractional steps of the clip's frames. Both are whole numbers, 0, 1, 2..., at 30 frames a second.
    """
    frames = len(times_s)
    if frames == 1 or np.abs(np.diff(times_s) * MODEL_FPS - 1.0).max() < _SAME_RATE:
        return np.arange(frames, dtype=np.float64), np.arange(frames, dtype=np.float64)
    back = (times_s - times_s[0]) * MODEL_FPS
    count = int(np.ceil(back[-1] - 1e-6)) + 1
    steps = np.arange(count) / MODEL_FPS + times_s[0]
    return _positions(steps, times_s), np.minimum(back, count - 1)


def _positions(wanted_s: NDArray[np.float64], times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    positions = np.interp(wanted_s, times_s, np.arange(len(times_s), dtype=np.float64))
    # Times of a 30 fps clip are multiples of 1/30 s only up to rounding: do not blend frames for 1e-6 of a step.
    nearest = np.round(positions)
    return np.where(np.abs(positions - nearest) < 1e-3, nearest, positions)


def sample_track(track: NDArray[Float], positions: NDArray[np.float64]) -> NDArray[Float]:
    """`track` (T, ...) at fractional frames `positions` (any shape P): (P, ...), linear between frames."""
    low = np.floor(positions).astype(np.int64)
    if (low == positions).all():
        return track[low]
    high = np.minimum(low + 1, len(track) - 1)
    blend = (positions - low).astype(track.dtype).reshape(*positions.shape, *(1,) * (track.ndim - 1))
    return np.asarray(track[low] * (1 - blend) + track[high] * blend, track.dtype)
