"""Straight edges of the background: found in pictures, and what they say of up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from inference.camera.edge_watch import EdgeWatch, find_edges
from inference.camera.edges import no_edges, part_of
from inference.detect.keypoint_files import read_keypoints
from inference.errors import KeypointsError
from inference.keypoint_track import KeypointTrack
from inference.refine.upright import Up
from inference.refine.verticals import edge_planes, upright_by_edges

FOCAL = 0.9
"""In longer sides of the picture."""
SURE_RAD = np.radians(3.0)
Bars = np.ndarray


def room(roll_deg: float, pitch_deg: float, count: int, rng: np.random.Generator) -> tuple[Bars, np.ndarray]:
    """(N, 2, 3) ends of upright edges, camera axes, and up (3,) of a camera that is rolled and pitched."""
    turn = Rotation.from_euler("zx", [roll_deg, pitch_deg], degrees=True)
    foot = rng.uniform([-2.5, 0.2, 3.0], [2.5, 1.2, 6.0], (count, 3))
    bars = np.stack([foot, foot - rng.uniform(0.5, 2.0, (count, 1)) * [0.0, 1.0, 0.0]], axis=1)
    return turn.apply(bars.reshape(-1, 3)).reshape(bars.shape), turn.apply([0.0, -1.0, 0.0])


def guess_near(up: np.ndarray, off_deg: float, rng: np.random.Generator) -> Up:
    about = np.cross(up, rng.normal(size=3))
    turned = Rotation.from_rotvec(np.radians(off_deg) * about / np.linalg.norm(about)).apply(up)
    return Up(turned, (np.eye(3) - np.outer(turned, turned)) / SURE_RAD**2)


def off_deg(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(first, second)), first @ second)))


def corrected(guess: Up, bars: Bars) -> Up:
    px = FOCAL * bars[..., :2] / bars[..., 2:]
    return upright_by_edges(guess, edge_planes(bars), np.linalg.norm(px[:, 1] - px[:, 0], axis=-1), 1)


@pytest.mark.parametrize("seed", range(6))
def test_upright_edges_among_slanted_ones_correct_a_lean(seed: int) -> None:
    rng = np.random.default_rng(seed)
    bars, up = room(*rng.uniform(-20, 20, 2), 12, rng)
    slanted = rng.uniform([-2.5, -2.0, 3.0], [2.5, 1.0, 6.0], (30, 2, 3))
    guess = guess_near(up, rng.uniform(3, 8), rng)
    found = corrected(guess, np.concatenate([bars, slanted]))
    assert off_deg(found.direction, up) < 1.0
    assert np.linalg.norm(found.direction) == pytest.approx(1.0)
    surest = np.linalg.eigvalsh(found.information)
    assert surest[0] == pytest.approx(0.0, abs=1e-6 * surest[2]) and surest[1] > 1.0 / SURE_RAD**2


def test_one_slanted_pole_turns_nobody_and_no_edge_nothing() -> None:
    rng = np.random.default_rng(3)
    _, up = room(5.0, -8.0, 1, rng)
    guess = guess_near(up, 0.0, rng)
    pole = Rotation.from_rotvec([0.0, 0.0, np.radians(7.0)]).apply([[0.5, 0.5, 4.0], [0.5, -0.5, 4.0]])[None]
    assert off_deg(corrected(guess, pole).direction, up) < 3.5
    assert corrected(guess, np.zeros((0, 2, 3))) is guess


def test_edges_of_the_person_and_of_a_picture_in_the_picture_are_left_out() -> None:
    image = np.full((360, 640, 3), 90, np.uint8)
    cv2.line(image, (100, 40), (130, 330), (250, 250, 250), 5)
    cv2.line(image, (420, 60), (400, 320), (10, 10, 10), 5)
    image[:, :60] = 0
    image[:, 580:] = 0
    everywhere = find_edges(image, None)
    assert len(everywhere) == 4  # both sides of each line
    without = find_edges(image, (380, 20, 450, 340))
    assert len(without) == 2 and (without[:, [0, 2]] < 200).all()
    ends = np.sort(without[:, [1, 3]], axis=1)
    assert np.abs(ends - [40, 330]).max() < 12
    double = find_edges(cv2.resize(image, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST), None)
    assert np.abs(np.sort(double.ravel()) / 2 - np.sort(everywhere.ravel())).max() < 4
    assert find_edges(np.zeros((90, 160, 3), np.uint8), None).shape == (0, 4)


def test_long_films_are_looked_at_more_rarely_and_each_shot_at_least_once() -> None:
    image = np.full((180, 320, 3), 60, np.uint8)
    cv2.line(image, (100, 20), (110, 150), (240, 240, 240), 4)
    watch = EdgeWatch(side_px=640)
    for number in range(2000):
        watch.show(number, image, None, cut=number in (7, 701))
    edges = watch.edges()
    frames = np.unique(edges[:, 0])
    assert edges.dtype == np.float32 and len(frames) <= 18 and {0, 7, 701} <= set(frames.tolist())
    assert frames.max() > 1700 and np.abs(np.sort(edges[:2, [2, 4]].ravel())[-1] - 300) < 12  # twice as large
    later = part_of(edges, 700, 2000)
    assert later[:, 0].min() == 1 and len(later) < len(edges)


def track(edges: np.ndarray, frames: int = 8) -> KeypointTrack:
    px = np.zeros((frames, 33, 2), np.float32)
    world = np.zeros((frames, 33, 3), np.float32)
    times = np.arange(frames) / 30.0
    return KeypointTrack("blazepose-33", px, np.ones((frames, 33), np.float32), world, times, 30.0, (640, 360),
                         edges=edges)  # fmt: skip


def test_edges_are_cut_with_their_film_and_must_be_of_its_frames() -> None:
    edges = np.array([[0, 1, 2, 3, 4], [5, 10, 20, 30, 40]], np.float32)
    whole = track(edges)
    assert np.array_equal(whole.cut(4, None).edges, [[1, 10, 20, 30, 40]])
    assert len(whole.cut(6, 8).edges) == 0
    for wrong in (edges[:, :4], np.where(edges == 5, 8, edges), np.where(edges == 40, np.nan, edges)):
        with pytest.raises(KeypointsError, match="edges"):
            replace(whole, edges=wrong.astype(np.float32))
    assert track(no_edges()).edges.shape == (0, 5)


def test_a_file_of_keypoints_may_have_edges(tmp_path: Path) -> None:
    one = track(no_edges())
    arrays = {
        "keypoints_px": one.px, "confidence": one.confidence, "layout": np.array(one.layout),
        "fps": np.float64(30), "image_size": np.array([640, 360]),
    }  # fmt: skip
    np.savez(tmp_path / "plain.npz", **arrays)
    assert len(read_keypoints(tmp_path / "plain.npz", None, lambda *_: None).edges) == 0
    np.savez(tmp_path / "edges.npz", **arrays, edges_px=np.array([[3, 0, 0, 9, 90]], np.float32))
    assert read_keypoints(tmp_path / "edges.npz", None, lambda *_: None).edges[0, 0] == 3
    np.savez(tmp_path / "wrong.npz", **arrays, edges_px=np.array([[3, 0, 0, 9]], np.float32))
    with pytest.raises(KeypointsError, match=r"wrong\.npz.*edges"):
        read_keypoints(tmp_path / "wrong.npz", None, lambda *_: None)


@pytest.mark.parametrize("seed", range(6))
def test_edges_in_any_direction_turn_nobody_far(seed: int) -> None:
    rng = np.random.default_rng(seed)
    up = room(*rng.uniform(-15, 15, 2), 1, rng)[1]
    guess = guess_near(up, 0.0, rng)
    leaves = np.concatenate([rng.uniform(-0.5, 0.5, (150, 2, 2)), np.full((150, 2, 1), FOCAL)], axis=-1)
    assert off_deg(corrected(guess, leaves).direction, up) < 3.0
