"""One of several people: the parts that need no network."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from video_files import bar_position, write_plain

from inference.cancel import Cancellation
from inference.detect.detector import Keypoints
from inference.edit.splice import splice
from inference.errors import InferenceError
from inference.keypoint_track import KeypointTrack
from inference.people import frames
from inference.people.find import Person, distinct, person_of
from inference.people.follow import Route, follow
from inference.people.looks import colours, unlike
from inference.people.told_apart import everybody
from inference.people.tracker import Sight, Tracker
from inference.video import Image, probe

RNG = np.random.default_rng(4)
FIGURE = RNG.uniform([-20.0, -60.0], [20.0, 60.0], (33, 2)).astype(np.float32)


def somebody(x: float, y: float = 100.0, scale: float = 1.0, sure: float = 0.9) -> Person:
    """A figure whose middle is at x, y."""
    points = Keypoints(FIGURE * scale + [x, y], np.full(33, sure, np.float32), np.zeros((33, 3), np.float32))
    return person_of(Keypoints(points.px.astype(np.float32), points.confidence, points.world))


def reading(_frame: int) -> None:
    """Nobody listens."""


@pytest.mark.parametrize(("last", "start", "stride"), [(39, 0, 3), (20, 7, 1), (5, 0, 10), (2, 3, 1)])
def test_backwards_is_forwards_from_the_other_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: int, start: int, stride: int
) -> None:
    monkeypatch.setattr(frames, "_CHUNK_FRAMES", 8)  # several pieces even of a short film
    info, never = probe(write_plain(tmp_path / "film.mp4")), Cancellation()
    back = list(frames.backwards(info, last, start, stride, never, reading))
    assert [frame.index for frame in back] == list(range(last, start - 1, -stride))
    first = back[-1].index if back else last
    there = list(frames.forwards(info, first, last + 1, stride, never, reading)) if back else []
    for one, other in zip(back[::-1], there, strict=True):
        assert one.time_s == other.time_s
        assert int(one.image[60].sum(axis=-1).argmax()) == pytest.approx(bar_position(one.index) + 3, abs=5)


class OneInFront:
    """A finder and a detector that see one figure alone."""

    def __init__(self, seen: Person) -> None:
        self.seen = seen

    def everywhere(self, _image: Image) -> list[Person]:
        return [self.seen]

    def inside(self, _image: Image, _box: np.ndarray) -> list[Person]:
        return [self.seen]

    def detect(self, _image: Image, _time_s: float) -> None:
        return None


@pytest.mark.parametrize(("other", "scale", "seen"), [(1.0, 1.0, False), (0.65, 1.0, True), (0.65, 0.65, False)])
def test_who_hides_somebody_alike_is_known_by_size(other: float, scale: float, seen: bool) -> None:
    """Two in the same clothes meet, one is seen: of two sizes it is known who that is, of one size it is not."""
    picture = np.full((200, 300, 3), 90, np.uint8)
    sees = OneInFront(somebody(130.0, scale=scale))
    tracker = Tracker(sees, sees, picture, 0.0, somebody(110.0), [somebody(150.0, scale=other)])  # type: ignore[arg-type]
    assert (tracker.step(picture, 0.1).chosen is not None) == seen


def test_a_look_at_a_part_of_somebody_does_not_make_them_small() -> None:
    """Once only a leg is found; who stands there whole after that, lit otherwise, is still the same."""
    picture, sees = np.full((200, 300, 3), 90, np.uint8), OneInFront(somebody(110.0))
    tracker = Tracker(sees, sees, picture, 0.0, somebody(110.0), [])  # type: ignore[arg-type]
    for number, (x, scale, light) in enumerate([(110.0, 1.0, 90), (112.0, 0.6, 90), (142.0, 1.0, 122)], 1):
        sees.seen = somebody(x, scale=scale)
        assert tracker.step(np.full_like(picture, light), 0.1 * number).chosen is sees.seen


@pytest.mark.parametrize(("x", "there"), [(45.0, True), (79.0, True), (90.0, True), (100.0, False), (10.0, False)])
def test_a_click_beside_somebody_is_on_nobody(tmp_path: Path, x: float, there: bool) -> None:
    """A figure 40 pixels wide around x = 60, and a tenth of its diagonal to either side."""
    info, sees = probe(write_plain(tmp_path / "film.mp4")), OneInFront(somebody(60.0, 60.0))

    def choose() -> Route:
        return follow(info, (3, x, 60.0), 0, 7, sees, sees, Cancellation(), lambda _done, _all: None)  # type: ignore[arg-type]

    if there:
        assert any(sight.chosen is sees.seen for sight in choose().sights)
    else:
        with pytest.raises(InferenceError, match="Nobody was found at that place in frame 3"):
            choose()


def test_a_route_lies_between_its_sights_and_nowhere_beyond() -> None:
    times = np.arange(0.0, 1.01, 0.1)
    seen = [0, 1, 2, 3, 7, 8, 9]
    sights = tuple(
        Sight(float(t), somebody(100.0 + 50.0 * t) if n in seen else None, (somebody(300.0),))
        for n, t in enumerate(times)
    )
    route = Route(sights)
    for time_s in (0.03, 0.1, 0.25, 0.71, 0.9):
        expected, others = route.expected(time_s)
        assert expected is not None
        assert np.allclose(expected.px, somebody(100.0 + 50.0 * time_s).keypoints.px, atol=1e-3)
        assert len(others) == 1
    assert route.expected(0.5)[0] is None
    assert route.expected(1.2)[0] is None
    assert route.unseen_s() == [(pytest.approx(0.3), pytest.approx(0.7))]


def test_one_person_seen_several_times_is_one() -> None:
    people = [somebody(100.0), somebody(104.0, sure=0.8), somebody(300.0), somebody(101.0, 130.0, 0.4, 0.6)]
    assert [round(float(one.middle_px[0])) for one in distinct(people)] == [
        round(float(somebody(x).middle_px[0])) for x in (100.0, 300.0)
    ]


class OneBeforeTheOther:
    """A finder that takes two people for one, with the head of one and the legs of the other, while it sees both."""

    def __init__(self, farther: Person, nearer: Person) -> None:
        self.farther, self.nearer = farther, nearer
        low = np.arange(33) >= 23
        px = np.where(low[:, None], nearer.keypoints.px, farther.keypoints.px)
        self.mixed = person_of(Keypoints(px, farther.keypoints.confidence, farther.keypoints.world))

    def everywhere(self, _image: Image) -> list[Person]:
        return [self.mixed]

    def inside(self, _image: Image, box: np.ndarray) -> list[Person]:
        head, legs = box[1] < self.farther.box_px[1] + 5.0, box[3] > self.nearer.box_px[3] - 5.0
        if head:
            return [self.mixed if legs else self.farther]
        return [self.nearer] if legs and box[1] < self.nearer.box_px[1] + 15.0 else []


def test_who_stands_before_somebody_else_is_told_apart() -> None:
    farther, nearer = somebody(100.0, 100.0), somebody(104.0, 130.0, 1.1)
    finder = OneBeforeTheOther(farther, nearer)
    people = everybody(finder, np.zeros((300, 300, 3), np.uint8))  # type: ignore[arg-type]
    assert [one.box_px.tolist() for one in people] == [farther.box_px.tolist(), nearer.box_px.tolist()]


class Headless:
    """A finder that makes a pose of whatever it sees of one person, the head where the view begins."""

    def __init__(self, person: Person) -> None:
        self.person = person

    def everywhere(self, _image: Image) -> list[Person]:
        return [self.person]

    def inside(self, _image: Image, box: np.ndarray) -> list[Person]:
        px = self.person.keypoints.px.copy()
        top, bottom = self.person.box_px[[1, 3]]
        cut = max(float(box[1]), float(top))
        px[:, 1] = cut + (px[:, 1] - top) * (bottom - cut) / (bottom - top)
        return [person_of(Keypoints(px, self.person.keypoints.confidence, self.person.keypoints.world))]


def test_a_body_without_its_head_is_nobody_else() -> None:
    alone = somebody(100.0)
    assert everybody(Headless(alone), np.zeros((300, 300, 3), np.uint8)) == [alone]  # type: ignore[arg-type]


def picture(colour: tuple[int, int, int]) -> Image:
    return np.full((200, 400, 3), colour, np.uint8)


def test_clothes_tell_people_apart() -> None:
    person, again = somebody(100.0), somebody(260.0)
    red, blue = picture((40, 40, 200)), picture((200, 60, 40))
    assert unlike(colours(red, person), colours(red, again)) < 0.05
    assert unlike(colours(red, person), colours(blue, person)) > 0.9
    assert unlike(colours(red, person), colours(red, somebody(5000.0))) == 0.5


def track(count: int, at: float) -> KeypointTrack:
    px = np.full((count, 17, 2), at, np.float32)
    return KeypointTrack(
        "coco-17", px, np.ones((count, 17), np.float32), np.full((count, 17, 3), at, np.float32),
        np.arange(count) / 30.0, 30.0, (640, 480), 7,
    )  # fmt: skip


def test_frames_that_were_done_again_go_where_their_times_are() -> None:
    base, anew = track(20, 1.0), track(6, 2.0)
    lacking = replace(
        anew, px=anew.px[[0, 1, 4]], confidence=anew.confidence[[0, 1, 4]], world=anew.world[[0, 1, 4]],
        times_s=anew.times_s[[0, 1, 4]],
    )  # fmt: skip
    joined = splice(base, lacking, 10, "film.mp4")
    assert np.flatnonzero(joined.px[:, 0, 0] == 2.0).tolist() == [10, 11, 14]
    assert np.flatnonzero(joined.world[:, 0, 0] == 2.0).tolist() == [10, 11, 14]
    assert (joined.first_frame, len(joined)) == (7, 20)
    nobody = replace(anew, confidence=np.zeros_like(anew.confidence))
    with pytest.raises(InferenceError, match=r"frames 10 to 15 of film\.mp4"):
        splice(base, nobody, 10, "film.mp4")
