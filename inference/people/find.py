"""Everybody in a picture: the whole of it, then overlapping tiles, since the network sees 224 pixels at a time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..detect.detector import Keypoints
from ..detect.landmarker import as_image, keypoints_of, open_landmarker
from ..video import Image

_MOST_PEOPLE: Final = 8
"""In one tile."""
TILE_SHARES: Final = (1.0, 0.5, 0.25)
"""Sides of the tiles in longest sides of the picture: a person is found from about a fifth of a tile on."""
_SMALLEST_TILE_PX: Final = 96
_MARGIN: Final = 1.0
"""Around a person who is looked at once more, in sizes: the place decides nothing then."""
_SAME: Final = 0.25
"""People whose points are this near, in sizes, are one."""
_INSIDE: Final = 0.7
"""A pose of which so much lies in another's box was made of a part of that person."""
_SURE: Final = 0.5
"""A person whose points are less visible than this on average is none."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in one picture.

    Attributes:
        keypoints: in pixels of the picture.
        box_px: x0, y0, x1, y1 around the points that are seen.
    """

    keypoints: Keypoints
    box_px: NDArray[np.float64]

    @property
    def middle_px(self) -> NDArray[np.float64]:
        """(2,) middle of the box."""
        return np.asarray((self.box_px[:2] + self.box_px[2:]) / 2)

    @property
    def size_px(self) -> float:
        """Diagonal of the box."""
        return float(max(np.hypot(*(self.box_px[2:] - self.box_px[:2])), 1.0))

    @property
    def sureness(self) -> float:
        """0..1, how visible the points are on average."""
        return float(self.keypoints.confidence.mean())


class PeopleFinder:
    """Finds everybody in single pictures; loaded once."""

    def __init__(self, bundle: Path | None = None) -> None:
        """Loads the networks.

        Raises:
            ModelError: the bundle is missing or broken.
        """
        self._landmarker = open_landmarker(bundle, video=False, people=_MOST_PEOPLE)

    def everywhere(self, image_bgr: Image) -> list[Person]:
        """Everybody in (H, W, 3) BGR, the surest first, far and small ones too; takes a second or so."""
        found: list[Person] = []
        for tile in _tiles(image_bgr.shape[1], image_bgr.shape[0]):
            found += self.inside(image_bgr, tile)
        looked_at = [again for person in _distinct(found) if (again := self._once_more(image_bgr, person)) is not None]
        return _distinct(looked_at)

    def inside(self, image_bgr: Image, box_px: NDArray[np.floating]) -> list[Person]:
        """Everybody in a box (x0, y0, x1, y1) of the picture, which may reach over its edges; in its pixels."""
        x0, y0, x1, y1 = clipped(box_px, image_bgr.shape[1], image_bgr.shape[0])
        if min(x1 - x0, y1 - y0) < 2:
            return []
        found = self._landmarker.detect(as_image(image_bgr[y0:y1, x0:x1]))
        people = [_person(points, (x0, y0)) for points in keypoints_of(found, (x1 - x0, y1 - y0))]
        return [person for person in people if person.sureness > _SURE]

    def close(self) -> None:
        """Gives up the networks' memory."""
        self._landmarker.close()

    def _once_more(self, image_bgr: Image, person: Person) -> Person | None:
        """The same person seen whole in the middle of a tile of the right size; None where nobody is found there."""
        reach = (0.5 + _MARGIN) * max(person.box_px[2:] - person.box_px[:2])
        box = np.concatenate([person.middle_px - reach, person.middle_px + reach])
        near = [(apart(other, person), other) for other in self.inside(image_bgr, box)]
        best = min(near, key=lambda entry: entry[0], default=None)
        return best[1] if best is not None and best[0] < 2 * _SAME else None


def clipped(box_px: NDArray[np.floating], width: int, height: int) -> tuple[int, int, int, int]:
    """A box in whole pixels, cut off at the edges of a picture of that size."""
    x0, y0 = np.floor(box_px[:2]).astype(int).tolist()
    x1, y1 = np.ceil(box_px[2:]).astype(int).tolist()
    return max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)


def apart(person: Person, other: Person) -> float:
    """How far two people's points lie apart on average, in sizes of the larger."""
    away = np.linalg.norm(person.keypoints.px - other.keypoints.px, axis=-1).mean()
    return float(away) / max(person.size_px, other.size_px)


def _person(points: Keypoints, corner: tuple[int, int]) -> Person:
    px = points.px + np.array(corner, np.float32)
    box = np.concatenate([px.min(axis=0), px.max(axis=0)]).astype(np.float64)
    return Person(Keypoints(px, points.confidence, points.world), box)


def _tiles(width: int, height: int) -> list[NDArray[np.float64]]:
    """Boxes of the picture and of its tiles, half overlapping."""
    boxes = []
    for share in TILE_SHARES:
        side = share * max(width, height)
        if side < _SMALLEST_TILE_PX:
            break
        for y in _starts(height, side):
            boxes += [np.array([x, y, x + side, y + side]) for x in _starts(width, side)]
    return boxes


def _starts(length: int, side: float) -> NDArray[np.float64]:
    if side >= length:
        return np.zeros(1)
    return np.linspace(0.0, length - side, int(np.ceil(2 * (length - side) / side)) + 1)


def _distinct(people: list[Person]) -> list[Person]:
    """The surest of those that are one; a pose made of a part of somebody goes as well."""
    kept: list[Person] = []
    for person in sorted(people, key=lambda one: -one.sureness):
        if all(apart(person, other) > _SAME and _within(person, other) < _INSIDE for other in kept):
            kept.append(person)
    return kept


def _within(person: Person, other: Person) -> float:
    """Which share of the smaller box lies in the larger one."""
    low = np.maximum(person.box_px[:2], other.box_px[:2])
    high = np.minimum(person.box_px[2:], other.box_px[2:])
    shared = float(np.prod(np.maximum(high - low, 0.0)))
    areas = [float(np.prod(one.box_px[2:] - one.box_px[:2])) for one in (person, other)]
    return shared / max(min(areas), 1.0)
