"""People's boxes by a YOLOX network, as published with its own suppression of doubles (dets, labels) or without."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from ..video import Image
from .onnx_files import Network

_PAD: Final = 114
"""Grey around a picture that has another shape than the network's."""
_SURE: Final = 0.3
_OVERLAP: Final = 0.45
_STRIDES: Final = (8, 16, 32)


class PersonBoxes:
    """Finds everybody in a picture.

    Args:
        network: takes BGR, 0..255.
    """

    def __init__(self, network: Network) -> None:
        self._network = network

    def find(self, image_bgr: Image) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Boxes (N, 4), x0, y0, x1, y1 in pixels of (H, W, 3), and how sure each is (N,), the surest first.

        Raises:
            ModelError: the network's outputs are not a person detector's; names its file.
        """
        width, height = self._network.size_px
        share = min(width / image_bgr.shape[1], height / image_bgr.shape[0])
        size = (max(int(image_bgr.shape[1] * share), 1), max(int(image_bgr.shape[0] * share), 1))
        padded = np.full((height, width, 3), _PAD, np.uint8)
        padded[: size[1], : size[0]] = cv2.resize(image_bgr, size, interpolation=cv2.INTER_LINEAR)
        given = np.ascontiguousarray(padded.transpose(2, 0, 1)[None], np.float32)
        outputs = self._network.session.run(None, {self._network.input_name: given})
        found = np.asarray(outputs[0], np.float64)
        if found.ndim != 3 or found.shape[2] < 5:
            raise ModelError("model-broken", f"{self._network.name} gives {found.shape}, expected boxes (1, N, 5).")
        if found.shape[2] == 5:
            boxes, scores = found[0, :, :4], found[0, :, 4]
            person = np.asarray(outputs[1])[0] == 0 if len(outputs) > 1 else np.ones(len(scores), np.bool_)
        else:
            boxes, scores = self._decoded(found[0])
            person = np.ones(len(scores), np.bool_)
        kept = np.flatnonzero(person & (scores > _SURE))
        kept = kept[_alone(boxes[kept], scores[kept])]
        return boxes[kept] / share, scores[kept]

    def _decoded(self, found: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Corners and scores of people from a cell's offset, logarithmic size, and scores, for each of three grids."""
        width, height = self._network.size_px
        cells, strides = [], []
        for stride in _STRIDES:
            x, y = np.meshgrid(np.arange(width // stride), np.arange(height // stride))
            cells.append(np.stack([x, y], axis=-1).reshape(-1, 2))
            strides.append(np.full((cells[-1].shape[0], 1), stride))
        grid, step = np.concatenate(cells), np.concatenate(strides)
        if len(grid) != len(found):
            raise ModelError("model-broken", f"{self._network.name} gives {len(found)} boxes, expected {len(grid)}.")
        middle, size = (found[:, :2] + grid) * step, np.exp(found[:, 2:4]) * step
        return np.concatenate([middle - size / 2, middle + size / 2], axis=1), found[:, 4] * found[:, 5]


def _alone(boxes: NDArray[np.float64], scores: NDArray[np.float64]) -> NDArray[np.intp]:
    """Indices of the boxes that are no double of a surer one, the surest first."""
    sizes = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    kept = cv2.dnn.NMSBoxes(sizes.tolist(), scores.tolist(), _SURE, _OVERLAP) if len(boxes) else ()
    return np.asarray(kept, np.intp).reshape(-1)
