"""Looks for straight edges of the background: those of doors, walls and shelves tell which way is up."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..video import Image
from .edges import Edges, no_edges
from .grey import small_grey

_LOOKED_AT_PX: Final = 640
"""Longer side of the pictures that are searched."""
_EVERY: Final = 15
"""Frames from one picture to the next, at first."""
_MOST_PICTURES: Final = 16
_MOST_EDGES: Final = 150
"""The longest of a picture."""
_SHORTEST: Final = 0.03
"""Of the picture's longer side."""
_FRAME_LENGTH, _FRAME_SLANT = 0.8, 0.003
"""An edge so long, in heights of the picture, and so exactly upright, is that of a picture within the picture."""


class EdgeWatch:
    """Is shown frame after frame, and looks at some: the longer the film, the farther they lie apart.

    Args:
        side_px: longer side of the upright original image.
    """

    def __init__(self, side_px: int) -> None:
        self._side_px = side_px
        self._every = _EVERY
        self._pictures: dict[int, Edges] = {}
        self._cuts: set[int] = set()

    def show(self, number: int, image: Image, person: tuple[int, int, int, int] | None, cut: bool) -> None:
        """The next frame.

        Args:
            number: of the frame.
            image: BGR, of any size.
            person: left, top, right, bottom of who is left out, in pixels of `image`; None = nobody.
            cut: whether another shot begins; its first frame is always looked at.
        """
        if cut:
            self._cuts.add(number)
        elif number % self._every:
            return
        found = find_edges(image, person)
        scale = self._side_px / max(image.shape[:2])
        self._pictures[number] = np.column_stack([np.full(len(found), number), scale * found]).astype(np.float32)
        if len(self._pictures) - len(self._cuts) > _MOST_PICTURES:
            self._every *= 2
            for other in [each for each in self._pictures if each % self._every and each not in self._cuts]:
                del self._pictures[other]

    def edges(self) -> Edges:
        """What was found so far."""
        return np.concatenate([no_edges(), *self._pictures.values()])


def find_edges(image: Image, person: tuple[int, int, int, int] | None) -> NDArray[np.float64]:
    """(N, 4) x, y, x, y of both ends of straight edges outside of a box, in pixels of the image (H, W, 3) BGR."""
    small = small_grey(image, _LOOKED_AT_PX)
    detected = cv2.createLineSegmentDetector().detect(small)[0]
    if detected is None:
        return np.zeros((0, 4))
    found = np.asarray(detected, np.float64).reshape(-1, 4) * max(image.shape[:2]) / max(small.shape)
    across, down = np.abs(found[:, 2:] - found[:, :2]).T
    length = np.hypot(across, down)
    kept = length > _SHORTEST * max(image.shape[:2])
    kept &= (down < _FRAME_LENGTH * image.shape[0]) | (across > _FRAME_SLANT * down)
    if person is not None:
        left, top, right, bottom = person
        x, y = ((found[:, :2] + found[:, 2:]) / 2.0).T
        kept &= ~((x > left) & (x < right) & (y > top) & (y < bottom))
    longest = np.argsort(-np.where(kept, length, 0.0), kind="stable")[: min(_MOST_EDGES, int(kept.sum()))]
    return np.asarray(found[longest])
