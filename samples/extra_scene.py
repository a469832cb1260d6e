"""Where `make_extras.py` films: a camera's way, a place of flat shapes, light, and the picture of somebody in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from extra_people import Extra
from numpy.typing import NDArray
from splat import Picture, draw_dots

FloatArray = NDArray[np.float64]

SIZES_PX: Final = ((640, 480), (480, 640), (720, 405))
FOLLOWS, LEANS = 0.6, 0.2
"""Shares of the clips in which the camera follows, and is rolled."""
NEAREST_M: Final = 1.2
SHADOW_M: Final = 0.32


@dataclass(frozen=True, slots=True)
class Shot:
    """A camera's way: world_from_camera (T, 4, 4), its focal length and its picture's width and height."""

    places: FloatArray
    focal_px: float
    size_px: tuple[int, int]

    def to_camera(self, points: FloatArray, frame: int) -> FloatArray:
        """(N, 3) metres, camera axes, of points in the world."""
        place = self.places[frame]
        return np.asarray((points - place[:3, 3]) @ place[:3, :3])

    def to_px(self, points: FloatArray) -> FloatArray:
        """(N, 2) pixels of points in camera axes."""
        return np.asarray(self.focal_px * points[:, :2] / points[:, 2:] + np.array(self.size_px) / 2.0)

    def film(self, points: FloatArray) -> FloatArray:
        """(T, N, 2) pixels, frame by frame, of points (T, N, 3) in the world."""
        return np.stack([self.to_px(self.to_camera(these, frame)) for frame, these in enumerate(points)])


@dataclass(frozen=True, slots=True)
class Scene:
    """A place (H, W, 3) BGR, the direction of its light (3,) in the world, and the light's colour (3,) BGR."""

    shot: Shot
    place: Picture
    light: FloatArray
    tone: FloatArray

    def show(self, picture: Picture, extra: Extra, moved: FloatArray, frame: int) -> Picture:
        """The picture with a pose (B, 4, 4) of somebody before it."""
        shot = self.shot
        surface = shot.to_camera(extra.surface(moved), frame)
        return draw_dots(
            picture, surface, extra.dots, shot.focal_px, shot.places[frame, :3, :3].T @ self.light, self.tone
        )


def choose_scene(shot: Shot, rng: np.random.Generator) -> Scene:
    """Any place, lit from above."""
    place, tone = paint_place(shot.size_px, rng), rng.uniform(0.75, 1.15, 3)
    light = rng.standard_normal(3) + np.array([0.0, 0.0, 1.5])
    return Scene(shot, place, light / np.linalg.norm(light), tone)


def choose_shot(joints: FloatArray, rng: np.random.Generator) -> Shot:
    """A camera that sees all of a motion (T, 17, 3), from any side."""
    size = SIZES_PX[rng.choice(len(SIZES_PX), p=(0.5, 0.2, 0.3))]
    focal = float(max(size) * rng.uniform(0.75, 1.5))
    pitch, yaw = np.radians(rng.normal(5.0, 9.0)), rng.uniform(0, 2 * np.pi)
    roll = np.radians(rng.uniform(-25, 25) if rng.random() < LEANS else rng.normal(0, 2.0))
    forward = np.array([np.cos(yaw) * np.cos(pitch), np.sin(yaw) * np.cos(pitch), -np.sin(pitch)])
    right = np.array([np.sin(yaw), -np.cos(yaw), 0.0])
    down = np.cross(forward, right)
    turn = np.stack(
        [np.cos(roll) * right + np.sin(roll) * down, np.cos(roll) * down - np.sin(roll) * right, forward], 1
    )
    low, high = joints.min(axis=1), joints.max(axis=1)
    if rng.random() < FOLLOWS:
        kernel = np.hanning(17)[1:-1] / np.hanning(17).sum()
        middle = (low + high) / 2
        padded = np.pad(middle, ((7, 7), (0, 0)), mode="edge")
        aims = np.stack([np.convolve(padded[:, axis], kernel, "valid") for axis in range(3)], axis=1)
    else:
        aims = np.tile((low.min(axis=0) + high.max(axis=0)) / 2, (len(joints), 1))
    margin = rng.uniform(0.04, 0.15)
    aside = (joints - aims[:, None]) @ turn
    reach = np.abs(aside[..., :2]) + 0.12
    away = (focal * reach / ((0.5 - margin) * np.array(size)) - aside[..., 2:]).max()
    places = np.tile(np.eye(4), (len(joints), 1, 1))
    places[:, :3, :3] = turn
    places[:, :3, 3] = aims - max(float(away), NEAREST_M - float(aside[..., 2].min())) * forward
    return Shot(places, focal, size)


def paint_place(size_px: tuple[int, int], rng: np.random.Generator) -> Picture:
    """(H, W, 3) BGR: wall and floor, things on them, and the unevenness of both."""
    width, height = size_px
    place = np.empty((height, width, 3), np.float32)
    line = int(height * rng.uniform(0.35, 0.85))
    grey = rng.uniform(60, 225, (2, 1)) + rng.uniform(-35, 35, (2, 3))
    place[:line], place[line:] = grey[0], grey[1]
    for _ in range(int(rng.integers(0, 9))):
        x, y = rng.integers(0, width), rng.integers(0, height)
        w, h = (rng.uniform(0.03, 0.35, 2) * np.array(size_px)).astype(int)
        colour = rng.uniform(20, 240, 3).tolist()
        cv2.rectangle(place, (int(x), int(y)), (int(x + w), int(y + h)), colour, -1)
    for cells in (4, 24, 120):
        rough = rng.standard_normal((cells, cells, 1)).astype(np.float32)
        place += rng.uniform(2, 9) * cv2.resize(rough, size_px, interpolation=cv2.INTER_CUBIC)[..., None]
    place = cv2.GaussianBlur(place, (0, 0), float(rng.uniform(0.5, 3.0)))
    return np.asarray(np.clip(place, 0, 255), np.uint8)


def shadow(picture: Picture, shot: Shot, pelvis: FloatArray, frame: int) -> Picture:
    """The picture with the floor darker under the person."""
    around = np.linspace(0, 2 * np.pi, 16)
    ring = np.array([*pelvis[:2], 0.0]) + SHADOW_M * np.stack([np.cos(around), np.sin(around), 0 * around], axis=1)
    seen = shot.to_camera(ring, frame)
    if seen[:, 2].min() < 0.2:
        return picture
    mask = np.zeros(picture.shape[:2], np.float32)
    cv2.fillPoly(mask, [shot.to_px(seen).astype(np.int32)], 0.45)
    dark = cv2.merge([1.0 - cv2.GaussianBlur(mask, (0, 0), 4.0)] * 3)
    return np.asarray(cv2.multiply(picture, dark, dtype=cv2.CV_8U))
