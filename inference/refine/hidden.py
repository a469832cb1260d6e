"""Joints out of sight for a while: placed by the rest of the body, as they moved with it while they were seen."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..lift.gaps import fill_gaps
from .arrays import BoolArray, FloatArray
from .fill import person_size_px
from .stance import runs

_SHORTEST_S: Final = 0.15
"""A shorter gap is led over by a straight line alone."""
_AROUND_S: Final = 10.0
"""How long before and after a gap is learned from."""
_OFFSETS_S: Final = (-0.33, 0.0, 0.33)
"""Moments of the visible joints that say where a hidden one is."""
_RIDGE: Final = 0.3
"""Keeps a joint to its straight line, relative to the visible body, where little is learned from; sizes squared."""
_FEWEST_VISIBLE: Final = 3


def fill_hidden(joints_px: FloatArray, seen: BoolArray, times_s: FloatArray) -> FloatArray:
    """Unseen joints by ridge regression on the visible ones, learned from the clip around the gap.

    What the regression misses at both ends of the gap is added as a straight line, so the joint leaves and comes back
    where it was seen. With nothing learned that is a straight line relative to the visible body.

    Args:
        joints_px: (T, 17, 2) pixels, anything where unseen.
        seen: (T, 17), something seen.
        times_s: (T,) increasing.

    Returns:
        (T, 17, 2) pixels, finite; what was seen is not touched.
    """
    line = fill_gaps(joints_px, seen, times_s)
    gaps = _long_gaps(seen, times_s)
    if not gaps:
        return line
    filled, size_px = line.copy(), person_size_px(joints_px, seen)
    for (first, end), hidden in gaps.items():
        visible = np.flatnonzero(seen[max(first - 1, 0) : end + 1].all(axis=0))
        if len(visible) < _FEWEST_VISIBLE:
            continue
        near = slice(*np.searchsorted(times_s, [times_s[first] - _AROUND_S, times_s[end - 1] + _AROUND_S]))
        gap = slice(first - near.start, end - near.start)
        middle = line[near, visible].mean(axis=1, keepdims=True)
        relative = (line[near] - middle) / size_px
        known = np.all(seen[near][:, [*visible, *hidden]], axis=1)
        moved = predicted(moments(relative[:, visible], times_s[near]), relative[:, hidden], known, _RIDGE)
        filled[first:end, hidden] = (middle + size_px * _led_over(moved, relative[:, hidden], gap, times_s[near]))[gap]
    return filled


def _long_gaps(seen: BoolArray, times_s: FloatArray) -> dict[tuple[int, int], list[int]]:
    """Joints by the stretches of frames in which they are hidden; stretches that are all of the clip are none."""
    gaps: dict[tuple[int, int], list[int]] = {}
    for joint in range(seen.shape[1]):
        for first, end in runs(~seen[:, joint]):
            around_s = times_s[min(end, len(seen) - 1)] - times_s[max(first - 1, 0)]
            if around_s > _SHORTEST_S and end - first < len(seen):
                gaps.setdefault((first, end), []).append(joint)
    return gaps


def moments(joints_2d: FloatArray, times_s: FloatArray) -> FloatArray:
    """(T, n) the joints (T, V, 2) of each frame and of those around it; the clip's ends are held."""
    step_s = float(np.median(np.diff(times_s)))
    offsets = np.unique(np.round(np.array(_OFFSETS_S) / step_s).astype(np.intp))
    frames = np.clip(np.arange(len(joints_2d))[:, None] + offsets, 0, len(joints_2d) - 1)
    return np.asarray(joints_2d[frames].reshape(len(joints_2d), -1))


def predicted(features: FloatArray, joints_2d: FloatArray, known: BoolArray, ridge: float) -> FloatArray:
    """(T, H, 2) by ridge regression of joints (T, H, 2) on features (T, n) where `known` (T,)."""
    if not known.any():
        return np.zeros_like(joints_2d)
    targets = joints_2d.reshape(len(joints_2d), -1)
    centre, mean = features[known].mean(axis=0), targets[known].mean(axis=0)
    x, y = features[known] - centre, targets[known] - mean
    weights = np.linalg.solve(x.T @ x + ridge * np.eye(x.shape[1]), x.T @ y)
    return np.asarray(mean + (features - centre) @ weights).reshape(joints_2d.shape)


def _led_over(predicted: FloatArray, joints_2d: FloatArray, gap: slice, times_s: FloatArray) -> FloatArray:
    """The prediction (T, H, 2) moved, by a straight line over the gap, to where the joints are seen at its ends."""
    ends = [frame for frame in (gap.start - 1, gap.stop) if 0 <= frame < len(times_s)]
    lacking = (joints_2d - predicted)[ends]
    line = [np.interp(times_s, times_s[ends], column) for column in lacking.reshape(len(ends), -1).T]
    return predicted + np.stack(line, axis=-1).reshape(predicted.shape)
