"""Planted feet: when an ankle rests, and how to hold it still."""

from __future__ import annotations

import numpy as np

from ..arrays import BoolArray, FloatArray, stretches
from ..vectors import smoothstep
from .smoothing import gaussian

_SPEED_SIGMA_S, _DRIFT_SIGMA_S, _MIN_PLANTED_S, _FADE_S = 0.05, 0.4, 0.12, 0.2
_ENTER_SPEED, _LEAVE_SPEED = 0.35, 0.6
_ENTER_HEIGHT, _LEAVE_HEIGHT = 0.06, 0.10
_SURE, _MAYBE = 0.5, 0.35
"""The same of a foot of which is known how likely it stands."""
_RESTING_SPEED, _MIN_RESTING_S, _BESIDE, _UPRIGHT = 0.2, 0.25, 0.03, 0.8
_MAX_DRIFT, _MAX_PIVOT = 0.12, np.radians(15.0)


def planted(
    ankle: FloatArray, over_m: FloatArray, leg_length_m: float, fps: float, likely: FloatArray | None = None
) -> BoolArray:
    """Frames in which a foot stands: it is known to be likely, or else its ankle is low and nearly still.

    A stretch begins and ends at the wider limits, but must reach the narrower ones in between.

    Args:
        ankle: (T,3) ankle, stage space.
        over_m: (T,) its height over where it is when standing.
        leg_length_m: of the character; limits of speed and height are shares of it.
        fps: frames per second.
        likely: (T,) 0..1, how likely it stands; None where nobody knows.

    Returns:
        (T,) True where the foot stands.
    """
    if len(ankle) < 2:
        return np.zeros(len(ankle), dtype=np.bool_)
    if likely is None:
        speed = _speed(ankle[:, :2], leg_length_m, fps)
        height = over_m / leg_length_m
        sure = (speed < _ENTER_SPEED) & (height < _ENTER_HEIGHT)
        maybe = (speed < _LEAVE_SPEED) & (height < _LEAVE_HEIGHT)
    else:
        sure, maybe = likely > _SURE, likely > _MAYBE
    standing = np.zeros(len(ankle), dtype=np.bool_)
    for start, end in stretches(maybe):
        standing[start:end] = sure[start:end].any() and end - start >= _MIN_PLANTED_S * fps
    return standing


def resting(
    ankle: FloatArray,
    over_m: FloatArray,
    other_over_m: FloatArray,
    shin: FloatArray,
    leg_length_m: float,
    fps: float,
) -> BoolArray:
    """Frames in which a foot stands over the floor, on a step, a slope or a box.

    Its ankle is quite still under an upright shin, and no higher than the other one: a foot that is merely held up is.

    Args:
        ankle: (T,3) ankle, stage space.
        over_m, other_over_m: (T,) height of this and the other ankle over where they are when standing on the floor.
        shin: (T,3) unit directions from knee to ankle.
        leg_length_m: of the character; limits of speed and height are shares of it.
        fps: frames per second.

    Returns:
        (T,) True where the foot stands higher than on the floor.
    """
    standing = np.zeros(len(ankle), dtype=np.bool_)
    if len(ankle) < 2:
        return standing
    speed = _speed(ankle, leg_length_m, fps)
    lower = over_m < other_over_m + _BESIDE * leg_length_m
    maybe = (speed < _RESTING_SPEED) & (over_m > _LEAVE_HEIGHT * leg_length_m) & (shin[:, 2] < -_UPRIGHT)
    for start, end in stretches(maybe):
        standing[start:end] = np.mean(lower[start:end]) > 0.5 and end - start >= _MIN_RESTING_S * fps
    return standing


def _speed(path: FloatArray, leg_length_m: float, fps: float) -> FloatArray:
    """(T,) leg lengths a second along a (T,C) path; its steps are smoothed, for a smoothed path stops at its ends."""
    steps = gaussian(np.gradient(path, axis=0), _SPEED_SIGMA_S * fps)
    speed: FloatArray = np.linalg.norm(steps, axis=-1) * fps / leg_length_m
    return speed


def set_down(over_m: FloatArray, standing: BoolArray, fps: float) -> FloatArray:
    """(T,) metres to lower an ankle by so that its foot touches what it stands on, led in and out over a short time.

    Args:
        over_m: (T,) height of the ankle over where it is when standing there.
        standing: (T,) where the foot is known to stand.
        fps: frames per second.
    """
    lower = np.where(standing, over_m, 0.0)[:, None]
    _fade_around(lower, stretches(standing), _FADE_S * fps)
    return lower[:, 0]


def raised_floor(over_m: FloatArray, standing: BoolArray, fps: float) -> FloatArray:
    """(T,) height over the floor of what a foot stands on, metres, given (T,) its ankle's and where it stands high."""
    raised = np.zeros((len(over_m), 1))
    runs = stretches(standing)
    for start, end in runs:
        raised[start:end] = np.median(over_m[start:end])
    _fade_around(raised, runs, _FADE_S * fps)
    return raised[:, 0]


def hold_still(ankle: FloatArray, standing: BoolArray, leg_length_m: float, fps: float) -> FloatArray:
    """The ankle's path with every standing stretch held at its middle place.

    A stretch in which the ankle wanders too far for one place, as when the camera's view drifts, is led along a smooth
    line instead.

    Args:
        ankle: (T,3) ankle, stage space.
        standing: (T,) where the foot stands.
        leg_length_m: of the character; how far is too far is a share of it.
        fps: frames per second.

    Returns:
        (T,3) path: still, level, where the foot stands, and led back to the given path over a short time around.
    """
    held = ankle.copy()
    held[:, :2] = _held(ankle[:, :2], standing, _MAX_DRIFT * leg_length_m, fps)
    return held


def hold_heading(headings: FloatArray, standing: BoolArray, fps: float) -> FloatArray:
    """(T,) headings of a foot, radians, unwrapped; in every standing stretch held, or led smoothly where it pivots."""
    return _held(headings[:, None], standing, _MAX_PIVOT, fps)[:, 0]


def _held(path: FloatArray, standing: BoolArray, most: float, fps: float) -> FloatArray:
    """(T,C) path held at its median in every standing stretch; in one that wanders further than `most`, smoothed."""
    runs = stretches(standing)
    correction = np.zeros_like(path)
    for start, end in runs:
        stretch = path[start:end]
        place = np.median(stretch, axis=0)
        wanders = np.linalg.norm(stretch - place, axis=-1).max() > most
        correction[start:end] = (gaussian(stretch, _DRIFT_SIGMA_S * fps) if wanders else place) - stretch
    _fade_around(correction, runs, _FADE_S * fps)
    return path + correction


def _fade_around(correction: FloatArray, runs: list[tuple[int, int]], length: float) -> None:
    """Fill the frames between runs of `correction` by fading out of the one before and into the one after."""
    starts, ends = [start for start, _ in runs], [end for _, end in runs]
    for gap_start, gap_end in zip([0, *ends], [*starts, len(correction)], strict=True):
        _fade(correction, gap_start, gap_end, length)


def _fade(correction: FloatArray, start: int, end: int, length: float) -> None:
    """Fill frames [start, end) of `correction` by fading out of the frame before and into the frame after."""
    frames = np.arange(start, end)
    span = min(length, float(end - start + 1))
    if start > 0:
        leaving = 1.0 - smoothstep(0.0, span, (frames - start + 1).astype(np.float64))
        correction[start:end] += leaving[:, None] * correction[start - 1]
    if end < len(correction):
        coming = 1.0 - smoothstep(0.0, span, (end - frames).astype(np.float64))
        correction[start:end] += coming[:, None] * correction[end]
