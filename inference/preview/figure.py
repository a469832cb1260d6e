"""A rough 3D figure of the frame at hand, from the detector's own 3D: no network runs for it."""

from __future__ import annotations

import math
from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..detect.detector import Keypoints
from ..joints import INDEX, PARENTS
from ..layouts import Layout
from ..lift.normalise import TARGET_BONE_SUM_M, default_focal_px, image_rays
from ..refine.balance import balance_up
from ..refine.root import solve_root
from ..refine.world import transform, world_from_camera

FloatArray = NDArray[np.float64]

_CALM_S: Final = 0.3
"""The distance from the camera follows from the person's size alone and trembles: it is calmed over this time."""
_REMEMBERED: Final = 100
"""Poses that say which way is up: at ten a second, the last ten seconds."""
_STANDING: Final = 30
"""Poses that say where the floor is: usually the lower ankle is just above it."""
_ANKLE_M: Final = 0.08
_ANKLES: Final = (INDEX["left_ankle"], INDEX["right_ankle"])
_LEAST_CONFIDENCE: Final = 0.05


class LiveFigure:
    """Follows one person forward in time; each figure stands in the world as far as is known by then.

    The world's axes are those of the result (Z up, metres), upright by the poses of the last seconds; the floor is at 0
    and the first pelvis over the origin.

    Args:
        layout: of the keypoints.
        image_size_px: width and height.
    """

    def __init__(self, layout: Layout, image_size_px: tuple[int, int]) -> None:
        self._layout = layout
        self._size_px = np.asarray(image_size_px, np.float64)
        self._focal_px = default_focal_px(self._size_px)
        self._time_s = -math.inf
        self._log_depth = 0.0
        self._first_root: FloatArray | None = None
        self._bodies: deque[FloatArray] = deque(maxlen=_REMEMBERED)

    def joints_2d(self, found: Keypoints) -> tuple[FloatArray, FloatArray]:
        """The 17 joints in 2D (17, 2), pixels of the picture the keypoints are in, and their confidence (17,)."""
        px, confidence = self._layout.to_joints(found.px[None], found.confidence[None])
        return px[0], confidence[0]

    def stand(
        self, world: NDArray[np.float32], joints_px: FloatArray, confidence: FloatArray, time_s: float
    ) -> NDArray[np.float32]:
        """The 17 joints in the world.

        Args:
            world: (K, 3) metres, camera axes, the detector's own 3D.
            joints_px: (17, 2) pixels of the original image.
            confidence: (17,) 0..1.
            time_s: later than the last one's.

        Returns:
            (17, 3) metres; NaN where the detector has no 3D.
        """
        pose = self._layout.weights @ np.asarray(world, np.float64)
        if not np.isfinite(pose).all():
            return np.full((len(PARENTS), 3), np.nan, np.float32)
        pose = _as_reference(pose - pose[0])
        calm = 1.0 - math.exp(-(time_s - self._time_s) / _CALM_S)
        self._time_s = time_s
        root = self._root(pose, joints_px, confidence, calm)
        if self._first_root is None:
            self._first_root = root
        self._bodies.append(pose + root)
        bodies = np.array(self._bodies)
        up = balance_up(bodies, np.ones(len(bodies), np.bool_))
        joints = transform(world_from_camera(self._first_root, up, 0.0), bodies[-_STANDING:])
        floor_m = np.median(joints[:, _ANKLES, 2].min(axis=1)) - _ANKLE_M
        standing: NDArray[np.float32] = (joints[-1] - (0.0, 0.0, floor_m)).astype(np.float32)
        return standing

    def _root(self, pose: FloatArray, joints_px: FloatArray, confidence: FloatArray, calm: float) -> FloatArray:
        """(3,) metres, camera axes: on the ray where the pelvis is seen, at a calmed distance."""
        seen = np.asarray(np.isfinite(joints_px).all(axis=-1))
        rays = image_rays(np.where(seen[:, None], joints_px, 0.0), self._size_px, self._focal_px).astype(np.float64)
        weights = np.where(seen, np.maximum(confidence, _LEAST_CONFIDENCE), 0.0)
        root = solve_root(pose[None], rays[None], weights[None])[0]
        self._log_depth += calm * (math.log(root[2]) - self._log_depth)
        on_ray: FloatArray = root * (math.exp(self._log_depth) / root[2])
        return on_ray


def _as_reference(pose: FloatArray) -> FloatArray:
    """The pose of a person of the reference height: detectors are not sure of anybody's size."""
    bones_m = np.linalg.norm(pose[1:] - pose[list(PARENTS[1:])], axis=-1)
    return pose * (TARGET_BONE_SUM_M / max(float(bones_m.sum()), 1e-6))
