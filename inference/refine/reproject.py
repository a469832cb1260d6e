"""Leads joints to where they were seen, as far as the detector can be believed (Cheng et al., section 3.5).

Their loss, w (projection - seen)^2 beside what holds the lifter's pose, is quadratic across the line of sight once the
weights w are fixed: each joint moves by the share w / (w + 1) of what is missing, and no iteration is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from .. import joints
from .arrays import FloatArray
from .root import MADE_UP
from .smooth import smooth

USUAL_ERROR_M: Final = 0.02 * joints.REFERENCE_HEIGHT_M
"""Usual error of a detected joint, a fiftieth of the person's height: the unit of distances in the image."""
_CUTOFF_HZ: Final = 6.0
"""What is missing is followed up to this frequency: beyond it the detector trembles."""
_CORRECTED_HZ: Final = 0.7
"""Below this frequency the detector's own 3D, which is calmed too, knows better than its points."""


class Rule(StrEnum):
    """What a joint's weight is made of: confidence c and distance d from where it was seen."""

    CONSTANT = "constant"  # 1
    CONFIDENCE = "confidence"  # c
    CALIBRATED = "calibrated"  # c made proportional to how often the detector is right
    HARD = "hard"  # 1 where calibrated c exceeds the parameter, else 0
    SOFT = "soft"  # 1 - exp(-c d^2 / 2 p^2), as printed: grows with the distance
    ROBUST = "robust"  # c / (1 + d^2 / p^2)^2: falls with the distance


@dataclass(frozen=True, slots=True)
class Weighting:
    """A rule and its parameter p."""

    rule: Rule = Rule.HARD
    parameter: float = 0.8


DEFAULT_WEIGHTING: Final = Weighting()


def match_image(
    poses: FloatArray,
    path: FloatArray,
    rays: FloatArray,
    confidence: FloatArray,
    times_s: FloatArray,
    weighting: Weighting,
    corrected: FloatArray | None = None,
) -> FloatArray:
    """Moves joints across the line of sight towards their rays.

    Args:
        poses: (T, 17, 3) root-relative metres, camera axes, of a person of the reference height.
        path: (T, 3) root, camera axes.
        rays: (T, 17, 2) joints as seen, on the plane z = 1 of the camera.
        confidence: (T, 17) 0..1, 0 where filled in.
        times_s: (T,) strictly increasing.
        weighting: the rule.
        corrected: (T, 17) 0..1, joints whose place over time is better known than where they were seen: these follow
            the image only in what is faster.

    Returns:
        (T, 17, 3) root-relative; bones are no longer of one length.
    """
    placed = poses + path[:, None]
    missing = rays * placed[..., 2:] - placed[..., :2]
    away = np.linalg.norm(missing, axis=-1) / USUAL_ERROR_M
    weights = joint_weights(weighting, confidence, away)
    weights[:, MADE_UP] = 0.0
    moved = (weights / (weights + 1.0))[..., None] * missing
    if corrected is not None:
        moved -= corrected[..., None] * smooth(moved, times_s, _CORRECTED_HZ)
    out = placed.copy()
    out[..., :2] += smooth(moved, times_s, _CUTOFF_HZ)
    return out - out[:, :1]


def joint_weights(weighting: Weighting, confidence: FloatArray, away: FloatArray) -> FloatArray:
    """Weights of joints, shaped like `confidence`; `away` in usual errors of the detector. Nothing unseen has any."""
    p, sure = weighting.parameter, calibrated(confidence)
    match weighting.rule:
        case Rule.CONSTANT:
            weights = np.ones_like(confidence)
        case Rule.CONFIDENCE:
            weights = confidence
        case Rule.CALIBRATED:
            weights = sure
        case Rule.HARD:
            weights = (sure > p).astype(np.float64)
        case Rule.SOFT:
            weights = 1.0 - np.exp(-sure * away**2 / (2.0 * p**2))
        case Rule.ROBUST:
            weights = sure / (1.0 + (away / p) ** 2) ** 2
    return np.where(confidence > 0.0, weights, 0.0)


def calibrated(confidence: FloatArray) -> FloatArray:
    """Confidences (...) as shares of the usual precision.

    On the sample film with exact joints, BlazePose's error is twice as large where it is unsure (below 0.3) as where it
    is sure, and in between falls evenly: precision, one over the error, runs from 0.5 to 1.
    """
    return np.asarray(np.where(confidence > 0.0, 0.5 + 0.5 * confidence, 0.0))
