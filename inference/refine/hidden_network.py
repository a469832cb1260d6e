"""Joints that the detector has in a wrong place because something hides them: a small network, by ONNX Runtime.

A detector that sees half of a body presses the whole of it into that half, and is as sure of it as ever; what tells is
how a body moves: it does not become narrow, or lose a side, and get it back.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..joints import COUNT, INDEX, NAMES
from ..lift.gaps import fill_gaps
from ..lift.track import sequence_positions
from .arrays import BoolArray, FloatArray
from .hidden_inputs import hidden_inputs
from .small_network import at_positions, run_network
from .stance import runs

NAME: Final = "hidden"
"""The weights' name under `inference/weights/`; their card tells what they learned from."""
_WRONG: Final = 0.2
"""A joint that is so likely out of place is, in moments in which several of the limbs' joints ..."""
_SEVERAL, _LIKELY = 4, 0.7
"""... are this likely to be: a single joint that errs, the joints around it tell better (`slips`). And only while all
limbs are seen: a detector that says what it does not see presses nothing; ..."""
_SURE: Final = 0.92
"""... and not while it is sure of them on the whole: who leaps and bends in plain sight moves as oddly, but is seen."""
_BESIDE_S: Final = 0.1
"""What is hidden comes and goes at the edges of such moments."""
_LIMBS: Final = [INDEX[name] for name in NAMES if name.partition("_")[0] in ("left", "right")]
_LONGEST_S: Final = 2.0
"""What goes on for longer is believed: nothing better is known."""


def misplaced(joints_px: FloatArray, confidence: FloatArray, times_s: FloatArray) -> BoolArray:
    """Joints that are probably not where they were seen.

    Args:
        joints_px: (T, 17, 2) pixels, anything where unseen.
        confidence: (T, 17) 0..1; 0 where unseen.
        times_s: (T,) strictly increasing.

    Returns:
        (T, 17), never True where unseen, nor for longer than two seconds on end.

    Raises:
        ModelError: the weights are missing or broken.
    """
    seen = confidence > 0.0
    positions, back = sequence_positions(times_s)
    line, sure = at_positions(fill_gaps(joints_px, seen, times_s), positions), at_positions(confidence, positions)
    rows, _ = hidden_inputs(line, sure)
    logits = run_network(NAME, rows[None])[0, :, :COUNT]
    likely = np.where(seen, at_positions(1.0 / (1.0 + np.exp(-logits)), back), 0.0)
    wrong = (likely > _WRONG) & _moments(likely, confidence, times_s)[:, None]
    for joint in range(COUNT):
        for first, end in runs(wrong[:, joint]):
            if times_s[end - 1] - times_s[first] > _LONGEST_S:
                wrong[first:end, joint] = False
    return wrong


def _moments(likely: FloatArray, confidence: FloatArray, times_s: FloatArray) -> BoolArray:
    """(T,) frames in which, or just beside which, a part of the body is pressed out of place."""
    half = np.zeros(len(likely), np.bool_)
    limbs = confidence[:, _LIMBS]
    doubtful = (limbs > 0.0).all(axis=1) & (limbs.mean(axis=1) < _SURE)
    for first, end in runs(doubtful & ((likely[:, _LIMBS] > _LIKELY).sum(axis=1) >= _SEVERAL)):
        half |= (times_s >= times_s[first] - _BESIDE_S) & (times_s <= times_s[end - 1] + _BESIDE_S)
    return half
