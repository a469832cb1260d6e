"""Cameras of the films with truth: where they stand, and how they turn, shake and zoom while they film."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

NEAREST_M, FARTHEST_M = 1.5, 11.0
LOWEST_M = 0.25
FOLLOW_S = 0.4
SHAKE_S, SHAKE_RAD, SWAY_M = 0.12, math.radians(0.5), 0.01
DRIFT_S, DRIFT_RAD = 0.6, math.radians(1.0)


@dataclass(frozen=True, slots=True)
class Shot:
    """How a film is taken.

    Attributes:
        move: `still`; `pan`, turning after the people; `hand`, shaking and drifting; `hand pan`, both.
        pitch_deg: how far it looks up (+) or down.
        roll_deg: how far it is turned clockwise about its line of sight.
        fov_deg: angle of view over the picture's width.
        zoom: focal length of the last frame over that of the first.
        margin: share of the picture left free at each side.
    """

    move: Literal["still", "pan", "hand", "hand pan"] = "still"
    pitch_deg: float = -4.0
    roll_deg: float = 0.0
    fov_deg: float = 50.0
    zoom: float = 1.0
    margin: float = 0.06


@dataclass(frozen=True, slots=True)
class CameraPath:
    """world_from_camera (T, 4, 4), x right, y down, z forward, and focal lengths (T,) in pixels."""

    places: FloatArray
    focals_px: FloatArray

    def to_camera(self, points: FloatArray) -> FloatArray:
        """World points (T, N, 3) in the axes of each frame's camera."""
        return np.einsum("tni,tij->tnj", points - self.places[:, None, :3, 3], self.places[:, :3, :3])

    def to_px(self, points: FloatArray, size_px: tuple[int, int]) -> FloatArray:
        """Pixels (T, N, 2) of world points (T, N, 3)."""
        seen = self.to_camera(points)
        return self.focals_px[:, None, None] * seen[..., :2] / seen[..., 2:] + np.array(size_px) / 2


def camera_path(
    shot: Shot, points: FloatArray, size_px: tuple[int, int], fps: float, rng: np.random.Generator
) -> CameraPath:
    """The camera on the -Y side of world points (T, N, 3), as near as keeps them all in the picture."""
    shake = _shake(len(points), fps, rng) if "hand" in shot.move else np.zeros((len(points), 2, 3))
    for distance in np.arange(NEAREST_M, FARTHEST_M, 0.1):
        path = _at(shot, points, size_px, fps, shake, float(distance))
        share = path.to_px(points, size_px) / np.array(size_px) - 0.5
        if path.to_camera(points)[..., 2].min() > 0.5 and np.abs(share).max() < 0.5 - shot.margin:
            return path
    raise SystemExit("The people do not fit into the picture: choose a shorter way or a wider angle of view.")


def _at(
    shot: Shot, points: FloatArray, size_px: tuple[int, int], fps: float, shake: FloatArray, distance: float
) -> CameraPath:
    middle = (points.reshape(-1, 3).min(axis=0) + points.reshape(-1, 3).max(axis=0)) / 2
    level = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # x right, y down, z along +Y
    base = level @ _about(0, shot.pitch_deg * np.pi / 180) @ _about(2, shot.roll_deg * np.pi / 180)
    eye = middle - distance * base[:, 2]
    eye[2] = max(eye[2], LOWEST_M)
    turns = np.zeros(len(points))
    if "pan" in shot.move:
        aim = (points.min(axis=1) + points.max(axis=1)) / 2 - eye
        turns = _smooth(np.arctan2(aim[:, 0], aim[:, 1])[:, None], FOLLOW_S * fps)[:, 0]
    places = np.tile(np.eye(4), (len(points), 1, 1))
    for place, turn, (angles, sway) in zip(places, turns, shake, strict=True):
        place[:3, :3] = _about(2, -turn) @ base @ _about(0, angles[0]) @ _about(1, angles[1]) @ _about(2, angles[2])
        place[:3, 3] = eye + sway
    focal = size_px[0] / 2 / math.tan(math.radians(shot.fov_deg) / 2)
    return CameraPath(places, focal * np.linspace(1.0, shot.zoom, len(points)))


def _about(axis: int, angle: float) -> FloatArray:
    """Rotation about x (0), y (1) or z (2)."""
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[i, i] = matrix[j, j] = math.cos(angle)
    matrix[j, i], matrix[i, j] = math.sin(angle), -math.sin(angle)
    return matrix


def _shake(count: int, fps: float, rng: np.random.Generator) -> FloatArray:
    """(T, 2, 3) of a camera in a hand: small turns about its own axes, and steps in metres."""

    def wander(seconds: float, spread: float) -> FloatArray:
        noise = _smooth(rng.normal(size=(count + round(4 * fps), 3)), seconds * fps)[round(2 * fps) :][:count]
        return np.asarray(spread * noise / np.maximum(noise.std(axis=0), 1e-9))

    turns = wander(SHAKE_S, SHAKE_RAD) + wander(DRIFT_S, DRIFT_RAD)
    return np.stack([turns, wander(DRIFT_S, SWAY_M)], axis=1)


def _smooth(values: FloatArray, frames: float) -> FloatArray:
    """Gaussian mean (T, N) over time, the ends held."""
    reach = math.ceil(3 * frames)
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / frames) ** 2)
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    return np.stack([np.convolve(column, kernel / kernel.sum(), "valid") for column in padded.T], axis=1)
