"""Everybody in a picture: the whole of it, then overlapping tiles, since the network sees 224 pixels at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..cancel import Cancellation
from ..detect.detector import Keypoints
from ..detect.landmarker import as_image, keypoints_of, open_landmarker
from ..layouts import load_layout
from ..video import Image
from .view import clipped, square

FOLLOWED_LAYOUT: Final = "blazepose-33"
"""Of the points by which people are told apart, whatever detector finds those that are lifted."""
_MOST_PEOPLE: Final = 8
"""In one tile."""
TILE_SHARES: Final = (1.0, 0.5, 0.25)
"""Sides of the tiles in longest sides of the picture."""
_FOUND_SHARE: Final = 0.3
"""A person is found from about a fifth of a tile on, surely from this share."""
_SMALLEST_TILE_PX: Final = 96
_REACHES: Final = (0.6, 0.9, 1.4)
"""Half the sides of the views around a place, in sizes of the person."""
_THERE: Final = 0.15
"""Whose trunk is this near to a place, in sizes, is there."""
SAME: Final = 0.25
"""People whose points are this near, in sizes, are one."""
_INSIDE: Final = 0.7
_SMALLER: Final = 0.75
"""A pose that is this much smaller than another in whose box so much of it lies was made of a part of that person."""
_SURE: Final = 0.5
"""A person whose points are less visible than this on average is none."""


_TRUNK: Final = [
    load_layout(FOLLOWED_LAYOUT).points.index(f"{side}_{part}")
    for part in ("shoulder", "hip")
    for side in ("left", "right")
]


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
    def trunk_px(self) -> NDArray[np.float64]:
        """(2,) middle of shoulders and hips: it moves as the person does, whatever the arms do."""
        return np.asarray(self.keypoints.px[_TRUNK].mean(axis=0), np.float64)

    @property
    def size_px(self) -> float:
        """Diagonal of the box."""
        return float(max(np.hypot(*(self.box_px[2:] - self.box_px[:2])), 1.0))

    @property
    def sureness(self) -> float:
        """0..1, how visible the points are on average."""
        return float(self.keypoints.confidence.mean())

    def moved(self, way_px: NDArray[np.float64]) -> Person:
        """The same person (2,) pixels from here."""
        points = self.keypoints
        px = points.px + way_px.astype(np.float32)
        return Person(Keypoints(px, points.confidence, points.world), self.box_px + np.tile(way_px, 2))


def person_of(points: Keypoints, corner_px: tuple[int, int] = (0, 0)) -> Person:
    """Somebody by their points in a part of the picture that begins at a corner."""
    px = points.px + np.array(corner_px, np.float32)
    box = np.concatenate([px.min(axis=0), px.max(axis=0)]).astype(np.float64)
    return Person(Keypoints(px, points.confidence, points.world), box)


class PeopleFinder:
    """Finds everybody in single pictures; loaded once.

    Args:
        cancellation: looked at before each view.

    Raises:
        ModelError: the networks are missing or broken.
    """

    def __init__(self, cancellation: Cancellation) -> None:
        self._cancellation = cancellation
        self._landmarker = open_landmarker(video=False, people=_MOST_PEOPLE)

    def everywhere(self, image_bgr: Image) -> list[Person]:
        """Everybody in (H, W, 3) BGR, the surest first, far and small ones too; takes a second or so."""
        found: list[Person] = []
        for tile in _tiles(image_bgr.shape[1], image_bgr.shape[0], TILE_SHARES):
            found += self.inside(image_bgr, tile)
        looked_at = [again for person in distinct(found) if (again := self._once_more(image_bgr, person)) is not None]
        return distinct(looked_at)

    def of_size(self, image_bgr: Image, size_px: float) -> list[Person]:
        """Everybody of about that size (diagonal of the box) anywhere in the picture."""
        longest = max(image_bgr.shape[:2])
        fitting = [share for share in TILE_SHARES if size_px > _FOUND_SHARE * share * longest]
        tiles = _tiles(image_bgr.shape[1], image_bgr.shape[0], tuple(fitting[:1]) or TILE_SHARES[-1:])
        return distinct([person for tile in tiles for person in self.inside(image_bgr, tile)])

    def inside(self, image_bgr: Image, box_px: NDArray[np.floating]) -> list[Person]:
        """Everybody in a box (x0, y0, x1, y1) of the picture, which may reach over its edges; in its pixels."""
        self._cancellation.check()
        x0, y0, x1, y1 = clipped(box_px, image_bgr.shape[1], image_bgr.shape[0])
        if min(x1 - x0, y1 - y0) < 2:
            return []
        found = self._landmarker.detect(as_image(image_bgr[y0:y1, x0:x1]))
        people = [person_of(points, (x0, y0)) for points in keypoints_of(found, (x1 - x0, y1 - y0))]
        return [person for person in people if person.sureness > _SURE]

    def close(self) -> None:
        """Gives up the networks' memory."""
        self._landmarker.close()

    def near(self, image_bgr: Image, place_px: NDArray[np.float64], size_px: float) -> list[Person]:
        """Who is seen around a place; a near view, which shows one of two people who stand close, comes first."""
        people: list[Person] = []
        for reach in _REACHES:
            people += self.inside(image_bgr, square(place_px, reach * size_px))
            if any(np.linalg.norm(one.trunk_px - place_px) < _THERE * size_px for one in people):
                break
        return distinct(people)

    def _once_more(self, image_bgr: Image, person: Person) -> Person | None:
        """The same person seen whole in the middle of a view; None where nobody is found there."""
        people = self.near(image_bgr, person.trunk_px, person.size_px)
        best = min(people, key=lambda other: apart(other, person), default=None)
        return best if best is not None and apart(best, person) < 2 * SAME else None


def apart(person: Person, other: Person) -> float:
    """How far two people's points lie apart on average, in sizes of the larger."""
    away = np.linalg.norm(person.keypoints.px - other.keypoints.px, axis=-1).mean()
    return float(away) / max(person.size_px, other.size_px)


def _tiles(width: int, height: int, shares: tuple[float, ...]) -> list[NDArray[np.float64]]:
    """Boxes of tiles, half overlapping, with sides of these shares of the longest side."""
    boxes = []
    for share in shares:
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


def distinct(people: list[Person]) -> list[Person]:
    """The surest of those that are one; a pose made of a part of somebody goes as well."""
    kept: list[Person] = []
    for person in sorted(people, key=lambda one: -one.sureness):
        if all(apart(person, other) > SAME and not _part(person, other) for other in kept):
            kept.append(person)
    return kept


def _part(person: Person, other: Person) -> bool:
    """Whether a pose was made of a part of another person."""
    if person.size_px > _SMALLER * other.size_px:
        return False
    low = np.maximum(person.box_px[:2], other.box_px[:2])
    high = np.minimum(person.box_px[2:], other.box_px[2:])
    shared = float(np.prod(np.maximum(high - low, 0.0)))
    return shared > _INSIDE * float(np.prod(person.box_px[2:] - person.box_px[:2]))
