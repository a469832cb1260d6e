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
_SEVERAL, _LIKELY = 4, 0.5
"""In moments in which so many of the limbs' joints are likelier out of place than not ..."""
_WRONG: Final = 0.35
"""... joints that are this likely to be are doubted: a single joint that errs, the joints around it tell better
(`slips`)."""
_FEWEST: Final = 6
_GONE_S: Final = 0.4
"""Where fewer of the limbs' joints are left for less than this time, none is: the few, often of somebody else, would
take the body along."""
_BESIDE_S: Final = 0.1
"""What is hidden comes and goes at the edges of such moments."""
LIMBS: Final = [INDEX[name] for name in NAMES if name.partition("_")[0] in ("left", "right")]
_LONGEST_S: Final = 2.0
"""What is out of place or out of sight for longer is believed, and so is what is not seen rightly both before and
behind: nothing better is known."""


def doubted(joints_px: FloatArray, confidence: FloatArray, times_s: FloatArray) -> FloatArray:
    """How likely joints are not where they were seen, because a part of the body is hidden.

    Args:
        joints_px: (T, 17, 2) pixels, anything where unseen.
        confidence: (T, 17) 0..1; 0 where unseen.
        times_s: (T,) strictly increasing.

    Returns:
        (T, 17) 0..1, 0 where there is no reason to doubt a joint; never above 0 where unseen, for longer than two
        seconds on end or at the clip's ends.

    Raises:
        ModelError: the weights are missing or broken.
    """
    seen = confidence > 0.0
    positions, back = sequence_positions(times_s)
    line, sure = at_positions(fill_gaps(joints_px, seen, times_s), positions), at_positions(confidence, positions)
    rows, _ = hidden_inputs(line, sure)
    logits = run_network(NAME, rows[None])[0, :, :COUNT]
    likely = np.where(seen, at_positions(1.0 / (1.0 + np.exp(-logits)), back), 0.0)
    wrong = (likely > _WRONG) & _moments(likely, times_s)[:, None]
    gone = wrong.any(axis=1) & ((seen & ~wrong)[:, LIMBS].sum(axis=1) < _FEWEST)
    for first, end in runs(gone):
        if times_s[end - 1] - times_s[first] < _GONE_S:
            wrong[first:end], likely[first:end] = seen[first:end], 1.0
    for joint in range(COUNT):
        for first, end in runs(wrong[:, joint] | ~seen[:, joint]):
            if first == 0 or end == len(seen) or times_s[end - 1] - times_s[first] > _LONGEST_S:
                wrong[first:end, joint] = False
    return np.where(wrong, likely, 0.0)


def _moments(likely: FloatArray, times_s: FloatArray) -> BoolArray:
    """(T,) frames in which, or just beside which, a part of the body is pressed out of place."""
    half = np.zeros(len(likely), np.bool_)
    for first, end in runs((likely[:, LIMBS] > _LIKELY).sum(axis=1) >= _SEVERAL):
        half |= (times_s >= times_s[first] - _BESIDE_S) & (times_s <= times_s[end - 1] + _BESIDE_S)
    return half
