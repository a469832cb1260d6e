"""Joints that a detector loses, after Cheng et al. (ICCV 2019 and AAAI 2020): four maskings, shifts, sides exchanged.

What is lost is filled as the program fills it (`lift.gaps.fill_gaps`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..joints import COUNT
from ..lift.gaps import fill_gaps
from ..lift.normalise import MIRRORED, PELVIS, THORAX
from .cylinder_man import visible

FloatArray = NDArray[np.float32]
BoolArray = NDArray[np.bool_]

_LOOK_EVERY = 5
"""Frames from one look at what the body hides to the next."""
_LIMBS = (np.arange(1, 7), np.arange(11, 17))


@dataclass(frozen=True, slots=True)
class OcclusionModel:
    """How often windows lose joints. The paper prints 0.2 and 2..40 without saying of what; here they are shares of
    windows and, within these, of points, frames or joints.

    Attributes:
        point, frame: share of windows in which each point, or each whole frame, is lost with probability `share`.
        long_point, long_frame: share of windows in which some joints, or all, are lost for one stretch of frames.
        share: see `point`; for `long_point` the share of joints.
        shortest, longest: frames of a stretch; never the whole window, which no interpolation could fill.
        shift: share of windows in which one joint stands beside its place for a stretch.
        shift_heights: standard deviation of that, in person heights.
        swap: share of windows in which legs or arms are exchanged for a stretch.
        hidden: share of windows in which what the body itself hides is lost, where `occlude` is told the joints.
    """

    point: float = 0.2
    frame: float = 0.2
    long_point: float = 0.2
    long_frame: float = 0.2
    share: float = 0.2
    shortest: int = 2
    longest: int = 40
    shift: float = 0.1
    shift_heights: float = 0.06
    swap: float = 0.05
    hidden: float = 0.1


def occlude(
    rays: FloatArray,
    height: FloatArray,
    rng: np.random.Generator,
    model: OcclusionModel | None = None,
    joints_m: FloatArray | None = None,
) -> FloatArray:
    """The rays with joints lost, shifted and exchanged; pelvis and thorax stay the middles of their pairs.

    Args:
        rays: (N, F, 17, 2) on the plane z = 1, true or noisy.
        height: (N,) person height there.
        joints_m: (N, F, 17, 3) the joints in camera axes: some windows lose what the body hides (`cylinder_man`), at a
            tenth of a millisecond each; None = no window does.

    Returns:
        (N, F, 17, 2), a copy.
    """
    model = model or OcclusionModel()
    moved = rays.copy()
    _shift(moved, height, model, rng)
    _exchange(moved, model, rng)
    lost = draw_lost(len(rays), rays.shape[1], rng, model)
    if joints_m is not None:
        chosen = np.flatnonzero(rng.random(len(rays)) < model.hidden)
        hidden = ~visible(joints_m[chosen, ::_LOOK_EVERY]).repeat(_LOOK_EVERY, axis=1)[:, : rays.shape[1]]
        hidden &= ~hidden.all(axis=1, keepdims=True)  # never seen in the window: there is nothing to fill it from
        lost[chosen] |= hidden
        _leave_one(lost, rng)
    moved = fill_gaps(moved, ~lost)
    moved[:, :, PELVIS] = (moved[:, :, 1] + moved[:, :, 4]) / 2.0
    moved[:, :, THORAX] = (moved[:, :, 11] + moved[:, :, 14]) / 2.0
    return moved


def draw_lost(count: int, frames: int, rng: np.random.Generator, model: OcclusionModel) -> BoolArray:
    """(N, F, 17) what is lost by the four maskings; at least one frame of each joint is left."""
    lost = np.zeros((count, frames, COUNT), bool)
    chosen = np.flatnonzero(rng.random(count) < model.point)
    lost[chosen] |= rng.random((len(chosen), frames, COUNT), dtype=np.float32) < model.share
    chosen = np.flatnonzero(rng.random(count) < model.frame)
    lost[chosen] |= (rng.random((len(chosen), frames), dtype=np.float32) < model.share)[..., None]
    chosen = np.flatnonzero(rng.random(count) < model.long_point)
    some = rng.random((len(chosen), 1, COUNT)) < model.share
    lost[chosen] |= _stretches(len(chosen), frames, COUNT, rng, model) & some
    chosen = np.flatnonzero(rng.random(count) < model.long_frame)
    lost[chosen] |= _stretches(len(chosen), frames, 1, rng, model)
    _leave_one(lost, rng)
    return lost


def _leave_one(lost: BoolArray, rng: np.random.Generator) -> None:
    """Keeps one frame of each joint that would be lost in a whole window; in place."""
    window, joint = np.nonzero(lost.all(axis=1))
    lost[window, rng.integers(0, lost.shape[1], len(window)), joint] = False


def _stretches(count: int, frames: int, columns: int, rng: np.random.Generator, model: OcclusionModel) -> BoolArray:
    """(count, frames, columns) one stretch of frames each, which may begin before the window or end behind it."""
    longest = max(min(model.longest, frames - 1), 1)
    length = rng.integers(min(model.shortest, longest), longest + 1, (count, 1, columns))
    start = np.floor(rng.random((count, 1, columns)) * (frames + length - 1)) - length + 1
    frame = np.arange(frames)[None, :, None]
    return np.asarray((frame >= start) & (frame < start + length))


def _shift(rays: FloatArray, height: FloatArray, model: OcclusionModel, rng: np.random.Generator) -> None:
    chosen = np.flatnonzero(rng.random(len(rays)) < model.shift)
    joint = rng.integers(1, COUNT, len(chosen))
    inside = _stretches(len(chosen), rays.shape[1], 1, rng, model)
    away = rng.standard_normal((len(chosen), 1, 2), dtype=np.float32) * height[chosen, None, None]
    rays[chosen, :, joint] += np.float32(model.shift_heights) * away * inside


def _exchange(rays: FloatArray, model: OcclusionModel, rng: np.random.Generator) -> None:
    chosen = np.flatnonzero(rng.random(len(rays)) < model.swap)
    inside = _stretches(len(chosen), rays.shape[1], 1, rng, model)[..., 0]
    which = rng.integers(0, len(_LIMBS), len(chosen))
    for number, limbs in enumerate(_LIMBS):
        row, frame = np.nonzero(inside & (which == number)[:, None])
        n, f = chosen[row, None], frame[:, None]
        rays[n, f, limbs] = rays[n, f, np.array(MIRRORED)[limbs]]
