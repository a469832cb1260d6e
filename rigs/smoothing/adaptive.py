"""The rule of the smoothing control: how soft a path is, from how strongly it is accelerated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ..arrays import BoolArray, FloatArray
from ..errors import SettingsError
from ..sequence import PoseSequence
from ..shots import by_shot
from ..skeleton import anchor_of
from .spline import ORDER, smoothing_spline

DEFAULT_STRENGTH: Final = 0.5
"""Where both errors and jitter of lifted joints are small and hits keep their speed (docs/smoothing.md)."""
_CUTOFF_HZ: Final = 2.0
"""Half-amplitude frequency of the strongest smoothing where a joint is accelerated as in brisk motion ..."""
_BRISK_M_S2: Final = 10.0
"""... which is this much. Slower motion is smoothed more, faster motion less."""
_LOWEST_CUTOFF_HZ: Final = 1.5
"""Below it the smoothing would begin to lead slow motion away from where it was."""
_PILOT_HZ: Final = 4.0
_PILOT_RAD_S: Final = 20.0
"""Turns the pilot's jerk into an acceleration: between two swings a joint is not accelerated, but about to be."""
FILLED_WEIGHT: Final = 0.02
"""Of joints that were filled in, beside 1 for what was seen."""
_STANDING_WEIGHT: Final = 64.0
"""Of an ankle that stands: it is where it belongs already, and would be dragged along by the steps before and after."""


def smooth_sequence(sequence: PoseSequence, strength: float) -> PoseSequence:
    """The sequence with the jitter of its joints and points taken out, as far as `strength` says.

    Joints count by their confidence: those that were filled in follow the frames around, and feet that stand stay.
    Points are smoothed as ways from the joints that they are set on, so that hands and feet keep their shape.

    Args:
        sequence: any joints and points.
        strength: 0 as it is .. 1 smoothest.

    Raises:
        SettingsError: the strength is out of range.
    """
    if not 0.0 <= strength <= 1.0:
        raise SettingsError(f"Smoothing is {strength:g}; give a number from 0 (raw) to 1 (smoothest).")
    if strength == 0.0:
        return sequence
    if sequence.cuts:
        return by_shot(sequence, lambda shot: smooth_sequence(shot, strength))
    times = sequence.frame_times_s
    names = [name for name, path in sequence.points.items() if _known(path).any()]
    anchors = [sequence.skeleton.index(anchor_of(name)) for name in names]
    steps = [sequence.points[name] - sequence.joints[:, anchor] for name, anchor in zip(names, anchors, strict=True)]
    # All in one go: the effort grows with the frames, hardly with the number of paths.
    paths = np.concatenate([sequence.joints, *(_bridged(step, times)[:, None] for step in steps)], axis=1)
    seen = joint_weights(sequence.confidence, sequence.stance, sequence.skeleton.joint_names)
    weights = np.column_stack([seen, *map(_known, steps)])
    smoothed = smooth_paths(paths, times, strength, weights)
    joints, rest = np.split(smoothed, [sequence.joints.shape[1]], axis=1)
    moved = {
        name: np.where(np.isfinite(steps[k]), joints[:, anchor] + rest[:, k], np.nan)
        for k, (name, anchor) in enumerate(zip(names, anchors, strict=True))
    }
    return replace(sequence, joints=joints, points={**sequence.points, **moved})


def joint_weights(
    confidence: FloatArray,
    stance: Mapping[str, FloatArray],
    joint_names: Sequence[str],
    filled: float = FILLED_WEIGHT,
) -> FloatArray:
    """How much each joint counts in each frame when it is smoothed.

    Args:
        confidence: (T, J) 0..1, 0 where filled in.
        stance: "left" or "right" -> (T,) 0..1, how likely this foot stands.
        joint_names: of the J joints.
        filled: of those that were filled in.

    Returns:
        (T, J).
    """
    weights = np.maximum(confidence, filled)
    for side, likely in stance.items():
        ankle = joint_names.index(f"{side}_ankle")
        # Squared: who may as well not stand is smoothed like everything else.
        weights[:, ankle] += _STANDING_WEIGHT * likely**2
    return weights


def smooth_paths(
    paths: FloatArray, times_s: FloatArray, strength: float, weights: FloatArray | None = None
) -> FloatArray:
    """Paths without their jitter; hits, landings and fast turns keep their speed and their moment.

    A joint's measurement errs by much the same at all times, while its acceleration runs from nearly nothing, where it
    rests, to hundreds of m/s^2, where it hits. The best trade between the two has a cutoff that rises with the root of
    the acceleration, which a first, evenly smoothed path gives well enough.

    Args:
        paths: (T, P, 3) metres.
        times_s: (T,) strictly increasing.
        strength: above 0, up to 1.
        weights: (T, P) at least 0; None = all 1.

    Returns:
        (T, P, 3).
    """
    if len(times_s) <= ORDER:
        return paths.copy()
    even = np.full(paths.shape[:2], _PILOT_HZ)
    velocity = np.gradient(smoothing_spline(paths, times_s, even, weights), times_s, axis=0)
    acceleration = np.gradient(velocity, times_s, axis=0)
    jerk = np.gradient(acceleration, times_s, axis=0)
    square = np.sum(acceleration**2 + (jerk / _PILOT_RAD_S) ** 2, axis=-1)
    cutoffs = _CUTOFF_HZ / strength * (square / _BRISK_M_S2**2) ** 0.25
    return smoothing_spline(paths, times_s, np.maximum(cutoffs, _LOWEST_CUTOFF_HZ), weights)


def _known(path: FloatArray) -> BoolArray:
    """(T,) where a point's path (T, 3) is known."""
    return np.asarray(np.isfinite(path).all(axis=-1))


def _bridged(path: FloatArray, times_s: FloatArray) -> FloatArray:
    """The path (T, 3) with straight lines over the frames in which it is not known; the ends are held."""
    known = _known(path)
    return np.stack([np.interp(times_s, times_s[known], axis[known]) for axis in path.T], axis=-1)
