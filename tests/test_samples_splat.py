"""Quickly drawn surfaces are where they are and hide what is behind them."""

from __future__ import annotations

import numpy as np

from samples.splat import draw_dots, spread_dots

FOCAL_PX = 300.0
TRIANGLES = np.array([[0, 2, 1], [0, 3, 2]])
TOWARDS = np.array([0.0, 0.0, -1.0])
BEHIND = np.full((120, 160, 3), 40, np.uint8)


def square(middle: tuple[float, float, float], side_m: float) -> np.ndarray:
    """(4, 3) corners of a square that faces the camera."""
    return np.array(middle) + side_m / 2 * np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]])


def drawn(vertices: np.ndarray, triangles: np.ndarray, colours: list[float]) -> np.ndarray:
    dots = spread_dots(vertices, triangles, np.random.default_rng(1))
    dots.colour[:] = np.repeat(colours, 2)[dots.owner][:, None]
    return draw_dots(BEHIND, vertices, dots, FOCAL_PX, TOWARDS, np.ones(3))


def test_a_square_is_drawn_where_the_camera_sees_it() -> None:
    picture = drawn(square((0.1, -0.05, 1.0), 0.2), TRIANGLES, [0.9])
    bright = np.argwhere(picture[..., 0] > 140)
    assert np.abs(bright.mean(axis=0)[::-1] - [80 + 30, 60 - 15]).max() < 1.5
    assert np.abs(np.ptp(bright, axis=0) - 60.0).max() <= 3
    assert (picture[80:, :60] == 40).all()


def test_the_nearer_of_two_hides_the_other_whatever_their_order() -> None:
    far, near = square((0.0, 0.0, 2.0), 0.4), square((0.0, 0.0, 1.7), 0.15)
    both = np.concatenate([TRIANGLES, TRIANGLES + 4])
    for vertices, colours in ((np.concatenate([far, near]), [0.2, 0.8]), (np.concatenate([near, far]), [0.8, 0.2])):
        picture = drawn(vertices, both, colours)
        assert picture[60, 80, 0] > 150 > 80 > picture[60, 105, 0]


def test_what_faces_away_is_not_drawn() -> None:
    assert np.array_equal(drawn(square((0.0, 0.0, 1.0), 0.2), TRIANGLES[:, ::-1], [0.9]), BEHIND)
