"""Puts corrected joints into a track, and carries each correction to the frames around that share its error."""

from __future__ import annotations

from typing import Final

import numpy as np

from .. import joints
from ..refine.arrays import FloatArray
from .edits import Edits

_HELD_S: Final = 0.3
"""So far around a correction the detector is believed to be off as it was there ..."""
_REACH_S: Final = 0.4
"""... and from here on to be right."""
_SURE: Final = 0.6
"""Confidence of a joint that is wholly where a correction carried it."""


def put_points(
    joints_px: FloatArray, confidence: FloatArray, times_s: FloatArray, edits: Edits
) -> tuple[FloatArray, FloatArray]:
    """The track with each corrected joint where the user put it, at confidence 1.

    A detector that loses a joint loses it for a while: the frames around are shifted as the corrected one was, unless
    the joint came back by itself meanwhile. Frames in which it was not seen are left to be filled in.

    Args:
        joints_px: (T, 17, 2) pixels, anything where unseen.
        confidence: (T, 17) 0..1, 0 where unseen.
        times_s: (T,) strictly increasing.
        edits: whose points lie within the T frames.

    Returns:
        joints and confidence of the same shapes.
    """
    placed, sure = joints_px.copy(), confidence.copy()
    for name in dict.fromkeys(point.joint for point in edits.points):
        joint = joints.INDEX[name]
        points = {point.frame: (point.x_px, point.y_px) for point in edits.points if point.joint == name}
        frames = np.array(sorted(points))
        wanted = np.array([points[frame] for frame in frames])
        seen = confidence[:, joint] > 0.0
        carried = seen[frames]
        shift, share = _carried(joints_px, seen, joint, frames[carried], wanted[carried], times_s)
        placed[seen, joint] += shift[seen]
        sure[seen, joint] = np.maximum(confidence[seen, joint], _SURE * share[seen])
        placed[frames, joint] = wanted
        sure[frames, joint] = 1.0
    return placed, sure


def _carried(
    joints_px: FloatArray, seen: np.ndarray, joint: int, frames: np.ndarray, wanted: FloatArray, times_s: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """(T, 2) by which the corrections at `frames` shift the joint, and (T,) how far each frame shares in them."""
    total, weight = np.zeros((len(times_s), 2)), np.zeros(len(times_s))
    parent = max(joints.PARENTS[joint], 0)
    beside = joints_px[:, joint] - joints_px[:, parent]
    for frame, place in zip(frames, wanted, strict=True):
        off = place - joints_px[frame, joint]
        near = np.abs(times_s - times_s[frame])
        eased = np.clip((_REACH_S - near) / (_REACH_S - _HELD_S), 0.0, 1.0)
        eased = eased * eased * (3.0 - 2.0 * eased)
        share = eased * _still_off(beside - beside[frame], off, frame)
        share = np.where(np.isfinite(share) & seen, share, 0.0)
        total += share[:, None] * off
        weight += share
    return total / np.maximum(weight, 1.0)[:, None], np.minimum(weight, 1.0)


def _still_off(moved: FloatArray, off: FloatArray, frame: int) -> FloatArray:
    """(T,) 1 where the detected joint goes on as in the corrected frame, 0 once it has gone the way of the correction.

    Args:
        moved: (T, 2) how the joint moved since the corrected frame, seen from its parent.
        off: (2,) the correction.
        frame: the corrected one.
    """
    back = ((moved - off) ** 2).sum(axis=-1) ** 2
    away = (moved**2).sum(axis=-1) ** 2
    share = np.nan_to_num(back / np.maximum(back + away, 1e-9), nan=0.0)
    # Once back it is right from there on.
    before = np.minimum.accumulate(share[frame::-1])[::-1]
    return np.concatenate([before, np.minimum.accumulate(share[frame + 1 :])])
