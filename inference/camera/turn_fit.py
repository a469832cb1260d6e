"""How a camera turned and zoomed between two pictures, from points of the background seen in both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

FloatArray = NDArray[np.float64]

FEWEST: Final = 12
"""Points below which nothing can be told."""
_LEAST_SHARE: Final = 0.3
"""Share of the points that must move as one."""
_COARSE_PX: Final = 3.0
"""A turn bends straight lines of motion a little: the first, linear fit may be off by this much ..."""
_FINE_PX: Final = 1.0
"""... the second, exact one only by this."""
_ROUNDS: Final = 6


@dataclass(frozen=True, slots=True)
class Turn:
    """From one picture's camera to another's.

    Attributes:
        rotation: (3, 3) axes of the first camera from those of the second.
        zoom: focal length of the second over that of the first.
        share: of the points that agree, 0..1.
        kept: (N,) the points that it was fitted to.
    """

    rotation: FloatArray
    zoom: float
    share: float
    kept: NDArray[np.bool_]


def fit_turn(before: FloatArray, after: FloatArray, focal_px: float) -> Turn | None:
    """The turn and zoom that explain how most points moved: `before` ~ R `after`, as rays.

    Points on things that move by themselves are outliers: RANSAC on the linear approximation leaves them out, then
    Gauss-Newton with Huber weights finds the exact turn.

    Args:
        before: (N, 2) pixels from the picture's middle.
        after: (N, 2) the same points in the second picture.
        focal_px: of the first picture.

    Returns:
        None where too few points agree.
    """
    if len(before) < FEWEST:
        return None
    linear, inliers = cv2.estimateAffinePartial2D(
        after.astype(np.float32), before.astype(np.float32), method=cv2.RANSAC, ransacReprojThreshold=_COARSE_PX
    )
    if linear is None:
        return None
    kept = np.asarray(inliers)[:, 0] > 0
    if kept.sum() < max(FEWEST, _LEAST_SHARE * len(before)):
        return None
    rotation, zoom = _from_linear(np.asarray(linear, np.float64), focal_px)
    rotation, zoom = _exact(before[kept], after[kept], focal_px, rotation, zoom)
    off = np.linalg.norm(_carried(after, rotation, zoom, focal_px) - before, axis=-1)
    share = float(np.mean(off < _FINE_PX))
    return Turn(rotation.as_matrix(), zoom, share, kept) if share >= _LEAST_SHARE else None


def misfit_px(before: FloatArray, after: FloatArray, focal_px: float) -> float:
    """Mean distance that is left between points (N, 2) that belong together, by the best turn and zoom; wild ones cut.

    A wrong focal length bends the picture where a turn keeps straight lines straight: so a turn tells the focal length.
    """
    turn = fit_turn(before, after, focal_px)
    if turn is None:
        return _COARSE_PX
    off = np.linalg.norm(_carried(after, Rotation.from_matrix(turn.rotation), turn.zoom, focal_px) - before, axis=-1)
    return float(np.minimum(off, _COARSE_PX).mean())


def _from_linear(linear: FloatArray, focal_px: float) -> tuple[Rotation, float]:
    """A first guess from a similarity of the image plane that carries `after` to `before`."""
    scale = float(np.hypot(linear[0, 0], linear[1, 0]))
    roll = float(np.arctan2(linear[1, 0], linear[0, 0]))
    yaw, pitch = np.arctan2(linear[0, 2], focal_px), -np.arctan2(linear[1, 2], focal_px)
    return Rotation.from_rotvec([pitch, yaw, 0.0]) * Rotation.from_rotvec([0.0, 0.0, roll]), 1.0 / scale


def _carried(after: FloatArray, rotation: Rotation, zoom: float, focal_px: float) -> FloatArray:
    """Where points (N, 2) of the second picture lie in the first."""
    rays = np.concatenate([after / (focal_px * zoom), np.ones((len(after), 1))], axis=1)
    turned = rotation.apply(rays)
    return np.asarray(focal_px * turned[:, :2] / np.maximum(turned[:, 2:], 1e-3))


def _exact(
    before: FloatArray, after: FloatArray, focal_px: float, rotation: Rotation, zoom: float
) -> tuple[Rotation, float]:
    """Gauss-Newton over a small turn and the logarithm of the zoom."""
    for _ in range(_ROUNDS):
        rays = np.concatenate([after / (focal_px * zoom), np.ones((len(after), 1))], axis=1)
        turned = rotation.apply(rays)
        depth = np.maximum(turned[:, 2], 1e-3)
        a, b = turned[:, 0] / depth, turned[:, 1] / depth
        off = before - focal_px * np.stack([a, b], axis=-1)
        # Columns: turn about x, y, z, and log zoom, which shortens the ray's own x and y.
        shrunk = rotation.apply(rays * [-1.0, -1.0, 0.0])
        columns = focal_px * np.stack(
            [
                np.stack([-a * b, 1.0 + a * a, -b, (shrunk[:, 0] - a * shrunk[:, 2]) / depth], axis=-1),
                np.stack([-1.0 - b * b, a * b, a, (shrunk[:, 1] - b * shrunk[:, 2]) / depth], axis=-1),
            ],
            axis=1,
        )
        size = np.linalg.norm(off, axis=-1)
        weights = np.minimum(1.0, _FINE_PX / np.maximum(size, 1e-9))
        normal = np.einsum("n,ncp,ncq->pq", weights, columns, columns)
        step = np.linalg.solve(normal + 1e-6 * np.eye(4), np.einsum("n,ncp,nc->p", weights, columns, off))
        rotation = Rotation.from_rotvec(step[:3]) * rotation
        zoom *= float(np.exp(step[3]))
    return rotation, zoom
