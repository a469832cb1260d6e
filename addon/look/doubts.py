"""Stretches in which the result is unsure of a limb, worded for the person who mends them. No bpy here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...rigs.filmed import Filmed
from ...rigs.skeleton import H36M_17
from ..rotation_modes import FloatArray

THRESHOLD = 0.5
"""Confidence under which a joint needs a look."""
MOST = 12
"""Stretches that are shown: the worst ones."""
SHORTEST_S, BRIDGED_S = 0.1, 0.3
"""Shorter stretches pass unseen; shorter pauses do not end one."""
WHOLE = "whole body"
LIMBS = {
    "left arm": ("left_elbow", "left_wrist"),
    "right arm": ("right_elbow", "right_wrist"),
    "left leg": ("left_knee", "left_ankle"),
    "right leg": ("right_knee", "right_ankle"),
    "trunk": ("pelvis", "left_hip", "right_hip", "spine", "thorax", "left_shoulder", "right_shoulder"),
    "head": ("nose", "head"),
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """A stretch that needs a look.

    Attributes:
        limb: a key of `LIMBS`, or `WHOLE`.
        first, last: frames of the result, both in it.
        confidence: 0..1, the mean over the stretch.
        weight: seconds of confidence that are missing up to the threshold.
    """

    limb: str
    first: int
    last: int
    confidence: float
    weight: float


def find_doubts(filmed: Filmed) -> tuple[Doubt, ...]:
    """The heaviest stretches of low confidence, limb by limb, in the order of time.

    Frames that doubt every limb count once.

    Args:
        filmed: gives the joints' confidence and the frames' times.
    """
    times = filmed.frame_times_s
    sure = {
        limb: filmed.confidence[:, [H36M_17.index(joint) for joint in joints]].min(axis=1)
        for limb, joints in LIMBS.items()
    }
    everywhere = np.max(list(sure.values()), axis=0)
    found = _stretches(WHOLE, everywhere, times)
    whole = np.zeros(len(times), np.bool_)
    for doubt in found:
        whole[doubt.first : doubt.last + 1] = True
    for limb, confidence in sure.items():
        found += _stretches(limb, np.where(whole, 1.0, confidence), times)
    heaviest = sorted(found, key=lambda doubt: -doubt.weight)[:MOST]
    return tuple(sorted(heaviest, key=lambda doubt: (doubt.first, doubt.limb)))


def _stretches(limb: str, confidence: FloatArray, times: FloatArray) -> list[Doubt]:
    low = np.flatnonzero(confidence < THRESHOLD)
    if len(low) == 0:
        return []
    ends = np.flatnonzero(np.diff(times[low]) > BRIDGED_S)
    steps = np.gradient(times) if len(times) > 1 else np.ones(1)
    found = []
    for part in np.split(low, ends + 1):
        first, last = int(part[0]), int(part[-1])
        span = slice(first, last + 1)
        if float(np.sum(steps[span])) < SHORTEST_S:
            continue
        missing = np.maximum(THRESHOLD - confidence[span], 0.0)
        found.append(Doubt(limb, first, last, float(confidence[span].mean()), float(np.sum(missing * steps[span]))))
    return found
