"""Follows one person from picture to picture, and those nearby, so that nobody is taken for somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from ..detect.detector import Detector
from ..video import Image
from .find import SAME, PeopleFinder, Person, apart, person_of
from .looks import colours, unlike
from .told_apart import tight
from .view import AROUND, detect_in, look_afresh, square

_REACHES: Final = (0.6, 1.4)
"""Half the sides of the views around the expected place, in sizes; the near one tells two who stand close apart."""
_NEAR: Final = 1.2
"""Others who are this near, in sizes, are looked at each time ..."""
_LOOK_EVERY_S: Final = 0.5
"""... and newcomers are looked for so often."""
_STEP: Final = 0.35
"""How far somebody may be from the expected place, in sizes ..."""
_STEP_PER_S: Final = 1.5
"""... and so much more for each second since."""
_MOST_GROWTH: Final = 0.5
"""Logarithm of how much a size may change at once."""
_COST_LOOKS: Final = 1.5
"""What quite other clothes cost; the farthest step that is believed costs 1."""
_MOST_COST: Final = 1.6
"""Who would cost more is somebody else."""
_HIDDEN: Final = 0.4
"""Of two people who are this near, in sizes, one may hide the other."""
_TOLD_APART: Final = 0.3
"""How much more one's clothes and size must be those that are seen."""
_STRANGE: Final = 0.6
"""Who is dressed this differently is somebody else."""
_TURN: Final = 0.35
"""How much of a step's speed goes into the speed that is believed."""
_GROW: Final = 0.3
"""How fast, in logarithms, the size that is believed follows those seen: once, only a part of somebody may be seen."""
_CHANGE: Final = 0.15
"""How fast the picture of somebody's clothes follows the light."""
_FORGET_S: Final = 3.0
"""Somebody else who was not seen for so long is forgotten."""
_COAST_S: Final = 1.0
"""Nobody keeps a speed for longer unseen."""
_LONG_COAST_S: Final = 2.0
"""... but it tells two lost people apart for as long as this."""
_SEARCH_AFTER_S: Final = 1.0
"""Somebody who was not seen for so long is searched for, around the last place and ..."""
_SEARCH_EVERY_S: Final = 0.5
"""... so often everywhere; ..."""
_SEARCH_STRANGE: Final = 0.35
"""... they are dressed no more differently than this, ..."""
_SEARCH_GROWTH: Final = 0.7
"""... their size, in logarithms, has changed by no more, ..."""
_COST_WAY: Final = 0.5
"""... and a size from where they were expected costs as much as clothes that are so different."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one picture showed.

    Attributes:
        time_s: of the picture.
        chosen: the person who is followed, None where unseen; pixels of the picture.
        others: everybody else in sight, and who was in sight a moment ago, where they should be by now.
    """

    time_s: float
    chosen: Person | None
    others: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    """Somebody who was seen: where last, how fast, how large as a rule, in which clothes."""

    person: Person
    size_px: float
    velocity_px_s: NDArray[np.float64]
    colours: NDArray[np.float64]
    time_s: float

    def expected_px(self, time_s: float, coast_s: float = _COAST_S) -> NDArray[np.float64]:
        """(2,) where the trunk should be by now; after `coast_s` it stays."""
        away_s = float(np.clip(time_s - self.time_s, -coast_s, coast_s))
        return np.asarray(self.person.trunk_px + away_s * self.velocity_px_s)

    def expected(self, time_s: float) -> Person:
        """As last seen, where they should be by now."""
        return self.person.moved(self.expected_px(time_s) - self.person.trunk_px)

    def seen(self, image: Image, person: Person, time_s: float) -> _Known:
        """The same one, seen again."""
        velocity = (person.trunk_px - self.person.trunk_px) / (time_s - self.time_s)
        now = colours(image, person)
        mixed = np.where(np.isnan(now), self.colours, (1 - _CHANGE) * self.colours + _CHANGE * now)
        return _Known(
            person,
            float(self.size_px ** (1 - _GROW) * person.size_px**_GROW),
            (1 - _TURN) * self.velocity_px_s + _TURN * velocity,
            np.where(np.isnan(mixed), now, mixed),
            time_s,
        )


class Tracker:
    """Goes with one person through pictures in the order of time, or against it.

    Args:
        finder: looks at single pictures.
        detector: goes on from picture to picture where it found somebody last.
        image: the picture in which the person was chosen.
        time_s: its time.
        chosen: the person.
        others: everybody else in it.
    """

    def __init__(
        self,
        finder: PeopleFinder,
        detector: Detector,
        image: Image,
        time_s: float,
        chosen: Person,
        others: list[Person],
    ) -> None:
        self._finder, self._detector = finder, detector
        self._chosen = _known(image, chosen, time_s)
        self._first_colours = self._chosen.colours
        self._others = [_known(image, other, time_s) for other in others]
        self._began_s = self._looked_s = self._searched_s = time_s
        look_afresh(detector, 0.0)

    def step(self, image: Image, time_s: float) -> Sight:
        """Looks for the person in the next picture (H, W, 3) BGR."""
        lost = abs(time_s - self._chosen.time_s) > _SEARCH_AFTER_S
        close = self._close(image, time_s)
        ahead = None if lost else self._go_on(image, time_s)
        people = close + ([] if ahead is None else [ahead]) + self._look(image, time_s, lost, ahead)
        people = [one for n, one in enumerate(people) if all(apart(one, other) > SAME for other in people[:n])]
        known = [self._chosen, *self._others]
        owners = _assign(known, people, image, time_s, self._first_colours)
        self._doubt(known, people, owners, image, time_s)
        chosen = self._found_again(image, people, time_s) if lost else owners[0]
        others = []
        for number, person in enumerate(people):
            owner = next((k for k, taken in owners.items() if taken == number and k > 0), None)
            if number == chosen:
                self._chosen = self._chosen.seen(image, person, time_s)
            elif owner is not None:
                others.append(known[owner].seen(image, person, time_s))
            elif chosen is not None:  # while the chosen one is unseen, a new face may well be theirs
                others.append(_known(image, person, time_s))
        seen_again = {k for k, taken in owners.items() if k > 0 and taken is not None}
        unseen = [one for k, one in enumerate(self._others, 1) if k not in seen_again]
        self._others = others + [one for one in unseen if abs(time_s - one.time_s) < _FORGET_S]
        if ahead is not None and (chosen is None or apart(people[chosen], ahead) > SAME):
            look_afresh(self._detector, abs(time_s - self._began_s))
        hidden = [one.expected(time_s) for one in unseen if abs(time_s - one.time_s) < _COAST_S]
        rivals = (*(one.person for one in others), *hidden)
        return Sight(time_s, None if chosen is None else people[chosen], rivals)

    def _go_on(self, image: Image, time_s: float) -> Person | None:
        """Who is where the person should be by now, for a detector that goes on where it found them last."""
        person = self._chosen.expected(time_s)
        box = square(person.middle_px, AROUND * max(person.box_px[2:] - person.box_px[:2]))
        found = detect_in(self._detector, image, box, abs(time_s - self._began_s))
        return None if found is None else person_of(found)

    def _close(self, image: Image, time_s: float) -> list[Person]:
        """Who is seen in views of as little as can be, where somebody else is near: two may be taken for one."""
        near = self._near(time_s)
        if not near:
            return []
        views = [tight(one.expected(time_s)) for one in (self._chosen, *near)]
        return [person for view in views for person in self._finder.inside(image, view)]

    def _near(self, time_s: float) -> list[_Known]:
        """Those who may be near the person by now."""
        at, reach = self._chosen.expected_px(time_s), _NEAR * self._chosen.size_px
        return [one for one in self._others if np.linalg.norm(one.expected_px(time_s) - at) < reach]

    def _look(self, image: Image, time_s: float, lost: bool, ahead: Person | None) -> list[Person]:
        """Everybody around the expected place, where that is not plain; everywhere at times when the person is lost."""
        size, at = self._chosen.size_px, self._chosen.expected_px(time_s)
        if lost and abs(time_s - self._searched_s) >= _SEARCH_EVERY_S:
            self._searched_s = time_s
            return self._finder.of_size(image, size)
        if ahead is not None and not self._near(time_s) and abs(time_s - self._looked_s) < _LOOK_EVERY_S:
            return []
        self._looked_s = time_s
        views = [square(at, reach * size) for reach in (_REACHES[-1:] if lost else _REACHES)]
        return [person for view in views for person in self._finder.inside(image, view)]

    def _doubt(
        self, known: list[_Known], people: list[Person], owners: dict[int, int | None], image: Image, time_s: float
    ) -> None:
        """Where one of two hides the other and neither clothes nor size tell who it is, neither was seen."""
        at = known[0].expected_px(time_s)
        for number, other in enumerate(known[1:], 1):
            apart_px = np.linalg.norm(other.expected_px(time_s) - at)
            seen = owners[0] if owners[number] is None else owners[number] if owners[0] is None else None
            if seen is None or apart_px > _HIDDEN * known[0].size_px:
                continue
            worn = colours(image, people[seen])
            mine, theirs = (_unlikeness(one, people[seen], worn) for one in (known[0], other))
            if abs(mine - theirs) < _TOLD_APART:
                owners[0] = owners[number] = None

    def _found_again(self, image: Image, people: list[Person], time_s: float) -> int | None:
        """Who of these is the lost person, by clothes and size, and by the way they went where clothes are alike."""
        if not people:
            return None
        worn = [colours(image, person) for person in people]
        strange = np.array([[unlike(one.colours, c) for c in worn] for one in (self._chosen, *self._others)])
        away = np.array(
            [
                [float(np.linalg.norm(one.expected_px(time_s, _LONG_COAST_S) - person.trunk_px)) for person in people]
                for one in (self._chosen, *self._others)
            ]
        )
        costs = strange + _COST_WAY * np.minimum(away / self._chosen.size_px, 1.0)
        rows, columns = linear_sum_assignment(costs)
        taken = dict(zip(rows.tolist(), columns.tolist(), strict=True)).get(0)
        if taken is None or strange[0, taken] > _SEARCH_STRANGE:
            return None
        return taken if _growth(self._chosen, people[taken]) < _SEARCH_GROWTH else None


def _known(image: Image, person: Person, time_s: float) -> _Known:
    return _Known(person, person.size_px, np.zeros(2), colours(image, person), time_s)


def _assign(
    known: list[_Known], people: list[Person], image: Image, time_s: float, first_colours: NDArray[np.float64] | None
) -> dict[int, int | None]:
    """Who is who: index in `known` -> index in `people`, None where unseen; the least total cost (Kuhn-Munkres)."""
    owners: dict[int, int | None] = dict.fromkeys(range(len(known)))
    if not people or not known:
        return owners
    worn = [colours(image, person) for person in people]
    costs = np.array([[_cost(one, p, c, time_s) for p, c in zip(people, worn, strict=True)] for one in known])
    if first_colours is not None:  # the chosen one: never somebody in quite other clothes
        strange = [unlike(first_colours, c) > _STRANGE and unlike(known[0].colours, c) > _STRANGE for c in worn]
        costs[0, strange] = np.inf
    # To be unseen costs as much as the worst that is believed.
    padded = np.concatenate([np.minimum(costs, 2 * _MOST_COST), np.full((len(known), len(known)), _MOST_COST)], axis=1)
    for row, column in zip(*linear_sum_assignment(padded), strict=True):
        if column < len(people) and costs[row, column] <= _MOST_COST:
            owners[int(row)] = int(column)
    return owners


def _growth(one: _Known, person: Person) -> float:
    return abs(float(np.log(person.size_px / one.size_px)))


def _unlikeness(one: _Known, person: Person, worn: NDArray[np.float64]) -> float:
    """How different somebody's clothes and size are; 0.3 in size is a third more."""
    return unlike(one.colours, worn) + _growth(one, person)


def _cost(one: _Known, person: Person, worn: NDArray[np.float64], time_s: float) -> float:
    away_s = abs(time_s - one.time_s)
    size = max(one.size_px, person.size_px)
    step = float(np.linalg.norm(one.expected_px(time_s) - person.trunk_px)) / size
    growth = _growth(one, person)
    if step > _STEP + _STEP_PER_S * away_s or growth > _MOST_GROWTH + 0.5 * away_s:
        return np.inf
    return step / (_STEP + _STEP_PER_S * away_s) + growth / _MOST_GROWTH * 0.5 + _COST_LOOKS * unlike(one.colours, worn)
