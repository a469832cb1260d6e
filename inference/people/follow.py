"""Where a chosen person goes through a film: looked at ten times a second, forwards and backwards from the choice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..cancel import Cancellation
from ..detect.detector import Detector, Keypoints
from ..errors import InferenceError, RequestError
from ..video import Frame, VideoInfo
from .find import PeopleFinder, Person
from .frames import backwards, forwards, read_frame
from .told_apart import everybody
from .tracker import Sight, Tracker

_STEP_S: Final = 0.1
_REACH: Final = 0.1
"""The place named lies in the box around whoever is meant, or this near to it, in sizes."""
_ALONE_S: Final = 0.15
"""Beside a gap somebody is believed to stay where they were seen for so long."""
_BRIDGED_S: Final = 0.35
"""Between two sights no farther apart somebody is taken to be where a straight line says."""

Progress = Callable[[int, int], None]
"""Told frames done and frames in all; 0 in all = unknown."""


@dataclass(frozen=True, slots=True)
class Route:
    """The chosen person's way through the film, and who else was in sight.

    Attributes:
        sights: in the order of time, pixels of the pictures as decoded; at least one shows the person.
    """

    sights: tuple[Sight, ...]
    _times_s: NDArray[np.float64] = field(init=False, repr=False, compare=False)
    _seen: tuple[tuple[float, Keypoints], ...] = field(init=False, repr=False, compare=False)
    _seen_s: NDArray[np.float64] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Once, and not for each frame that asks.
        seen = tuple((sight.time_s, sight.chosen.keypoints) for sight in self.sights if sight.chosen is not None)
        object.__setattr__(self, "_times_s", np.array([sight.time_s for sight in self.sights]))
        object.__setattr__(self, "_seen", seen)
        object.__setattr__(self, "_seen_s", np.array([at for at, _ in seen]))

    def expected(self, time_s: float) -> tuple[Keypoints | None, tuple[Person, ...]]:
        """Points of the chosen person at a time, in pixels, None where out of sight; and everybody else in sight."""
        nearest = self.sights[int(np.argmin(np.abs(self._times_s - time_s)))]
        return self._between(time_s), nearest.others

    def _between(self, time_s: float) -> Keypoints | None:
        after = int(np.searchsorted(self._seen_s, time_s))
        sides = [self._seen[k] for k in (after - 1, after) if 0 <= k < len(self._seen)]
        (first_s, first), (last_s, last) = sides[0], sides[-1]
        if len(sides) == 1 or last_s - first_s > _BRIDGED_S:
            near_s, near = min(sides, key=lambda side: abs(side[0] - time_s))
            return near if abs(near_s - time_s) <= _ALONE_S else None
        share = np.float32((time_s - first_s) / max(last_s - first_s, 1e-9))

        def mixed(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
            return (1 - share) * one + share * other

        assert first.world is not None and last.world is not None  # BlazePose has its own 3D
        return Keypoints(
            mixed(first.px, last.px), mixed(first.confidence, last.confidence), mixed(first.world, last.world)
        )

    def unseen_s(self) -> list[tuple[float, float]]:
        """Stretches of time in which the person was out of sight for longer than is bridged."""
        gaps, last = [], self.sights[0].time_s
        for sight in self.sights:
            if sight.chosen is not None:
                if sight.time_s - last > _BRIDGED_S:
                    gaps.append((last, sight.time_s))
                last = sight.time_s
        if self.sights[-1].time_s - last > _BRIDGED_S:
            gaps.append((last, self.sights[-1].time_s))
        return gaps


def follow(
    info: VideoInfo,
    person: tuple[int, float, float],
    start: int,
    end: int | None,
    finder: PeopleFinder,
    detector: Detector,
    cancellation: Cancellation,
    progress: Progress,
) -> Route:
    """Follows whoever is at a place in one frame of a film.

    Args:
        info: the film.
        person: frame, counted from the film's first, and x, y in pixels of the upright picture.
        start, end: frames that matter, half-open; the chosen one lies among them.
        finder: looks at single pictures.
        detector: goes on from picture to picture; a new one.
        cancellation: looked at with each frame.
        progress: told how far it is.

    Raises:
        RequestError: the frame or the place lies outside.
        InferenceError: nobody is there (`nobody-there`).
    """
    frame, x, y = person
    width, height = info.size_px
    if not (0.0 <= x < width and 0.0 <= y < height):
        raise RequestError(f"The place {x:g}, {y:g} of person lies outside the picture of {width}x{height} pixels.")
    if frame < start or (end is not None and frame >= end):
        raise RequestError(f"person names frame {frame}, which is not among the frames {start}..{end} looked at.")
    total = info.frame_count and max(min(info.frame_count, end or info.frame_count) - start, 0)
    shown = read_frame(info, frame, cancellation, lambda done: progress(0, total))
    people = everybody(finder, shown.image)
    chosen = _at(people, np.array([x, y]) * shown.scale, info, frame)
    others = [other for other in people if other is not chosen]
    stride = max(round(_STEP_S * info.fps), 1)

    def go(frames: Iterator[Frame]) -> list[Sight]:
        tracker = Tracker(finder, detector, shown.image, shown.time_s, chosen, others)
        return [tracker.step(each.image, each.time_s) for each in frames]

    there = go(forwards(info, frame + stride, end, stride, cancellation, lambda at: progress(at - frame, total)))
    done = len(there) * stride
    back = go(
        backwards(info, frame - stride, start, stride, cancellation, lambda at: progress(done + frame - at, total))
    )
    return Route((*back[::-1], Sight(shown.time_s, chosen, tuple(others)), *there))


def _at(people: list[Person], place_px: NDArray[np.float64], info: VideoInfo, frame: int) -> Person:
    there = [one for one in people if _outside_px(one, place_px) <= _REACH * one.size_px]
    if not there:
        raise InferenceError(
            "nobody-there",
            f"Nobody was found at that place in frame {frame} of {info.path.name}.",
            "Choose one of the people that are listed for the frame, or another frame.",
        )
    return min(there, key=lambda one: float(np.linalg.norm(one.middle_px - place_px)) / one.size_px)


def _outside_px(person: Person, place_px: NDArray[np.float64]) -> float:
    """How far a place lies outside the box around somebody."""
    low, high = person.box_px[:2], person.box_px[2:]
    return float(np.linalg.norm(place_px - np.clip(place_px, low, high)))
