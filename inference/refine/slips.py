"""Joints that the detector puts where the rest of the body does not have them."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..joints import COUNT, INDEX
from .arrays import BoolArray, FloatArray
from .fill import person_size_px
from .hidden import fill_hidden, moments, predicted
from .stance import runs

_BLOCK_S: Final = 20.0
"""How much of a clip is learned from at once."""
_FEWEST_FRAMES: Final = 30
_RIDGE: Final = 1.0
_ROUNDS: Final = 2
"""What was found in the first round does not count in the second."""
_FAR: Final = 3.0
"""Usual distances (robust standard deviations of this joint) from the expected place that make a slip."""
_NEAR: Final = 0.03
"""No usual distance is smaller, in sizes of the person."""
_LONGEST_S: Final = 1.0
"""What goes on for longer is believed: nothing better is known."""
_NORMAL: Final = 1.4826
"""From the median distance to a standard deviation."""
_FEWEST_LEFT: Final = 6
"""Joints that must be left in a frame; where there are fewer, all are believed."""

_PARTS: Final = {
    INDEX["pelvis"]: [INDEX["left_hip"], INDEX["right_hip"]],
    INDEX["thorax"]: [INDEX["left_shoulder"], INDEX["right_shoulder"]],
}
"""Joints that are made of others: neither tells the other's place."""
_MADE_UP: Final = INDEX["spine"]


def slips(joints_px: FloatArray, seen: BoolArray, times_s: FloatArray) -> BoolArray:
    """Joints that stand far from where the others expect them, by ridge regression learned from the clip itself.

    The detector's confidence is not asked: BlazePose's guesses at what it hardly sees are better than none.

    Args:
        joints_px: (T, 17, 2) pixels, anything where unseen.
        seen: (T, 17).
        times_s: (T,) increasing.

    Returns:
        (T, 17), never True where unseen, nor for longer than a second on end, nor in clips of less than 30 frames.
    """
    believed = seen.copy()
    edges = np.searchsorted(times_s, np.arange(times_s[0], times_s[-1] + 1e-6, _BLOCK_S))
    for first, end in zip(edges, [*edges[1:], len(times_s)], strict=True):
        if end - first >= _FEWEST_FRAMES and seen[first:end].any():
            believed[first:end] = _expected(joints_px[first:end], seen[first:end], times_s[first:end])
    return _brief(seen & ~believed, times_s)


def _expected(joints_px: FloatArray, seen: BoolArray, times_s: FloatArray) -> BoolArray:
    """(T, 17) the joints among those `seen` (T, 17) that stand where the others expect them."""
    size_px, believed = person_size_px(joints_px, seen), seen
    for _ in range(_ROUNDS):
        filled = fill_hidden(joints_px, believed, times_s)
        far = np.zeros_like(seen)
        for joint in range(COUNT):
            known = believed[:, joint]
            if joint in _PARTS or joint == _MADE_UP or known.sum() < _FEWEST_FRAMES:
                continue
            away = _away(joints_px[:, joint], filled, joint, known, size_px, times_s)
            usual = max(_NORMAL * float(np.median(away[known])), _NEAR * size_px)
            far[:, joint] = away > _FAR * usual
        believed = seen & ~far
        for made, parts in _PARTS.items():
            believed[:, made] &= believed[:, parts].all(axis=1)
        believed[believed.sum(axis=1) < _FEWEST_LEFT] = seen[believed.sum(axis=1) < _FEWEST_LEFT]
    return believed


def _away(
    seen_px: FloatArray, filled: FloatArray, joint: int, known: BoolArray, size_px: float, times_s: FloatArray
) -> FloatArray:
    """(T,) pixels from where a joint was seen (T, 2) to where the others expect it, as learned where `known`."""
    made = [whole for whole, parts in _PARTS.items() if joint in parts]
    others = [other for other in range(COUNT) if other not in (joint, _MADE_UP, *made)]
    middle = np.median(filled[:, others], axis=1, keepdims=True)
    relative = (filled - middle) / size_px
    place = predicted(moments(relative[:, others], times_s), relative[:, [joint]], known, _RIDGE)
    return np.asarray(np.linalg.norm(seen_px - (middle + size_px * place)[:, 0], axis=-1))


def _brief(slipped: BoolArray, times_s: FloatArray) -> BoolArray:
    for joint in range(slipped.shape[1]):
        for first, end in runs(slipped[:, joint]):
            if times_s[end - 1] - times_s[first] > _LONGEST_S:
                slipped[first:end, joint] = False
    return slipped
