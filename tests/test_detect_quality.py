"""How closely a film is looked at: frames between looks, and looks in the mirror."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from video_files import SIZE, write_plain

from inference.cancel import Cancellation
from inference.channel import Channel
from inference.detect.between import fill_between
from inference.detect.both_ways import BothWays
from inference.detect.detect_video import detect_video
from inference.detect.detector import Keypoints
from inference.errors import RequestError
from inference.layouts import load_layout
from inference.protocol import QUALITIES as NAMES
from inference.quality import QUALITIES
from inference.request import parse_request
from inference.video import probe

LAYOUT = load_layout("blazepose-33")
COUNT = len(LAYOUT.points)
WIDTH, HEIGHT = SIZE


def truth(time_s: float) -> np.ndarray:
    """(K, 2) pixels of a person who sways."""
    spread = np.linspace(0.0, 1.0, COUNT)
    middle = WIDTH * (0.5 + 0.1 * np.sin(2.0 * time_s))
    return np.stack([middle + 20.0 * np.sin(9.0 * spread), HEIGHT * (0.2 + 0.6 * spread)], axis=-1).astype(np.float32)


class Swaying:
    """A detector that knows where everybody is, told mirror images by nothing, and errs to one side by `bias_px`."""

    layout = LAYOUT.name

    def __init__(self, mirrored: bool = False, bias_px: float = 0.0, lost: tuple[float, float] = (9.0, 9.0)) -> None:
        self.mirrored, self.bias_px, self.lost = mirrored, bias_px, lost
        self.looks: list[float] = []
        self.closed = False

    def detect(self, frame_bgr: np.ndarray, time_s: float) -> Keypoints | None:
        self.looks.append(time_s)
        if self.lost[0] <= time_s < self.lost[1]:
            return None
        px = truth(time_s)
        world = np.concatenate([px / 100.0, np.zeros((COUNT, 1), np.float32)], axis=1)
        if self.mirrored:  # as a detector sees a mirror image: sides change names
            px = (px * [-1.0, 1.0] + [frame_bgr.shape[1], 0.0])[LAYOUT.mirrored]
            world = (world * [-1.0, 1.0, 1.0])[LAYOUT.mirrored]
        px = px + np.array([self.bias_px, 0.0])
        return Keypoints(px.astype(np.float32), np.full(COUNT, 0.9, np.float32), world.astype(np.float32))

    def close(self) -> None:
        self.closed = True


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_plain(tmp_path_factory.mktemp("film") / "film.mp4", frames=32)


def track(film: Path, detector: Swaying, every: int):
    return detect_video(probe(film), detector, Channel(io.StringIO()), Cancellation(), look_every=every)


@pytest.mark.parametrize("every", [1, 2, 3, 5, 40])
def test_every_nth_frame_and_the_last_are_looked_at(film: Path, every: int) -> None:
    detector = Swaying()
    found = track(film, detector, every)
    frames = sorted({*range(0, len(found), every), len(found) - 1})
    np.testing.assert_allclose(detector.looks, found.times_s[frames], atol=1e-6)
    exact = np.stack([truth(time) for time in found.times_s])
    np.testing.assert_array_equal(found.px[frames], exact[frames])
    step = np.abs(np.diff(exact[frames], axis=0)).max()
    assert every > 5 or np.abs(found.px - exact).max() <= 0.25 * step
    assert (found.confidence > 0.0).all() and np.isfinite(found.world).all()


def test_edges_of_the_background_come_along_with_the_points(film: Path) -> None:
    """The bar that goes through the picture; half-way, in frame 15, the person is before it."""
    edges = track(film, Swaying(), 1).edges
    assert set(edges[:, 0].tolist()) == {0.0, 30.0}
    assert np.abs(edges[:, 1] - edges[:, 3]).max() < 1.0 and np.abs(edges[:, 2] - edges[:, 4]).min() > 50.0


def test_nothing_is_made_up_beside_a_look_that_found_nobody(film: Path) -> None:
    period = 1.0 / probe(film).fps
    detector = Swaying(lost=(8.5 * period, 9.5 * period))
    found = track(film, detector, 3)
    empty = ~np.isfinite(found.px).all(axis=(1, 2))
    assert np.flatnonzero(empty).tolist() == [7, 8, 9, 10, 11]
    assert (found.confidence[empty] == 0.0).all() and (found.confidence[~empty] > 0.0).all()


def test_a_curve_stays_between_its_neighbours() -> None:
    rng = np.random.default_rng(7)
    times = np.cumsum(rng.uniform(0.01, 0.1, 61))
    rows = rng.normal(size=(61, 4, 2)).astype(np.float32)
    looked = np.zeros(61, np.bool_)
    looked[::4] = True
    filled = fill_between(rows, looked, np.ones(61, np.bool_), times)
    np.testing.assert_array_equal(filled[looked], rows[looked])
    for start in range(0, 60, 4):
        ends = rows[[start, start + 4]]
        between = filled[start : start + 5]
        assert (between >= ends.min(axis=0) - 1e-5).all() and (between <= ends.max(axis=0) + 1e-5).all()


def test_looks_both_ways_agree_and_cancel_what_leans_to_one_side() -> None:
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for bias in (0.0, 4.0):
        made = iter((Swaying(bias_px=bias), Swaying(mirrored=True, bias_px=bias)))
        found = BothWays(lambda made=made: next(made)).detect(image, 0.3)
        np.testing.assert_allclose(found.px, truth(0.3), atol=1e-3)
        plain = Swaying().detect(image, 0.3)
        np.testing.assert_allclose(found.world, plain.world, atol=1e-5)
        np.testing.assert_allclose(found.confidence, plain.confidence, atol=1e-6)


def test_one_look_is_enough_and_two_people_are_not_mixed() -> None:
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    never = (0.0, 9.0)
    for lost in ((never, (9.0, 9.0)), ((9.0, 9.0), never)):
        detectors = [Swaying(lost=lost[0]), Swaying(mirrored=True, lost=lost[1])]
        rest = iter(detectors)
        both = BothWays(lambda rest=rest: next(rest))
        np.testing.assert_allclose(both.detect(image, 0.1).px, truth(0.1), atol=1e-3)
        both.close()
        assert all(each.closed for each in detectors)
    rest = iter((Swaying(), Swaying(mirrored=True, bias_px=-400.0)))
    np.testing.assert_array_equal(BothWays(lambda: next(rest)).detect(image, 0.1).px, truth(0.1))


def test_levels_differ_and_are_known_by_name() -> None:
    assert len(set(QUALITIES.values())) == len(NAMES) == len(QUALITIES)
    for name in NAMES:
        assert parse_request({"video": "a.mp4", "output": "a.npz", "quality": name}).quality == name
    with pytest.raises(RequestError, match="'superb'"):
        parse_request({"video": "a.mp4", "output": "a.npz", "quality": "superb"})
