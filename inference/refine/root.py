"""The root's path in camera space: where a pose of known size must stand to be seen where it was seen."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.ndimage import median_filter

from .. import joints
from .arrays import FloatArray

_ROUNDS: Final = 12
_USUAL_RESIDUAL: Final = 0.25
"""Share of the person's spread in the image from which on a joint is taken for a slip of the detector or the lifter."""
_NEAREST_M: Final = 0.3
_USUAL_WINDOW_S: Final = 2.0
_USUAL_SCALE: Final = 0.2
"""Logarithm of the ratio between a frame's depth and the usual one at which the frame counts a quarter."""

MADE_UP: Final = tuple(joints.INDEX[name] for name in ("spine", "nose", "head"))
"""The spine is made up and the head's points are rough: the detector does not see them where the lifter puts them."""
_RIGID: Final = np.array([float(joint not in MADE_UP) for joint in range(joints.COUNT)])


def solve_root(poses: FloatArray, rays: FloatArray, weights: FloatArray) -> FloatArray:
    """Translation of each pose that brings its joints onto their rays, by iteratively reweighted least squares.

    For a joint (X, Y, Z) + t on the ray (a, b, 1): t_x - a t_z = a Z - X and t_y - b t_z = b Z - Y, linear in t.
    Dividing by the depth makes the residual a distance in the image; Geman-McClure weights put wild joints aside.

    Args:
        poses: (T, 17, 3) root-relative metres, camera axes.
        rays: (T, 17, 2) joints on the plane z = 1 of the camera.
        weights: (T, 17) at least 0.

    Returns:
        (T, 3) metres, camera axes; z at least 0.3.
    """
    weights = np.maximum(weights, 1e-3) * _RIGID
    spread_m = _weighted_spread(poses[..., :2], weights)
    root = np.zeros((len(poses), 3))
    root[:, 2] = spread_m / np.maximum(_weighted_spread(rays, weights), 1e-9)
    trust = weights
    for _ in range(_ROUNDS):
        depth = np.maximum(poses[..., 2] + root[:, None, 2], _NEAREST_M)
        root = _least_squares(poses, rays, trust / depth**2)
        root[:, 2] = np.maximum(root[:, 2], _NEAREST_M)
        off = np.linalg.norm(_reproject(poses, root) - rays, axis=-1)
        usual = _USUAL_RESIDUAL * np.maximum(spread_m, 1e-3) / root[:, 2]
        trust = weights / (1.0 + (off / usual[:, None]) ** 2) ** 2
    return root


def solve_root_at_depth(poses: FloatArray, rays: FloatArray, weights: FloatArray, depth: FloatArray) -> FloatArray:
    """The same with the root's z given as `depth` (T,): best x and y for it. Returns (T, 3)."""
    weights = np.maximum(weights, 1e-3) * _RIGID
    at = rays * (poses[..., 2] + depth[:, None])[..., None] - poses[..., :2]
    middle = np.einsum("tj,tjc->tc", weights, at) / weights.sum(axis=1)[:, None]
    return np.concatenate([middle, depth[:, None]], axis=1)


def depth_trust(depth: FloatArray, fps: float) -> FloatArray:
    """How far to believe each frame's depth: next to nothing where the person's size jumps away from the second around.

    Args:
        depth: (T,) metres, above 0.
        fps: nominal rate.

    Returns:
        (T,) in 0..1.
    """
    window = min(2 * round(_USUAL_WINDOW_S * fps / 2.0) + 1, len(depth))
    log_depth = np.log(depth)
    off = log_depth - median_filter(log_depth, size=window, mode="nearest")
    return np.asarray(1.0 / (1.0 + (off / _USUAL_SCALE) ** 2) ** 2)


def _weighted_spread(points: FloatArray, weights: FloatArray) -> FloatArray:
    share = weights / weights.sum(axis=1, keepdims=True)
    middle = np.einsum("tj,tjc->tc", share, points)
    square = ((points - middle[:, None]) ** 2).sum(axis=-1)
    return np.asarray(np.sqrt((share * square).sum(axis=1)))


def _reproject(poses: FloatArray, root: FloatArray) -> FloatArray:
    placed = poses + root[:, None]
    return np.asarray(placed[..., :2] / np.maximum(placed[..., 2:], _NEAREST_M))


def _least_squares(poses: FloatArray, rays: FloatArray, weights: FloatArray) -> FloatArray:
    a, b = rays[..., 0], rays[..., 1]
    right_x = a * poses[..., 2] - poses[..., 0]
    right_y = b * poses[..., 2] - poses[..., 1]
    total = weights.sum(axis=1)
    mean_a, mean_b = (weights * a).sum(axis=1), (weights * b).sum(axis=1)
    normal = np.zeros((len(poses), 3, 3))
    normal[:, 0, 0] = normal[:, 1, 1] = total
    normal[:, 0, 2] = normal[:, 2, 0] = -mean_a
    normal[:, 1, 2] = normal[:, 2, 1] = -mean_b
    # The smallest ridge keeps a person seen as one point solvable.
    normal[:, 2, 2] = (weights * (a * a + b * b)).sum(axis=1) + 1e-12
    right = np.stack(
        [
            (weights * right_x).sum(axis=1),
            (weights * right_y).sum(axis=1),
            -(weights * (a * right_x + b * right_y)).sum(axis=1),
        ],
        axis=-1,
    )
    return np.asarray(np.linalg.solve(normal, right[..., None])[..., 0])
