"""How far a bone's evaluated channels may lie from the samples they replace."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import FloatArray
from ..errors import SettingsError

CHANNELS = {"": 0, "QUATERNION": 4, "AXIS_ANGLE": 4, "XYZ": 3, "XZY": 3, "YXZ": 3, "YZX": 3, "ZXY": 3, "ZYX": 3}
"""Rotation mode, as `PoseBone.rotation_mode` names it -> number of channels; "" is a bone that only moves."""
_LEAST_RAD = 1e-5
"""A smaller angle is lost in the rounding of its cosine, and of single precision."""
_MARGIN = 0.98
"""Share of the bound that is used. F-curves hold their frames in single precision, so that handles do not lie at
thirds exactly: up to frame 20,000 that costs less than the rest of a bound of a tenth of a degree."""


@dataclass(frozen=True, slots=True)
class Bound:
    """The error that a bone's reduced keys may have at any sample.

    The channels of a bone are those of its rotation mode, then three of its location if it is moved.

    Attributes:
        mode: `PoseBone.rotation_mode`, or "" for a bone without rotation channels.
        angle_rad: largest angle between the sampled rotation and the one that the evaluated channels give.
        distance: largest distance between sampled and evaluated location, in their own unit.

    Raises:
        SettingsError: the mode is unknown, or a limit is not above zero, or an angle below what F-curves can hold.
    """

    mode: str
    angle_rad: float
    distance: float

    def __post_init__(self) -> None:
        if self.mode not in CHANNELS:
            raise SettingsError(f"Rotation mode {self.mode!r} is unknown; expected one of {', '.join(CHANNELS)}.")
        for name in ("angle_rad", "distance"):
            if not (np.isfinite(getattr(self, name)) and getattr(self, name) > 0.0):
                raise SettingsError(f"The bound '{name}' is {getattr(self, name)}; give a number above zero.")
        if self.angle_rad < _LEAST_RAD:
            raise SettingsError(f"The bound 'angle_rad' is {self.angle_rad:g}; give at least {_LEAST_RAD:g}.")

    def errors(self, sampled: FloatArray, evaluated: FloatArray) -> FloatArray:
        """Error of each sample as a share of the bound, squared: at most 1 is within it.

        Args:
            sampled, evaluated: (C,N) channels of N samples; sampled quaternions are of unit length.

        Returns:
            (N,) the worse of angle and distance, squared, over the bound's own square.
        """
        turning = CHANNELS[self.mode]
        worst = np.zeros(sampled.shape[1])
        if turning:
            worst = self._turned(sampled[:turning], evaluated[:turning])
        if len(sampled) > turning:
            moved = np.sum((sampled[turning:] - evaluated[turning:]) ** 2, axis=0)
            np.maximum(worst, moved / (_MARGIN * self.distance) ** 2, out=worst)
        return worst

    def _turned(self, sampled: FloatArray, evaluated: FloatArray) -> FloatArray:
        """(N,) versine of half the angle between two rotations over that of half the bound: its square, nearly."""
        first, second = quaternions_of(sampled, self.mode), quaternions_of(evaluated, self.mode)
        products = np.einsum("cn,cn->n", first, second)
        lengths = np.einsum("cn,cn->n", second, second)
        cosine = np.abs(products) / np.sqrt(np.maximum(lengths, 1e-24))
        shares: FloatArray = (1.0 - cosine) / (1.0 - np.cos(0.5 * min(_MARGIN * self.angle_rad, np.pi)))
        return shares


def quaternions_of(channels: FloatArray, mode: str) -> FloatArray:
    """(4,N) quaternions wxyz, of unit length but for mode QUATERNION, of (C,N) channels of a rotation mode."""
    if mode == "QUATERNION":
        return channels
    if mode == "AXIS_ANGLE":
        axes = channels[1:] / np.maximum(np.linalg.norm(channels[1:], axis=0), 1e-12)
        return np.concatenate([np.cos(0.5 * channels[:1]), np.sin(0.5 * channels[:1]) * axes])
    turned = np.zeros((4, channels.shape[1]))
    turned[0] = 1.0
    for axis in ("XYZ".index(letter) for letter in mode):  # Blender turns about the first letter's axis first
        turned = _turn_about(axis, channels[axis], turned)
    return turned


def _turn_about(axis: int, angles: FloatArray, quaternions: FloatArray) -> FloatArray:
    """(4,N) the rotations (4,N), then one by (N,) angles about an axis."""
    cosine, sine = np.cos(0.5 * angles), np.sin(0.5 * angles)
    w, own = quaternions[0], quaternions[1 + axis]
    after, last = 1 + (axis + 1) % 3, 1 + (axis + 2) % 3
    turned = np.empty_like(quaternions)
    turned[0] = cosine * w - sine * own
    turned[1 + axis] = cosine * own + sine * w
    turned[after] = cosine * quaternions[after] - sine * quaternions[last]
    turned[last] = cosine * quaternions[last] + sine * quaternions[after]
    return turned
