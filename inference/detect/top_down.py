"""Boxes first, points second: networks that the user has, followed from frame to frame."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..video import Image
from .detector import Keypoints
from .onnx_files import load_networks
from .person_boxes import PersonBoxes
from .simcc import SimccPose

_SURE: Final = 0.3
"""Points that are less sure on average are nobody's."""
_LOOK_AGAIN: Final = 30
"""Frames after which the boxes are looked for again, in case the points went astray."""
_POINT_SURE: Final = 0.2
_ROOM: Final = 0.1
"""Of the points' extent, around them: the next frame's box."""
_LEAST_OVERLAP: Final = 0.2


class TopDown:
    """The points of the most prominent person, by two ONNX networks; make a new one for each video.

    Between looks for boxes the person is sought where the last points were.
    """

    def __init__(self, folder: Path) -> None:
        """Loads the networks.

        Args:
            folder: holds the .onnx files.

        Raises:
            ModelError: a network is missing or broken.
        """
        people, pose = load_networks(folder)
        self._boxes, self._pose = PersonBoxes(people), SimccPose(pose)
        self.layout = self._pose.layout
        self._last: NDArray[np.float64] | None = None
        self._since = 0

    def detect(self, frame_bgr: Image, time_s: float) -> Keypoints | None:
        """Points of the person in (H, W, 3) BGR, or None."""
        if self._last is not None and self._since < _LOOK_AGAIN:
            self._since += 1
            found = self._in(frame_bgr, self._last)
            if found is not None:
                return found
        box = self._search(frame_bgr)
        self._since = 0
        found = None if box is None else self._in(frame_bgr, box)
        if found is None:
            self._last = None
        return found

    def close(self) -> None:
        """Nothing is held beyond this object's life."""

    def _search(self, frame_bgr: Image) -> NDArray[np.float64] | None:
        """The box of whoever was followed; else of the largest and surest person."""
        boxes, scores = self._boxes.find(frame_bgr)
        if not len(boxes):
            return None
        if self._last is not None:
            overlaps = _overlaps(boxes, self._last)
            if overlaps.max() > _LEAST_OVERLAP:
                return np.asarray(boxes[overlaps.argmax()])
        return np.asarray(boxes[(scores * np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)).argmax()])

    def _in(self, frame_bgr: Image, box: NDArray[np.float64]) -> Keypoints | None:
        """The points of the person in a box, if there is one."""
        found = self._pose.find(frame_bgr, box[None])[0]
        sure = found.confidence > _POINT_SURE
        if found.confidence.mean() < _SURE or sure.sum() < 4:
            return None
        low, high = found.px[sure].min(axis=0), found.px[sure].max(axis=0)
        room = _ROOM * (high - low)
        self._last = np.concatenate([low - room, high + room]).astype(np.float64)
        return found


def _overlaps(boxes: NDArray[np.float64], box: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) shared area over the area of both together."""
    low, high = np.maximum(boxes[:, :2], box[:2]), np.minimum(boxes[:, 2:], box[2:])
    shared = np.prod(np.maximum(high - low, 0.0), axis=1)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) + np.prod(box[2:] - box[:2])
    return np.asarray(shared / np.maximum(areas - shared, 1e-9))
