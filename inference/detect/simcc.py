"""A person's points by a network that gives a row of scores across and one down for each (SimCC): RTMPose, RTMW."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from ..layouts import load_layout
from ..video import Image
from .detector import Keypoints
from .onnx_files import Network

_MEAN: Final = np.array([123.675, 116.28, 103.53], np.float32)
_SPREAD: Final = np.array([58.395, 57.12, 57.375], np.float32)
"""Of red, green, blue in the pictures that these networks learned from."""
_PAD: Final = 1.25
_BINS: Final = 2.0
"""Places in a row of scores for each pixel of the network's picture."""
LAYOUTS: Final = {17: "coco-17", 26: "halpe-26", 133: "coco-17"}
"""By the number of points; of 133 the first 17 are taken."""


class SimccPose:
    """Finds the points of people whose boxes are known.

    Args:
        network: its outputs are (N, K, 2 width) and (N, K, 2 height).

    Raises:
        ModelError: it gives points of no layout that is known; names its file.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        points = network.session.get_outputs()[0].shape[1]
        if points not in LAYOUTS:
            known = ", ".join(str(number) for number in LAYOUTS)
            raise ModelError("model-broken", f"{network.name} finds {points} points, expected one of {known}.")
        self.layout = LAYOUTS[points]
        self._count = len(load_layout(self.layout).points)

    def find(self, image_bgr: Image, boxes_px: NDArray[np.float64]) -> list[Keypoints]:
        """The points of each person.

        Args:
            image_bgr: (H, W, 3).
            boxes_px: (N, 4) x0, y0, x1, y1.

        Returns:
            N of them, in pixels of the image.
        """
        if not len(boxes_px):
            return []
        views = [self._view(box) for box in boxes_px]
        pictures = np.stack([self._picture(image_bgr, view) for view in views])
        batches = [pictures] if self._network.batches else list(pictures[:, None])
        rows = [self._network.session.run(None, {self._network.input_name: batch}) for batch in batches]
        across, down = (np.concatenate([np.asarray(row[axis]) for row in rows]) for axis in (0, 1))
        return [_points(a, d, view, self._count) for a, d, view in zip(across, down, views, strict=True)]

    def _view(self, box: NDArray[np.float64]) -> NDArray[np.float64]:
        """(2, 3) picture of the network from the image: the box with some room, in the network's shape."""
        width, height = self._network.size_px
        middle, size = (box[:2] + box[2:]) / 2, _PAD * np.maximum(box[2:] - box[:2], 1.0)
        scale = min(width / size[0], height / size[1])
        shift = np.array([width, height]) / 2 - scale * middle
        return np.array([[scale, 0.0, shift[0]], [0.0, scale, shift[1]]])

    def _picture(self, image_bgr: Image, view: NDArray[np.float64]) -> NDArray[np.float32]:
        seen = cv2.warpAffine(image_bgr, view, self._network.size_px, flags=cv2.INTER_LINEAR)
        scaled = (seen[..., ::-1].astype(np.float32) - _MEAN) / _SPREAD
        return np.ascontiguousarray(scaled.transpose(2, 0, 1), np.float32)


def _points(across: NDArray[np.float32], down: NDArray[np.float32], view: NDArray[np.float64], count: int) -> Keypoints:
    places = np.stack([across[:count].argmax(axis=1), down[:count].argmax(axis=1)], axis=-1) / _BINS
    scores = np.minimum(across[:count].max(axis=1), down[:count].max(axis=1))
    found = scores > 0.0
    px = np.where(found[:, None], (places - view[:, 2]) / view[0, 0], np.nan)
    return Keypoints(px.astype(np.float32), np.where(found, scores, 0.0).clip(0.0, 1.0).astype(np.float32))
