"""How the performer's feet are turned, from heel and toe.

Foot frames have the columns left, back, up, as those of the body: a foot that stands level and points straight ahead,
under a shin that stands upright, has the shin's frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import quaternions
from ..arrays import BoolArray, FloatArray
from ..joint_limits import softly
from ..sequence import PoseSequence
from ..vectors import dot, frame, unit
from .known import filled, presence

_BIAS_LIMIT = np.radians(40.0)
_LOWEST_SHARE = 30.0
_UPRIGHT = 0.8


@dataclass(frozen=True, slots=True)
class FootPoints:
    """What is known of a performer's foot.

    Attributes:
        frames: (T,3,3) columns left, back, up, stage space; any rotation where unknown.
        known: (T,) where it is known.
        fps: frames per second.
        exact: see `PoseSequence.exact`; such feet are taken as they are, others within what an ankle can do.
    """

    frames: FloatArray
    known: BoolArray
    fps: float
    exact: bool = False


def read_foot(source: PoseSequence, side: str) -> FootPoints | None:
    """The performer's foot on a side; None where the sequence never has its heel and toe.

    Detectors see the heel higher or lower than the toe on a flat foot; unless the sequence is exact, the pitch is taken
    against what it usually is while the foot is low and its shin upright.
    """
    names = (f"{side}_heel", f"{side}_toe")
    if any(name not in source.points for name in names):
        return None
    heel, toe = (source.points[name] for name in names)
    known: BoolArray = np.isfinite(np.concatenate([heel, toe], axis=-1)).all(axis=-1)
    if not known.any():
        return None
    ankle = source.joint(f"{side}_ankle")
    shin = unit(source.joint(f"{side}_knee") - ankle)
    ahead = unit(np.where(known[:, None], toe - heel, [0.0, -1.0, 0.0]))
    upwards = unit(np.where(known[:, None], ankle - heel, [0.0, 0.0, 1.0]))
    if not source.exact:
        # a seen heel alone lies too near the ankle to tell the roll
        upwards = upwards + shin
    spanned = frame(ahead, upwards)
    left, back, up = -spanned[..., 2], -spanned[..., 0], spanned[..., 1]
    if source.exact:
        return FootPoints(np.stack([left, back, up], axis=-1), known, source.fps, exact=True)
    standing = known & (shin[:, 2] > _UPRIGHT) & (ankle[:, 2] <= np.percentile(ankle[:, 2], _LOWEST_SHARE))
    pitch = np.arcsin(np.clip(ahead[:, 2], -1.0, 1.0))[standing if standing.any() else known]
    level = quaternions.to_matrix(quaternions.exp(np.clip(np.median(pitch), -_BIAS_LIMIT, _BIAS_LIMIT) * left))
    return FootPoints(level @ np.stack([left, back, up], axis=-1), known, source.fps)


def ankle_turn(points: FootPoints, side: str, shin: FloatArray, rest_out: float) -> tuple[FloatArray, FloatArray]:
    """How a foot is turned against its shin.

    Args:
        points: the performer's foot.
        side: "left" or "right".
        shin: (T,3,3) the shin's frames, columns left, back, up.
        rest_out: how far the character's foot points outwards at rest, radians.

    Returns:
        (T,3) rotation vectors about the shin's axes, radians, within what an ankle can do, zero where the foot
        is as at rest; (T,) 0..1, how far they count.
    """
    turn = quaternions.log(quaternions.from_matrix(np.swapaxes(shin, 1, 2) @ points.frames))
    outwards = 1.0 if side == "left" else -1.0
    if not points.exact:
        out = outwards * softly("ankle_out", outwards * turn[:, 2])
        turn = np.stack([softly("ankle_pitch", turn[:, 0]), softly("ankle_roll", turn[:, 1]), out], axis=-1)
    rest = quaternions.exp(np.array([0.0, 0.0, -outwards * rest_out]))
    against = quaternions.log(quaternions.multiply(quaternions.exp(turn), rest))
    return filled(against, points.known), presence(points.known, points.fps)


def outwards_at_rest(body: FloatArray, ahead: FloatArray, side: str) -> float:
    """How far a foot that points along (3,) `ahead` points outwards of (3,3) `body`, radians."""
    out = float(np.arctan2(dot(ahead, body[:, 0]), -dot(ahead, body[:, 1])))
    return float(softly("ankle_out", np.asarray(out if side == "left" else -out)))
