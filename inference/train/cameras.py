"""Virtual cameras: where they stand, how they are turned, and what they see."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..lift.normalise import DEFAULT_FIELD_OF_VIEW_RAD, PELVIS

_LEVEL = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])  # world Z up to camera x right, y down
_ASPECTS = np.array([16 / 9, 16 / 9, 4 / 3, 1.0, 3 / 4, 9 / 16])
_NEAREST_M = 0.5
_IN_FRONT_M = 1.0


@dataclass(frozen=True, slots=True)
class Cameras:
    """N pinhole cameras, each aimed at one person.

    Attributes:
        rotation: (N, 3, 3) world to camera axes.
        pelvis_m: (N, 3) where the reference frame's pelvis stands, camera axes.
        focal: (N,) focal length in half-lengths of the image's longer side.
        size: (N, 2) half width and height of the image on the plane z = 1.
    """

    rotation: NDArray[np.float32]
    pelvis_m: NDArray[np.float32]
    focal: NDArray[np.float32]
    size: NDArray[np.float32]


def sample_cameras(count: int, rng: np.random.Generator) -> Cameras:
    """Yaw all round; pitch -25..35 degrees, mostly slightly downwards; roll up to 8; 2 to 8 m; view 35..75 degrees."""
    yaw = rng.uniform(0.0, 2 * np.pi, count)
    usual = rng.normal(6.0, 10.0, count)
    pitch = np.radians(np.clip(np.where(rng.random(count) < 0.3, rng.uniform(-25, 35, count), usual), -25, 35))
    roll = np.radians(np.clip(rng.normal(0.0, 3.0, count), -8.0, 8.0))
    rotation = _about(2, roll) @ _about(0, pitch) @ _LEVEL @ _about(2, yaw)
    focal = 1.0 / np.tan(np.radians(rng.uniform(35.0, 75.0, count)) / 2.0)
    aspect = rng.choice(_ASPECTS, count)
    size = np.stack([np.minimum(aspect, 1.0), np.minimum(1.0 / aspect, 1.0)], axis=-1) / focal[:, None]
    place = np.clip(rng.normal(0.0, [0.35, 0.22], (count, 2)), -0.75, 0.75) * size
    ray = np.concatenate([place, np.ones((count, 1))], axis=-1)
    distance = np.exp(rng.uniform(np.log(2.0), np.log(8.0), (count, 1)))
    pelvis = distance * ray / np.linalg.norm(ray, axis=-1, keepdims=True)
    return Cameras(*(a.astype(np.float32) for a in (rotation, pelvis, focal, size)))


def see(cameras: Cameras, windows: NDArray[np.float32], origin: NDArray[np.float32]) -> NDArray[np.float32]:
    """World joints (N, F, 17, 3) in camera axes, metres, with `origin` (N, 3) standing where the camera aims."""
    relative = (windows - origin[:, None, None]).reshape(len(windows), -1, 3)
    turned = relative @ cameras.rotation.transpose(0, 2, 1) + cameras.pelvis_m[:, None]
    return np.asarray(turned.reshape(windows.shape), np.float32)


def step_back(cameras: Cameras, seen: NDArray[np.float32]) -> Cameras:
    """The cameras moved back along their axes until all of `seen` (N, F, 17, 3) is `_IN_FRONT_M` before them."""
    nearest = seen[..., 2].min(axis=(1, 2))
    pelvis = cameras.pelvis_m.copy()
    pelvis[:, 2] += np.maximum(0.0, np.float32(_IN_FRONT_M) - nearest)
    return replace(cameras, pelvis_m=pelvis)


def project(joints: NDArray[np.float32]) -> NDArray[np.float32]:
    """Camera-axes joints (..., 3) on the plane z = 1, (..., 2); nothing is nearer than half a metre."""
    return np.asarray(joints[..., :2] / np.maximum(joints[..., 2:], np.float32(_NEAREST_M)), np.float32)


def assumed_focal(cameras: Cameras, rng: np.random.Generator) -> NDArray[np.float32]:
    """(N,) focal length a user would have: for one half the default, for the other half a guess 10 % off."""
    count = len(cameras.focal)
    default = np.float32(1.0 / np.tan(DEFAULT_FIELD_OF_VIEW_RAD / 2.0))
    guess = cameras.focal * np.exp(0.1 * rng.standard_normal(count, dtype=np.float32))
    return np.where(rng.random(count) < 0.5, default, guess).astype(np.float32)


def target_pelvis(windows: NDArray[np.float32], target: int) -> NDArray[np.float32]:
    """(N, 3) pelvis of the target frame: the point that `see` puts where the camera aims."""
    return windows[:, target, PELVIS]


def _about(axis: int, angle: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3, 3) rotations about one axis of the current frame."""
    matrix = np.zeros((len(angle), 3, 3))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix[:, axis, axis] = 1.0
    matrix[:, i, i] = matrix[:, j, j] = np.cos(angle)
    matrix[:, i, j], matrix[:, j, i] = -np.sin(angle), np.sin(angle)
    return matrix
