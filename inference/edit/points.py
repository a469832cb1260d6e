"""Puts corrected joints into a track, and carries each correction to the frames around that share its error."""

from __future__ import annotations

from typing import Final

import numpy as np

from .. import joints
from ..refine.arrays import FloatArray
from ..refine.vectors import eased
from .edits import Edits

_HELD_S: Final = 0.3
"""So far around a correction the detector is believed to be off as it was there ..."""
_REACH_S: Final = 0.4
"""... and from here on to be right."""
_NEAREST_S: Final = 0.01
_RIGHT_PX: Final = 1.0
"""A correction by less says that the detector is right."""
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
    total, shares, weight = np.zeros((len(times_s), 2)), np.zeros(len(times_s)), np.zeros(len(times_s))
    parent = max(joints.PARENTS[joint], 0)
    beside = joints_px[:, joint] - joints_px[:, parent]
    offs = wanted - joints_px[frames, joint]
    for frame, off, change in zip(frames, offs, _changes(frames, offs), strict=True):
        away_s = np.abs(times_s - times_s[frame])
        share = eased((_REACH_S - away_s) / (_REACH_S - _HELD_S)) * _still_off(beside - beside[frame], change, frame)
        share = np.where(np.isfinite(share) & seen, share, 0.0)
        # The nearer of two corrections says more, so that the shift goes over from one to the other.
        nearness = share / np.maximum(away_s, _NEAREST_S) ** 2
        total += (nearness * share)[:, None] * off
        shares += nearness * share
        weight += nearness
    weight = np.maximum(weight, 1e-9)
    return total / weight[:, None], shares / weight


def _changes(frames: np.ndarray, offs: FloatArray) -> FloatArray:
    """(N, 2) by which the detected joint jumps where the stretch ends that shares a correction.

    That is the correction itself: the detector is right again. Where it was right, the user holding what is there, it
    is wrong from where it jumps against the nearest true correction.
    """
    changes = offs.copy()
    right = np.linalg.norm(offs, axis=-1) < _RIGHT_PX
    for number in np.flatnonzero(right) if not right.all() else ():
        nearest = np.abs(np.where(right, np.inf, frames - frames[number])).argmin()
        changes[number] = -offs[nearest]
    return changes


def _still_off(moved: FloatArray, change: FloatArray, frame: int) -> FloatArray:
    """(T,) 1 where the detected joint goes on as in the corrected frame, 0 once it has changed over.

    Args:
        moved: (T, 2) how the joint moved since the corrected frame, seen from its parent.
        change: (2,) how it moves when it changes over.
        frame: the corrected one.
    """
    back = ((moved - change) ** 2).sum(axis=-1) ** 2
    away = (moved**2).sum(axis=-1) ** 2
    share = np.nan_to_num(back / np.maximum(back + away, 1e-9), nan=0.0)
    # Once back it is right from there on.
    before = np.minimum.accumulate(share[frame::-1])[::-1]
    return np.concatenate([before, np.minimum.accumulate(share[frame + 1 :])])
