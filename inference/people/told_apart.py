"""Two people one before the other, whom the network takes for one: the nearer one is found where the farther one's
head is not shown, since it looks for heads first.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..video import Image
from .find import PeopleFinder, Person, apart

_BELOW: Final = (0.15, 0.22, 0.3)
"""Where views begin that leave a head out, from the top of somebody's box, in heights of it."""
_UPPER: Final = (0.85, 0.75, 0.65)
"""How much of the height shows the farther one and not the nearer one's legs."""
_BESIDE: Final = 0.75
_UNDER: Final = 0.7
"""Room beside and under the box in those views, in its heights: the nearer one stands lower in the picture."""
_ROOM: Final = 0.12
"""Room around the box of somebody who is looked at as alone as can be, in longer sides of it."""
_OTHER: Final = 0.1
"""Poses that are farther apart, in sizes, are not of one person; ..."""
_STEADY: Final = 0.07
"""... and one that moves farther when more is shown was made of a body without its head."""
_SMALLEST: Final = 0.7
"""Nor is one so much smaller the nearer one, ..."""
_ASIDE: Final = 0.3
"""... nor one so far to the side, in sizes."""


def tight(person: Person) -> NDArray[np.float64]:
    """A box (x0, y0, x1, y1) that shows somebody whole, and of others as little as can be."""
    room = _ROOM * float(max(person.box_px[2:] - person.box_px[:2]))
    return np.asarray(person.box_px + np.array([-room, -room, room, room]))


def everybody(finder: PeopleFinder, image_bgr: Image) -> list[Person]:
    """Everybody in (H, W, 3) BGR, those too who stand one before the other."""
    people: list[Person] = []
    for person in finder.everywhere(image_bgr):
        for one in told_apart(finder, image_bgr, person):
            if all(apart(one, other) > _OTHER for other in people):
                people.append(one)
    return people


def told_apart(finder: PeopleFinder, image_bgr: Image, person: Person) -> list[Person]:
    """Who a pose was made of: the person alone, or the person and somebody nearer, who stands lower in the picture.

    Args:
        finder: looks.
        image_bgr: (H, W, 3) BGR.
        person: found in it.
    """
    nearer = _nearer(finder, image_bgr, person)
    if nearer is None:
        return [person]
    views = [_part(person, 0.0, share) for share in _UPPER]
    alone = [one for view in views for one in finder.inside(image_bgr, view) if not _smaller(one, person)]
    return [max([person, *alone], key=lambda one: apart(one, nearer) - apart(one, person)), nearer]


def _nearer(finder: PeopleFinder, image_bgr: Image, person: Person) -> Person | None:
    for share in _BELOW:
        for other in finder.inside(image_bgr, _part(person, share, 1.0 + _UNDER)):
            aside = abs(float(other.trunk_px[0] - person.trunk_px[0])) > _ASIDE * person.size_px
            if aside or apart(other, person) < _OTHER or _smaller(other, person):
                continue
            again = _nearest(finder.inside(image_bgr, tight(other)), other)
            if again is not None and apart(again, other) < min(_STEADY, apart(again, person) / 2):
                return again
    return None


def _smaller(one: Person, other: Person) -> bool:
    return one.size_px < _SMALLEST * other.size_px


def _part(person: Person, first: float, last: float) -> NDArray[np.float64]:
    """The box around somebody from one share of its height to another, with room at the sides."""
    x0, y0, x1, y1 = person.box_px
    height = y1 - y0
    top = y0 + (first or -_ROOM) * height
    return np.array([x0 - _BESIDE * height, top, x1 + _BESIDE * height, y0 + last * height])


def _nearest(people: list[Person], person: Person) -> Person | None:
    return min(people, key=lambda other: apart(other, person), default=None)
