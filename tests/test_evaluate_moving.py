"""Virtual cameras over the sample film: what they film is what their truth says."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from inference.evaluate.film_run import FILM, TRUTH
from inference.evaluate.moving import Motion, film_through, motions, moving_table
from inference.evaluate.world_measures import path_errors

FRAMES = 12


@pytest.fixture(scope="module")
def truth() -> dict[str, np.ndarray]:
    with np.load(TRUTH, allow_pickle=False) as stored:
        return dict(stored)


def test_the_person_is_mostly_in_sight(truth: dict[str, np.ndarray]) -> None:
    joints, focal = truth["joints_camera_m"].astype(float), float(truth["focal_px"])
    for name, motion in motions(joints, 30.0, 1).items():
        seen = np.einsum("tij,tpj->tpi", motion.turns.inv().as_matrix(), joints)
        px = focal * motion.zooms[:, None, None] * seen[..., :2] / seen[..., 2:] + 224.0
        assert np.mean((px > 0).all(axis=-1) & (px < 448).all(axis=-1)) > 0.94, name


def test_a_virtual_camera_films_what_lies_on_its_rays(truth: dict[str, np.ndarray], tmp_path: Path) -> None:
    """A pixel of the film, carried along its ray, has its colour in the virtual film."""
    focal = float(truth["focal_px"])
    turns = Rotation.from_rotvec(np.outer(np.linspace(0.0, 1.0, FRAMES), [0.02, 0.08, 0.05]))
    film_through(Motion(turns, np.linspace(1.0, 1.2, FRAMES)), focal, 30.0, tmp_path / "seen.avi")
    there, here = cv2.VideoCapture(str(FILM)), cv2.VideoCapture(str(tmp_path / "seen.avi"))
    for number in range(FRAMES):
        before, after = there.read()[1], here.read()[1]
        grid = np.stack(np.meshgrid(np.arange(100, 350, 10), np.arange(100, 350, 10)), axis=-1).reshape(-1, 2)
        zoom = np.linspace(1.0, 1.2, FRAMES)[number]
        rays = np.concatenate([(grid + 0.0 - 224.0) / (focal * zoom), np.ones((len(grid), 1))], axis=1)
        rays = turns[number].apply(rays)
        x, y = (focal * rays[:, :2] / rays[:, 2:] + np.array([320.0, 240.0])).T
        expected = cv2.remap(before, x[None].astype(np.float32), y[None].astype(np.float32), cv2.INTER_LINEAR)[0]
        off = np.abs(expected.astype(float) - after[grid[:, 1], grid[:, 0]])
        assert np.median(off) < 4.0 and np.percentile(off, 90) < 25.0
    assert not here.read()[0]


def test_path_errors_are_shares_of_the_way(truth: dict[str, np.ndarray]) -> None:
    joints = truth["joints_camera_m"].astype(float)
    turned = joints @ Rotation.from_rotvec([0.3, -0.2, 0.5]).as_matrix().T + [1.0, 2.0, 3.0]
    assert path_errors(turned, joints, 30.0) == pytest.approx((0.0, 0.0), abs=1e-9)
    drift = joints.copy()
    drift[30:, :, 0] += np.linspace(0.0, 0.5, len(joints) - 30)[:, None]
    mean, last = path_errors(drift, joints, 30.0) or (0.0, 0.0)
    assert last == pytest.approx(2.0 * mean, rel=0.02) and mean > 0.01
    assert path_errors(joints[:60] * 0.0, joints[:60] * 0.0, 30.0) is None


def test_the_table_has_a_line_for_each_camera() -> None:
    text = moving_table({"standing still": {"root_error_pct": 2.0}, "panning": {"root_error_pct": 2.5, "gain": 0.25}})
    assert "| standing still | 2.00 |  |" in text and "| panning | 2.50 |  | 0.25 |" in text
