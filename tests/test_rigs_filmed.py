"""The picture side of result files, and the similarity between two upright bodies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from headless_support import walking_joints, write_result
from standing import write_standing

from rigs.errors import SequenceError
from rigs.filmed import Filmed, load_filmed
from rigs.similarity import Similarity, upright_similarity

FPS = 25.0


def filmed(tmp_path: Path) -> Filmed:
    return load_filmed(write_result(tmp_path / "walk.npz", walking_joints(20, FPS), FPS))


def test_the_camera_sees_the_joints_where_they_are_in_the_picture(tmp_path: Path) -> None:
    film = filmed(tmp_path)
    seen = (film.joints_m - film.world_from_camera[:3, 3]) @ film.world_from_camera[:3, :3]
    pixels = seen[..., :2] / seen[..., 2:] * film.focal_px + film.image_size_px / 2
    np.testing.assert_allclose(pixels, film.joints_px, atol=1e-3)


def test_the_frame_of_a_moment(tmp_path: Path) -> None:
    film = filmed(tmp_path)
    assert [film.nearest(second) for second in (-1.0, 0.0, 0.4 / FPS, 0.6 / FPS, 99.0)] == [0, 0, 0, 1, 19]


def test_results_without_a_camera_are_named(tmp_path: Path) -> None:
    with pytest.raises(SequenceError, match=r"bare\.npz' lacks .*focal_px"):
        load_filmed(write_standing(tmp_path / "bare.npz"))
    with pytest.raises(SequenceError, match="no result file"):
        load_filmed(tmp_path / "none.npz")
    path = write_result(tmp_path / "wrong.npz", walking_joints(20, FPS), FPS)
    with np.load(path) as arrays:
        np.savez(path, **{**arrays, "joints_px": arrays["joints_px"][:-1]})
    with pytest.raises(SequenceError, match=r"wrong\.npz': joints_px must have the shape"):
        load_filmed(path)


@pytest.mark.parametrize("yaw", [0.0, 1.0, 3.0, -2.0])
def test_a_similarity_is_found_again(yaw: float) -> None:
    rotation = np.array([[np.cos(yaw), -np.sin(yaw), 0.0], [np.sin(yaw), np.cos(yaw), 0.0], [0.0, 0.0, 1.0]])
    truth = Similarity(0.37, rotation, np.array([3.0, -2.0, 0.5]))
    points = np.random.default_rng(4).normal(size=(30, 3))
    found = upright_similarity(points, truth.points(points))
    assert found.scale == pytest.approx(truth.scale)
    np.testing.assert_allclose(found.rotation, truth.rotation, atol=1e-9)
    np.testing.assert_allclose(found.points(points), truth.points(points), atol=1e-9)


def test_no_small_change_of_the_similarity_fits_better() -> None:
    """Least squares: the points do not fit exactly, yet every neighbour of the answer fits worse."""
    random = np.random.default_rng(5)
    source, target = random.normal(size=(40, 3)), random.normal(size=(40, 3))
    target += 2.0 * source
    found = upright_similarity(source, target)

    def miss(scale: float, yaw: float, shift: np.ndarray) -> float:
        turn = np.array([[np.cos(yaw), -np.sin(yaw), 0.0], [np.sin(yaw), np.cos(yaw), 0.0], [0.0, 0.0, 1.0]])
        changed = Similarity(found.scale * scale, turn @ found.rotation, found.translation + shift)
        return float(np.sum((changed.points(source) - target) ** 2))

    best = miss(1.0, 0.0, np.zeros(3))
    for step in (-0.02, 0.02):
        assert miss(1.0 + step, 0.0, np.zeros(3)) > best
        assert miss(1.0, step, np.zeros(3)) > best
        for axis in np.eye(3):
            assert miss(1.0, 0.0, step * axis) > best


def test_points_that_tell_nothing_are_refused() -> None:
    with pytest.raises(SequenceError, match="coincide"):
        upright_similarity(np.ones((4, 3)), np.ones((4, 3)))
    post = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    with pytest.raises(SequenceError, match="on its head"):
        upright_similarity(post, -post)
    with pytest.raises(SequenceError, match="equal shapes"):
        upright_similarity(np.ones((4, 3)), np.ones((5, 3)))
