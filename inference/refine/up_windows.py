"""What the estimate of up sees: a second of motion around stations ten to the second, in the body's own axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from .. import joints
from ..lift.track import sample_track
from .arrays import BoolArray, FloatArray
from .balance import LEVEL_UP
from .vectors import unit

OFFSETS_S: Final = (-0.4, -0.2, -0.1, 0.0, 0.1, 0.2, 0.4)
"""Moments of a window around its station."""
FEATURES: Final = 3 * joints.COUNT * len(OFFSETS_S) + 6
_STEP_S: Final = 0.1
_MOST: Final = 1000
"""Stations: a film of any length costs no more than one of two minutes."""
_MIDDLE: Final = OFFSETS_S.index(0.0)
_SPREAD_M: Final = 0.5
"""Brings joints to about unit variance."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Stations of a clip.

    Attributes:
        joints_m: (S, O, 17, 3) from the station's own pelvis, camera axes, at `OFFSETS_S`; clip ends are held.
        sight: (S, 3) unit vectors from the camera to the pelvis.
    """

    joints_m: FloatArray
    sight: FloatArray


def sample_windows(joints_camera: FloatArray, detected: BoolArray, times_s: FloatArray) -> Windows:
    """Windows around stations 0.1 s apart, or further in a long clip, each at a frame in which the person was seen.

    Args:
        joints_camera: (T, 17, 3) absolute metres, camera axes, of a person of the reference height.
        detected: (T,), at least one True.
        times_s: (T,) rising.
    """
    seen = np.flatnonzero(detected)
    count = min(int((times_s[-1] - times_s[0]) / _STEP_S) + 1, _MOST)
    wanted = np.linspace(times_s[0], times_s[-1], count)
    after = np.searchsorted(times_s[seen], wanted).clip(1, max(len(seen) - 1, 1))
    before = seen[after - 1]
    after = seen[np.minimum(after, len(seen) - 1)]
    nearer = np.abs(times_s[after] - wanted) < np.abs(times_s[before] - wanted)
    stations = np.unique(np.where(nearer, after, before))
    at_s = times_s[stations, None] + np.array(OFFSETS_S)
    positions = np.interp(at_s, times_s, np.arange(len(times_s), dtype=np.float64))
    pelvis = joints_camera[stations, 0]
    return Windows(sample_track(joints_camera, positions) - pelvis[:, None, None], unit(pelvis))


def body_axes(windows: Windows, up: FloatArray) -> FloatArray:
    """(S, 3, 3) unit rows left, forward, up in camera axes: the hips laid level, and `up`, (3,) or (S, 3)."""
    pose = windows.joints_m[:, _MIDDLE]
    hips = pose[:, joints.INDEX["left_hip"]] - pose[:, joints.INDEX["right_hip"]]
    left = unit(hips - (hips * up).sum(axis=-1, keepdims=True) * up)
    return np.stack([left, np.cross(left, up), np.broadcast_to(up, left.shape)], axis=1)


def features(windows: Windows, axes: FloatArray) -> FloatArray:
    """(S, FEATURES): joints, sight and the camera's own up in `axes`.

    The last two say which way the lifter guesses depth, and towards which up it learned to straighten people.
    """
    turned = windows.joints_m.reshape(len(axes), -1, 3) @ axes.transpose(0, 2, 1)
    sight = np.einsum("sij,sj->si", axes, windows.sight)
    return np.concatenate([turned.reshape(len(axes), -1) / _SPREAD_M, sight, axes @ LEVEL_UP], axis=1)
