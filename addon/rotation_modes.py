"""Quaternions as the channels of each rotation mode a pose bone may have, continuous over time. No bpy here."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

EULER_ORDERS = ("XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX")
"""Blender's names: in `XYZ` the X rotation is applied first, so the matrix is Rz Ry Rx."""
_GIMBAL = 1e-6
"""Below this cosine of the middle angle the outer two angles turn about one axis."""


def sign_continuous(quaternions: FloatArray) -> FloatArray:
    """Flip signs so that neighbours in time never lie more than half a turn of the 4-sphere apart.

    Args:
        quaternions: (T, ..., 4) unit quaternions wxyz.

    Returns:
        The same rotations, first frame as given.
    """
    dots = np.sum(quaternions[1:] * quaternions[:-1], axis=-1)
    signs = np.cumprod(np.where(dots < 0.0, -1.0, 1.0), axis=0)
    return np.concatenate([quaternions[:1], quaternions[1:] * signs[..., None]])


def _matrices(quaternions: FloatArray) -> FloatArray:
    """(..., 4) unit quaternions wxyz -> (..., 3, 3) rotation matrices."""
    w, x, y, z = np.moveaxis(quaternions, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def _forward_fill(values: FloatArray, known: NDArray[np.bool_]) -> FloatArray:
    """Replace unknown rows by the last known one before them (leading ones by the first known, else zero)."""
    index = np.where(known, np.arange(len(values)), -1)
    index = np.maximum.accumulate(index)
    if not known.any():
        return np.zeros_like(values)
    index[index < 0] = int(np.argmax(known))
    return values[index]


def to_euler(quaternions: FloatArray, order: str) -> FloatArray:
    """Euler angles of one bone, unwrapped over time and steady through gimbal lock.

    Of the two triples that give the same rotation, each frame takes the one nearer to the frame before it.

    Args:
        quaternions: (T, 4) unit quaternions wxyz.
        order: one of `EULER_ORDERS`.

    Returns:
        (T, 3) angles in radians about X, Y, Z, as `PoseBone.rotation_euler` holds them.

    Raises:
        ValueError: an unknown order.
    """
    if order not in EULER_ORDERS:
        raise ValueError(f"Rotation order {order!r} is unknown; expected one of {', '.join(EULER_ORDERS)}.")
    i, j, k = ("XYZ".index(axis) for axis in order)
    parity = 1.0 if (j - i) % 3 == 1 else -1.0
    m = _matrices(quaternions)
    # R = Rk Rj Ri: the bottom row of the (i, j, k) frame holds the middle angle and the first one.
    cosine = np.hypot(m[:, i, i], m[:, j, i])
    middle = np.arctan2(-parity * m[:, k, i], cosine)
    steady = cosine > _GIMBAL
    first = np.arctan2(parity * m[:, k, j], m[:, k, k])
    first = _forward_fill(first, steady)
    last = _last_angle(m, first, (i, j, k), parity)
    direct = np.stack([first, middle, last], axis=-1)
    flipped = np.stack([first + np.pi, np.pi - middle, last + np.pi], axis=-1)
    angles = np.empty_like(direct)
    angles[:, [i, j, k]] = _nearest_branch(direct, flipped)
    return angles


def _last_angle(m: FloatArray, first: FloatArray, axes: tuple[int, int, int], parity: float) -> FloatArray:
    """Third angle, from R Ri^-1 = Rk Rj, whose column j is (-sin, cos) of it: also right in gimbal lock."""
    i, j, k = axes
    sine, cosine = np.sin(first), np.cos(first)
    column_i = m[:, i, j] * cosine - parity * m[:, i, k] * sine
    column_j = m[:, j, j] * cosine - parity * m[:, j, k] * sine
    return np.arctan2(-parity * column_i, column_j)


def _nearest_branch(direct: FloatArray, flipped: FloatArray) -> FloatArray:
    """Choose between two (T, 3) triples frame by frame, whole turns added so that neighbours lie close.

    Whether to change over from one triple to the other does not depend on which one the frame before took (the two
    differ by half turns and a mirrored middle angle), so that all changes are found at once and then counted up.
    """
    stay = np.abs(_wrapped(direct[1:] - direct[:-1])).sum(axis=1)
    change = np.abs(_wrapped(flipped[1:] - direct[:-1])).sum(axis=1)
    on_flipped = np.concatenate([[0], np.cumsum(change < stay)]) % 2 == 1
    return np.unwrap(np.where(on_flipped[:, None], flipped, direct), axis=0)


def _wrapped(angles: FloatArray) -> FloatArray:
    """Angles brought to -pi..pi."""
    return (angles + np.pi) % (2.0 * np.pi) - np.pi


def to_axis_angle(quaternions: FloatArray) -> FloatArray:
    """Angle and axis of one bone, the axis never jumping to its opposite.

    Args:
        quaternions: (T, 4) unit quaternions wxyz, any signs.

    Returns:
        (T, 4) angle in radians, then the unit axis, as `PoseBone.rotation_axis_angle` holds them.
    """
    q = sign_continuous(quaternions)
    sine = np.linalg.norm(q[:, 1:], axis=-1)
    known = sine > 1e-9
    axes = _forward_fill(q[:, 1:] / np.maximum(sine, 1e-9)[:, None], known)
    axes[np.linalg.norm(axes, axis=-1) < 0.5] = (0.0, 1.0, 0.0)
    signs = np.concatenate([[1.0], np.cumprod(np.where(np.sum(axes[1:] * axes[:-1], axis=-1) < 0.0, -1.0, 1.0))])
    angles = np.unwrap(2.0 * np.arctan2(signs * sine, q[:, 0]), period=4.0 * np.pi)
    return np.concatenate([angles[:, None], axes * signs[:, None]], axis=-1)


def channels(quaternions: FloatArray, mode: str) -> tuple[str, FloatArray]:
    """Property name and values that set these rotations on a pose bone in the given rotation mode.

    Args:
        quaternions: (T, 4) unit quaternions wxyz.
        mode: `PoseBone.rotation_mode`: `QUATERNION`, `AXIS_ANGLE` or an Euler order.

    Returns:
        Property of the pose bone, and (T, 4) or (T, 3) values.
    """
    if mode == "QUATERNION":
        return "rotation_quaternion", sign_continuous(quaternions)
    if mode == "AXIS_ANGLE":
        return "rotation_axis_angle", to_axis_angle(quaternions)
    return "rotation_euler", to_euler(quaternions, mode)


def unit_quaternions(values: Any) -> FloatArray:
    """(..., 4) as float64 of unit length.

    Raises:
        ValueError: a quaternion is not finite or has no length.
    """
    array = np.asarray(values, dtype=np.float64)
    lengths = np.linalg.norm(array, axis=-1, keepdims=True)
    if not np.all(np.isfinite(lengths)) or np.any(lengths < 1e-9):
        raise ValueError("a rotation is not a finite quaternion")
    return array / lengths
