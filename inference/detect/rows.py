"""What a detector found, growing frame by frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..camera.path import CameraPath
from ..keypoint_track import KeypointTrack
from ..video import VideoInfo, nominal_fps
from .between import fill_between
from .detector import Keypoints

Column = NDArray[np.float32]


class Rows:
    """Points of all frames so far; an hour at 30 fps is some 85 MB.

    Args:
        points: how many the detector has.
    """

    def __init__(self, points: int) -> None:
        self._empty = Keypoints(np.full((points, 2), np.nan, np.float32), np.zeros(points, np.float32))
        self._no_world = np.full((points, 3), np.nan, np.float32)
        self.px: list[NDArray[np.float32]] = []
        self.confidence: list[NDArray[np.float32]] = []
        self.world: list[NDArray[np.float32]] = []
        self.times_s: list[float] = []
        self.looked: list[bool] = []

    def add(self, found: Keypoints | None, scale: float, time_s: float, looked: bool = True) -> None:
        """Take a frame: what was found in it, or that nobody looked."""
        found = found or self._empty
        self.looked.append(looked)
        self.px.append((found.px / np.float32(scale)).astype(np.float32))
        self.confidence.append(found.confidence)
        self.world.append(self._no_world if found.world is None else found.world)
        self.times_s.append(time_s)

    def drop_last(self) -> None:
        """Forget the last frame."""
        for column in (self.px, self.confidence, self.world, self.times_s, self.looked):
            column.pop()

    def track(self, layout: str, info: VideoInfo, first_frame: int, camera: CameraPath) -> KeypointTrack:
        """All of it; frames between two looks are filled in."""
        times_s = np.array(self.times_s) - self.times_s[0]
        px, confidence, world = self._filled(times_s)
        return KeypointTrack(
            layout=layout,
            px=px,
            confidence=confidence,
            world=world,
            times_s=times_s,
            fps=nominal_fps(times_s, info.fps),
            image_size_px=info.size_px,
            first_frame=first_frame,
            camera=camera,
        )

    def _filled(self, times_s: NDArray[np.float64]) -> tuple[Column, Column, Column]:
        """Points, their confidence and their places in 3D."""
        confidence, looked = np.stack(self.confidence), np.array(self.looked)
        columns = np.stack(self.px), confidence, np.stack(self.world)
        if looked.all():
            return columns
        found = np.asarray((confidence > 0.0).any(axis=1))
        px, confidence, world = (fill_between(column, looked, found, times_s) for column in columns)
        return px, confidence, world
