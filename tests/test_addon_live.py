"""What Blender keeps of a running job's previews, and where it draws them; without Blender."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pytest
from blender_host import load_package

load_package()
live = importlib.import_module("pose_from_video.addon.look.live")
inset = importlib.import_module("pose_from_video.addon.look.inset")
strokes = importlib.import_module("pose_from_video.addon.look.strokes")

RNG = np.random.default_rng(0)
SIZE_PX = np.array([640.0, 480.0])


def write(path: Path, frame: int, joints_m: np.ndarray | None = None) -> Path:
    """A preview as the child writes it."""
    joints = np.full((17, 3), np.nan) if joints_m is None else joints_m
    np.savez(
        path, frame=frame, image_size_px=SIZE_PX, picture=np.full((24, 32, 4), frame % 256, np.uint8),
        keypoints_px=RNG.uniform(0, 480, (33, 2)), keypoint_confidence=np.ones(33),
        joints_px=RNG.uniform(0, 480, (17, 2)), confidence=np.ones(17), joints_world_m=joints,
    )  # fmt: skip
    return path


def test_a_long_film_takes_no_more_memory_than_a_short_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PATH_POINTS", 64)
    shown = live.Live()
    path = tmp_path / "a.preview.npz"
    pose = RNG.normal(size=(17, 3))
    for frame in range(3 * live.PATH_POINTS):
        assert shown.look(write(path, frame, pose + np.array([frame, 0.0, 0.0])))
    assert len(shown.trail) == live.TRAIL
    assert np.array_equal(shown.trail[-1][0], shown.latest.joints_m)
    way = shown.path_m
    assert live.PATH_POINTS / 2 <= len(way) <= live.PATH_POINTS
    # thinned out, but from the beginning to the end
    assert way[0, 0] == pytest.approx(pose[0, 0])
    assert way[-1, 0] > pose[0, 0] + 3 * live.PATH_POINTS - 8
    assert (np.diff(way[:, 0]) > 0).all()


def test_nothing_new_and_nobody_there(tmp_path: Path) -> None:
    shown = live.Live()
    path = write(tmp_path / "a.preview.npz", 3)
    assert shown.look(path)
    assert not shown.look(path)
    assert shown.latest.frame == 3
    assert not shown.trail
    assert shown.path_m.shape == (0, 3)


def test_another_job_starts_anew(tmp_path: Path) -> None:
    shown = live.Live()
    shown.look(write(tmp_path / "a.preview.npz", 3, np.zeros((17, 3))))
    shown.look(write(tmp_path / "b.preview.npz", 0, np.ones((17, 3))))
    assert len(shown.trail) == len(shown.path_m) == 1


def test_a_preview_that_is_being_written_is_left_out(tmp_path: Path) -> None:
    old = write(tmp_path / "old.npz", 1, np.zeros((17, 3))).read_bytes()
    new = write(tmp_path / "new.npz", 2, np.ones((17, 3))).read_bytes()
    assert len(old) == len(new)  # so that it can be written in place
    shown = live.Live()
    torn = tmp_path / "a.preview.npz"
    known = 0
    for cut in range(0, len(new), max(len(new) // 97, 1)):
        torn.write_bytes(new[:cut] + old[cut:])
        shown.look(torn)
        if shown.latest is not None:  # whole, or not at all
            known += 1
            assert (shown.latest.joints_m == shown.latest.frame - 1).all()
            assert (shown.latest.picture == shown.latest.frame).all()
            shown.forget()
    assert 0 < known < 97
    torn.unlink()
    assert not shown.look(torn)


@pytest.mark.parametrize("size", [(1200.0, 800.0), (700.0, 900.0), (400.0, 300.0)])
def test_the_inset_stays_in_its_corner(size: tuple[float, float]) -> None:
    covered = (50.0, 30.0)
    place = inset.place_inset(SIZE_PX, size, covered, 1.0)
    assert place.left > covered[0]
    assert place.bottom > covered[1]
    assert place.width / place.height == pytest.approx(SIZE_PX[0] / SIZE_PX[1])
    assert place.width < 0.5 * size[0]
    assert place.height < 0.5 * size[1]
    corners = place.points(np.array([[0.0, 0.0], SIZE_PX, [-1.0, 5.0]]), SIZE_PX)
    assert corners[0] == pytest.approx([place.left, place.bottom + place.height])  # the film's upper left
    assert corners[1] == pytest.approx([place.left + place.width, place.bottom])
    assert np.isnan(corners[2]).all()


def test_insets_stand_side_by_side_while_there_is_room() -> None:
    left, placed = 50.0, []
    while (place := inset.place_inset(SIZE_PX, (1200.0, 800.0), (left, 0.0), 1.0)) is not None:
        assert place.left > left
        left = place.left + place.width
        placed.append(place)
    assert 2 <= len(placed) <= 5
    assert left < 1200.0


def test_a_tiny_view_has_no_inset() -> None:
    assert inset.place_inset(SIZE_PX, (90.0, 60.0), (0.0, 0.0), 1.0) is None


def test_the_figure_fades_into_the_past() -> None:
    trail = [(RNG.normal(size=(17, 3)) - np.array([0.0, 0.0, 5.0]), np.ones(17)) for _ in range(live.TRAIL)]
    camera = np.array([[1.0, 0, 0, 0], [0, 1.0, 0, 0], [0, 0, -1.0, -0.1], [0, 0, -1.0, 0]])
    drawn = strokes.figure_strokes(trail, np.zeros((0, 3)), camera, (800, 600), 1.0)
    faint, _, figure = (each for each, _ in drawn)
    alphas = faint.line_colours[:, 3]
    assert (np.diff(alphas) >= 0.0).all()
    assert alphas.max() < figure.line_colours[:, 3].min()
    assert len(figure.lines) == 2 * len(strokes.BONES)
    assert len(faint.lines) > len(figure.lines)
    assert len(faint.lines) % len(figure.lines) == 0
    assert strokes.figure_strokes([], np.zeros((0, 3)), camera, (800, 600), 1.0) == []
