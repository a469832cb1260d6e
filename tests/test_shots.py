"""Motion from cameras that turn and films that are cut: the world stands still."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from test_world import AT, camera_from_world, walking_clip

from inference.camera.path import CameraPath
from inference.clip import Clip3D, Track17
from inference.edit.edits import Contact, Edits, Point, Swap
from inference.errors import InferenceError
from inference.keypoint_track import KeypointTrack
from inference.lift.normalise import default_focal_px
from inference.refine.world import transform
from inference.shots import place_shots, track_shots, with_people

SIZE = (1280, 720)
FOCAL = default_focal_px(np.array(SIZE, float))
FRAMES = 90


def filmed(clip: np.ndarray, camera: np.ndarray, path: CameraPath | None = None) -> tuple[KeypointTrack, np.ndarray]:
    """A track of exact joints, and the exact poses in each frame's own camera axes, relative to the pelvis."""
    seen = transform(camera, clip)
    zooms = np.ones(len(clip)) if path is None else path.zooms
    if path is not None:
        seen = path.from_first(seen)
    px = FOCAL * zooms[:, None, None] * seen[..., :2] / seen[..., 2:] + np.array(SIZE) / 2.0
    confidence = np.ones(px.shape[:2], np.float32)
    world = np.full((*px.shape[:2], 3), np.nan, np.float32)
    times = np.arange(len(clip)) / 30.0
    track = KeypointTrack("h36m-17", px.astype(np.float32), confidence, world, times, 30.0, SIZE, camera=path)
    return track, seen - seen[:, :1]


def placed(track: KeypointTrack, poses: np.ndarray) -> Clip3D:
    return place_shots(track, track_shots(track, "film"), poses, None)


def turning(frames: int, seed: int = 0) -> CameraPath:
    """A pan of 50 degrees in a hand that shakes."""
    rng = np.random.default_rng(seed)
    shake = np.cumsum(rng.normal(0, 0.003, (frames, 3)), axis=0)
    shake[:, 1] += np.radians(np.linspace(0.0, 50.0, frames))
    turns = Rotation.from_rotvec(shake)
    return CameraPath((turns[0].inv() * turns).as_matrix(), np.ones(frames), np.ones(frames, np.bool_))


def test_a_turning_camera_leaves_the_world_where_it_is() -> None:
    clip = walking_clip(FRAMES)
    camera = camera_from_world(pitch_deg=6.0, roll_deg=0.0, height_m=1.4, distance_m=5.0)
    still = placed(*filmed(clip, camera))
    moved = placed(*filmed(clip, camera, turning(FRAMES)))
    assert np.abs(moved.joints_world_m - still.joints_world_m).max() < 0.03
    # and without knowing of the turn it would not
    track, poses = filmed(clip, camera, turning(FRAMES))
    fooled = placed(replace(track, camera=None), poses)
    assert np.abs(fooled.joints_world_m - still.joints_world_m).max() > 0.5
    # each frame's camera sees the joints where they were seen, as well as a camera that stands still does
    inside = ((track.px > 0) & (track.px < SIZE)).all(axis=(1, 2))
    assert inside.sum() > 30
    off = np.linalg.norm(seen_again(moved) - track.px, axis=-1)[inside]
    usual = np.linalg.norm(seen_again(still) - filmed(clip, camera)[0].px, axis=-1)[inside]
    assert off.max() < 1.2 * usual.max() + 2.0


def seen_again(made: Clip3D) -> np.ndarray:
    """(T, 17, 2) pixels of the joints in the world, through the camera of each frame."""
    joints = np.insert(made.joints_world_m, 3, 1.0, axis=-1)
    seen = np.einsum("tij,tpj->tpi", np.linalg.inv(made.cameras)[:, :3], joints)
    focal = made.focal_px * made.zooms[:, None, None]
    return np.asarray(focal * seen[..., :2] / seen[..., 2:] + np.array(SIZE) / 2.0)


def test_a_zoom_is_no_step_towards_the_camera() -> None:
    clip = walking_clip(FRAMES)
    camera = camera_from_world(pitch_deg=6.0, roll_deg=0.0, height_m=1.4, distance_m=5.0)
    path = replace(turning(FRAMES), zooms=np.linspace(1.0, 1.5, FRAMES))
    still, zoomed = placed(*filmed(clip, camera)), placed(*filmed(clip, camera, path))
    assert np.abs(zoomed.joints_world_m - still.joints_world_m).max() < 0.03


def cut_film(cut: int) -> tuple[KeypointTrack, np.ndarray]:
    """The walk by one camera, then by another 40 degrees around it."""
    clip = walking_clip(FRAMES)
    front = camera_from_world(pitch_deg=6.0, roll_deg=0.0, height_m=1.4, distance_m=5.0)
    side = front.copy()
    side[:3, :3] = front[:3, :3] @ Rotation.from_rotvec([0.0, 0.0, np.radians(40.0)]).as_matrix()
    first, second = filmed(clip[:cut], front), filmed(clip[cut:], side)
    path = turning(FRAMES)
    path = replace(path, turns=np.tile(np.eye(3), (FRAMES, 1, 1)), cuts=(cut,), moves=False)
    times = np.arange(FRAMES) / 30.0
    joined = [
        np.concatenate([getattr(first[0], name), getattr(second[0], name)]) for name in ("px", "confidence", "world")
    ]
    return KeypointTrack("h36m-17", *joined, times, 30.0, SIZE, camera=path), np.concatenate([first[1], second[1]])


def test_a_cut_lets_the_performer_go_on() -> None:
    made = placed(*cut_film(50))
    joints = made.joints_world_m
    assert np.linalg.norm(joints[50, 0, :2] - joints[49, 0, :2]) < 1e-6
    across = joints[:, AT["left_hip"]] - joints[:, AT["right_hip"]]
    heading = np.unwrap(np.arctan2(across[:, 1], across[:, 0]))
    assert np.abs(np.diff(heading)).max() < np.radians(3.0)
    assert np.abs(joints[..., 2].min(axis=1)).max() < 0.12
    angle = Rotation.from_matrix(made.cameras[49, :3, :3].T @ made.cameras[50, :3, :3]).magnitude()
    assert np.degrees(angle) == pytest.approx(40.0, abs=8.0)


def test_a_shot_without_people_is_a_gap() -> None:
    track, _ = cut_film(50)
    camera = track.camera
    assert camera is not None
    nobody = replace(camera, cuts=(30, 50))
    confidence = track.confidence.copy()
    confidence[30:50] = 0.0
    edges = np.array([[frame, 0, 0, 0, 90] for frame in (0, 29, 30, 49, 50)], np.float32)
    lacking = with_people(replace(track, camera=nobody, confidence=confidence, edges=edges))
    assert lacking.camera_path.cuts == (50,)
    assert lacking.edges[:, 0].tolist() == [0, 29, 50], "what is seen where nobody is belongs to another place"
    found = track_shots(lacking, "film")
    assert not found.detected[30:50].any() and found.detected[:30].all() and found.detected[50:].all()
    confidence[:] = 0.0
    with pytest.raises(InferenceError, match="No person was found in film"):
        track_shots(with_people(replace(track, camera=nobody, confidence=confidence)), "film")


def test_edits_are_shared_out_among_the_shots() -> None:
    edits = Edits(
        (Point(4, "nose", 1, 2), Point(12, "nose", 3, 4)), (Swap(8, 14, "arms"),), (Contact("left", 0, 10, True),)
    )
    parts = edits.part(0, 10), edits.part(10, 20)
    swapped = np.concatenate([part.swapped(10) for part in parts])
    assert np.array_equal(swapped, edits.swapped(20))
    said = np.concatenate([part.standing(10) for part in parts])
    assert np.array_equal(said, edits.standing(20), equal_nan=True)
    assert [point.frame for part in parts for point in part.points] == [4, 2]


def test_tracks_of_shots_are_those_of_their_parts() -> None:
    track, _ = cut_film(50)
    found = track_shots(track, "film")
    assert isinstance(found, Track17) and len(found.px) == FRAMES
    assert np.allclose(found.px[50:], track_shots(track.cut(50, FRAMES), "film").px)
