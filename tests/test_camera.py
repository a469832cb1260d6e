"""The camera's turns, zooms, focal length and cuts, told from the background."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from panorama import FOCAL_PX, SIZE_PX, Panorama
from scipy.spatial.transform import Rotation

from inference.camera.path import CameraPath, drop_cuts, still_camera
from inference.camera.turn_fit import fit_turn
from inference.camera.watch import CameraWatch
from inference.detect.detector import Keypoints
from inference.lift.normalise import default_focal_px

FRAMES = 60
USUAL_PX = default_focal_px(np.array(SIZE_PX, float))


def watched(turns: Rotation, zooms: np.ndarray | None = None, seed: int = 0) -> CameraPath:
    panorama, watch = Panorama(seed), CameraWatch(USUAL_PX, SIZE_PX)
    for number, turn in enumerate(turns):
        zoom = 1.0 if zooms is None else float(zooms[number])
        watch.show(panorama.frame(number, turn.as_matrix(), zoom), None)
    return watch.path()


def off_deg(path: CameraPath, turns: Rotation) -> float:
    true = turns[0].inv() * turns
    return float(np.degrees((true.inv() * Rotation.from_matrix(path.turns)).magnitude()).max())


def yaw(degrees: np.ndarray) -> Rotation:
    return Rotation.from_rotvec(np.radians(degrees)[:, None] * [0.0, 1.0, 0.0])


@pytest.mark.parametrize("seed", range(3))
def test_turn_and_zoom_of_points_are_found_among_others_that_move_by_themselves(seed: int) -> None:
    rng = np.random.default_rng(seed)
    after = rng.uniform(-150, 150, (120, 2))
    turn, zoom = Rotation.from_rotvec(rng.normal(0, 0.05, 3)), float(rng.uniform(0.9, 1.1))
    rays = turn.apply(np.concatenate([after / (300.0 * zoom), np.ones((120, 1))], axis=1))
    before = 300.0 * rays[:, :2] / rays[:, 2:] + rng.normal(0, 0.1, (120, 2))
    before[:40] += rng.uniform(-60, 60, (40, 2))
    found = fit_turn(before, after, 300.0)
    assert found is not None
    assert (turn.inv() * Rotation.from_matrix(found.rotation)).magnitude() < 2e-3
    assert found.zoom == pytest.approx(zoom, rel=3e-3)
    assert fit_turn(rng.uniform(-150, 150, (120, 2)), after, 300.0) is None


def test_a_camera_that_stands_still_is_still() -> None:
    path = watched(yaw(np.zeros(20)))
    assert not path.moves and path.known.all() and path.cuts == ()
    assert np.array_equal(path.turns, still_camera(20).turns) and (path.zooms == 1.0).all()


def test_a_pan_tells_turns_and_focal_length() -> None:
    turns = yaw(np.linspace(0.0, 60.0, FRAMES))
    path = watched(turns)
    assert path.moves and path.known.all() and path.cuts == ()
    assert off_deg(path, turns) < 1.0
    assert path.zooms[0] * USUAL_PX == pytest.approx(FOCAL_PX, rel=0.02)


def test_hands_that_shake_the_camera_are_felt() -> None:
    rng = np.random.default_rng(4)
    turns = Rotation.from_rotvec(np.cumsum(rng.normal(0, 0.004, (FRAMES, 3)), axis=0))
    path = watched(turns)
    assert path.known.all()
    # without a long way to go the focal length stays unsure, and with it the size of all turns alike
    size = np.degrees((turns[0].inv() * turns).magnitude()).max()
    assert off_deg(path, turns) < 0.25 * size
    roll = Rotation.from_rotvec(np.radians(np.linspace(0, 15, 40))[:, None] * [0.0, 0.0, 1.0])
    assert off_deg(watched(roll), roll) < 0.1


def test_a_zoom_is_not_taken_for_a_turn() -> None:
    zooms = np.linspace(1.0, 1.6, FRAMES)
    turns = yaw(8.0 * np.sin(np.arange(FRAMES) / 15.0))
    path = watched(turns, zooms)
    assert path.zooms / path.zooms[0] == pytest.approx(zooms, rel=0.03)
    assert off_deg(path, turns) < 1.0


def test_cuts_are_found_and_fast_turns_are_none() -> None:
    panorama, watch = Panorama(1), CameraWatch(USUAL_PX, SIZE_PX)
    shots = [yaw(np.linspace(0, 10, 25)), yaw(120.0 + np.zeros(20)), yaw(np.linspace(240, 250, 15))]
    for number, turn in enumerate(turn for shot in shots for turn in shot):
        watch.show(panorama.frame(number, turn.as_matrix()), None)
    path = watch.path()
    assert path.cuts == (25, 45)
    assert np.array_equal(path.turns[25:45], still_camera(20).turns)
    for (first, end), shot in zip(path.shots(), shots, strict=True):
        part = path.part(first, end)
        assert part.cuts == () and off_deg(part, shot) < 1.0
    assert watched(yaw(np.linspace(0, 90, 25))).cuts == ()


def test_a_cut_within_one_room_is_found_too() -> None:
    """The same wall, mirrored: half of the picture is alike before and behind the cut."""
    watch = CameraWatch(USUAL_PX, SIZE_PX)
    wall = Panorama(6).frame(0, np.eye(3)).image // 2 + np.linspace(0, 40, SIZE_PX[1]).astype(np.uint8)[:, None, None]
    for number in range(30):
        picture = np.ascontiguousarray(wall if number < 18 else wall[:, ::-1])
        watch.show(replace(Panorama(0).frame(number, np.eye(3)), image=picture), None)
    assert watch.path().cuts == (18,)


def test_the_person_is_no_background() -> None:
    panorama, watch = Panorama(2), CameraWatch(USUAL_PX, SIZE_PX)
    body = Panorama(3).frame(0, np.eye(3)).image[:, :240]
    for number in range(30):
        frame = panorama.frame(number, np.eye(3))
        left = 60 + 8 * number
        frame.image[40:360, left : left + 240] = body[40:]
        px = np.array([[left + 30, 60], [left + 210, 350]], np.float32)
        watch.show(frame, Keypoints(px, np.ones(2, np.float32)))
    path = watch.path()
    assert not path.moves and path.cuts == ()


def test_no_background_is_said_to_tell_nothing() -> None:
    watch = CameraWatch(USUAL_PX, SIZE_PX)
    plain = Panorama(0).frame(0, np.eye(3))
    plain.image[:] = 90
    for _ in range(10):
        watch.show(plain, None)
    path = watch.path()
    assert not path.moves and not path.known[1:].any()


def test_a_part_turns_from_its_own_first_frame() -> None:
    turns = Rotation.from_rotvec(np.random.default_rng(0).normal(size=(12, 3))).as_matrix()
    path = CameraPath(turns, np.linspace(1, 2, 12), np.ones(12, np.bool_), (5, 9))
    part = path.part(3, 11)
    assert part.cuts == (2, 6) and np.allclose(part.turns[0], np.eye(3))
    assert np.allclose(turns[3] @ part.turns[1], turns[4]) and np.allclose(part.turns[2:], turns[5:11])
    points = np.random.default_rng(1).normal(size=(12, 4, 3))
    assert np.allclose(path.from_first(path.to_first(points)), points)
    kept = drop_cuts(path, [9])
    assert kept.cuts == (9,) and np.allclose(kept.turns[5:9], turns[4]) and not kept.known[5:9].any()


def test_a_picture_full_of_somebody_who_is_not_recognised_tells_nothing_of_the_camera() -> None:
    panorama, watch = Panorama(5), CameraWatch(USUAL_PX, SIZE_PX)
    box = np.array([[250, 100], [330, 300]], np.float32)
    for number, turn in enumerate(yaw(np.linspace(0.0, 20.0, 40))):
        seen = Keypoints(box, np.ones(2, np.float32)) if number % 4 == 0 else None
        watch.show(panorama.frame(number, turn.as_matrix()), seen)
    assert not watch.path().moves


def test_a_plain_stretch_has_two_cuts_and_no_more() -> None:
    panorama, watch = Panorama(7), CameraWatch(USUAL_PX, SIZE_PX)
    for number in range(30):
        frame = panorama.frame(number, np.eye(3))
        if 10 <= number < 20:
            frame.image[:] = 128
        watch.show(frame, None)
    assert watch.path().cuts == (10, 20)
