"""Unit quaternions, wxyz (Blender's order), batched over any leading axes.

Rotations are active and act on column vectors: `rotate(multiply(a, b), v)` turns by b first, then by a.
"""

from __future__ import annotations

import numpy as np

from .arrays import FloatArray

IDENTITY: FloatArray = np.array([1.0, 0.0, 0.0, 0.0])
_TINY = 1e-12


def normalize(quaternions: FloatArray) -> FloatArray:
    """(...,4) scaled to unit length; a zero quaternion becomes the identity."""
    length = np.linalg.norm(quaternions, axis=-1, keepdims=True)
    unit: FloatArray = np.where(length > _TINY, quaternions / np.maximum(length, _TINY), IDENTITY)
    return unit


def multiply(first: FloatArray, second: FloatArray) -> FloatArray:
    """(...,4) Hamilton product: the rotation `second`, then `first`."""
    w1, x1, y1, z1 = np.moveaxis(first, -1, 0)
    w2, x2, y2, z2 = np.moveaxis(second, -1, 0)
    return np.stack(
        [
            w1 * w2 - x1 * x2 - y1 * y2 - z1 * z2,
            w1 * x2 + x1 * w2 + y1 * z2 - z1 * y2,
            w1 * y2 - x1 * z2 + y1 * w2 + z1 * x2,
            w1 * z2 + x1 * y2 - y1 * x2 + z1 * w2,
        ],
        axis=-1,
    )


def inverse(quaternions: FloatArray) -> FloatArray:
    """(...,4) inverse of unit quaternions."""
    conjugate: FloatArray = quaternions * np.array([1.0, -1.0, -1.0, -1.0])
    return conjugate


def rotate(quaternions: FloatArray, vectors: FloatArray) -> FloatArray:
    """(...,3) vectors turned by (...,4) unit quaternions."""
    axis = quaternions[..., 1:]
    twice = 2.0 * np.cross(axis, vectors)
    turned: FloatArray = vectors + quaternions[..., :1] * twice + np.cross(axis, twice)
    return turned


def to_matrix(quaternions: FloatArray) -> FloatArray:
    """(...,3,3) rotation matrices of (...,4) unit quaternions."""
    axes = [rotate(quaternions, np.broadcast_to(axis, (*quaternions.shape[:-1], 3))) for axis in np.eye(3)]
    return np.stack(axes, axis=-1)


def from_matrix(matrices: FloatArray) -> FloatArray:
    """(...,4) unit quaternions, w >= 0, of (...,3,3) rotation matrices.

    Takes, of the four equivalent formulas (Shepperd 1978), the one with the largest divisor.
    """
    m = matrices
    xx, yy, zz = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    yz, zx, xy = m[..., 2, 1], m[..., 0, 2], m[..., 1, 0]
    zy, xz, yx = m[..., 1, 2], m[..., 2, 0], m[..., 0, 1]
    candidates = np.stack(
        [
            np.stack([1 + xx + yy + zz, yz - zy, zx - xz, xy - yx], axis=-1),
            np.stack([yz - zy, 1 + xx - yy - zz, xy + yx, zx + xz], axis=-1),
            np.stack([zx - xz, xy + yx, 1 - xx + yy - zz, yz + zy], axis=-1),
            np.stack([xy - yx, zx + xz, yz + zy, 1 - xx - yy + zz], axis=-1),
        ],
        axis=-2,
    )
    best = np.argmax(np.stack([candidates[..., i, i] for i in range(4)], axis=-1), axis=-1)
    chosen = np.take_along_axis(candidates, best[..., None, None], axis=-2)[..., 0, :]
    return normalize(np.where(chosen[..., :1] < 0, -chosen, chosen))


def from_axis_angle(axes: FloatArray, angles_rad: FloatArray) -> FloatArray:
    """(...,4) rotations by (...,) angles about (...,3) unit axes, counter-clockwise as seen against the axis."""
    return exp(np.asarray(angles_rad)[..., None] * axes)


def exp(rotation_vectors: FloatArray) -> FloatArray:
    """(...,4) unit quaternions of (...,3) rotation vectors (unit axis times angle, radians)."""
    angles = np.linalg.norm(rotation_vectors, axis=-1, keepdims=True)
    # np.sinc(x) is sin(pi x)/(pi x), finite at 0
    return np.concatenate([np.cos(0.5 * angles), 0.5 * np.sinc(0.5 * angles / np.pi) * rotation_vectors], axis=-1)


def log(quaternions: FloatArray) -> FloatArray:
    """(...,3) rotation vectors, radians, at most pi long, of (...,4) unit quaternions."""
    near = np.where(quaternions[..., :1] < 0, -quaternions, quaternions)
    sine = np.linalg.norm(near[..., 1:], axis=-1, keepdims=True)
    half = np.arctan2(sine, near[..., :1])
    factor = np.where(sine > _TINY, 2.0 * half / np.maximum(sine, _TINY), 2.0)
    vectors: FloatArray = factor * near[..., 1:]
    return vectors


def slerp(start: FloatArray, end: FloatArray, weight: FloatArray | float) -> FloatArray:
    """(...,4) rotation at `weight` (0 start, 1 end) of the short way from `start` to `end`, at constant speed."""
    step = log(multiply(end, inverse(start)))
    return normalize(multiply(exp(step * np.asarray(weight)[..., None]), start))


def swing(start: FloatArray, end: FloatArray) -> FloatArray:
    """Shortest rotation that carries one direction onto another.

    Args:
        start, end: (...,3) directions of any length above zero.

    Returns:
        (...,4) unit quaternions. For opposite directions, where the shortest way is not unique, half a turn about a
        fixed perpendicular of `start`.
    """
    start, end = np.broadcast_arrays(start, end)
    a = start / np.maximum(np.linalg.norm(start, axis=-1, keepdims=True), _TINY)
    b = end / np.maximum(np.linalg.norm(end, axis=-1, keepdims=True), _TINY)
    cosine = np.sum(a * b, axis=-1, keepdims=True)
    general = np.concatenate([1.0 + cosine, np.cross(a, b)], axis=-1)
    least = np.eye(3)[np.argmin(np.abs(a), axis=-1)]
    half_turn = np.concatenate([np.zeros_like(cosine), np.cross(a, least)], axis=-1)
    return normalize(np.where(cosine < -1.0 + 1e-12, half_turn, general))


def make_continuous(quaternions: FloatArray) -> FloatArray:
    """(T,...,4) with signs chosen so that neighbours in time lie in one half of the sphere; starts with w >= 0."""
    dots = np.sum(quaternions[1:] * quaternions[:-1], axis=-1)
    first = np.where(quaternions[:1, ..., 0] < 0, -1.0, 1.0)
    signs = np.cumprod(np.concatenate([first, np.where(dots < 0, -1.0, 1.0)]), axis=0)
    signed: FloatArray = quaternions * signs[..., None]
    return signed
