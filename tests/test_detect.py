"""Detectors and keypoint files: one pipeline behind all of them."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from child_process import data_folder, needs_pose_model

from inference.detect import bundle
from inference.detect.keypoint_files import read_keypoints
from inference.errors import InferenceError, KeypointsError, ModelError
from inference.keypoint_track import KeypointTrack
from inference.layouts import load_layout
from inference.one_person import frames_of_one
from inference.video import VideoInfo

INFO = VideoInfo(Path("clip.mp4"), (640, 480), 25.0, 10)


def ignore(code: str, text: str) -> None:
    """Takes warnings that a test does not care for."""


def person(points: int, x: float = 300.0, size: float = 200.0, sure: float = 0.9) -> list[float]:
    """Points on a figure of `size` pixels around (x, 240), as the flat list of x, y, confidence."""
    rng = np.random.default_rng(points)
    at = np.column_stack([x + size * rng.uniform(-0.2, 0.2, points), 240 + size * rng.uniform(-0.5, 0.5, points)])
    return np.column_stack([at, np.full(points, sure)]).ravel().tolist()


def write_openpose(folder: Path, frames: dict[int, list[list[float]]]) -> Path:
    folder.mkdir()
    for number, people in frames.items():
        content = {"version": 1.3, "people": [{"pose_keypoints_2d": points} for points in people]}
        (folder / f"clip_{number:012d}_keypoints.json").write_text(json.dumps(content))
    return folder


def test_openpose_folders_are_read_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    folder = write_openpose(tmp_path / "json", {n: [person(25, 100 + 10 * n)] for n in (8, 9, 10, 11)})
    track = read_keypoints(folder, INFO, ignore)
    assert (track.layout, len(track), track.fps, track.image_size_px) == ("openpose-25", 4, 25.0, (640, 480))
    assert np.allclose(np.diff(track.px[:, 0, 0]), 10.0)


def test_openpose_frames_and_points_that_are_missing_are_gaps(tmp_path: Path) -> None:
    hidden = person(25)
    hidden[3 * 4 : 3 * 4 + 3] = [0.0, 0.0, 0.0]
    track = read_keypoints(write_openpose(tmp_path / "j", {0: [hidden], 1: [], 3: [person(25)]}), INFO, ignore)
    assert (track.confidence > 0).any(axis=1).tolist() == [True, False, False, True]
    assert np.isnan(track.px[0, 4]).all()
    assert np.isfinite(track.px[0, 5]).all()


def test_one_person_is_followed_among_several(tmp_path: Path) -> None:
    frames = {n: [person(25, 500 - 20 * n, 80), person(25, 100 + 20 * n)][:: (-1) ** n] for n in range(15)}
    track = read_keypoints(write_openpose(tmp_path / "json", frames), INFO, ignore)
    assert np.allclose(np.diff(track.px[:, 0, 0]), 20.0)


@pytest.mark.parametrize(("points", "layout"), [(17, "coco-17"), (26, "halpe-26"), (16, "mpii-16")])
def test_coco_annotation_lists_are_told_apart_by_their_number_of_points(
    tmp_path: Path, points: int, layout: str
) -> None:
    path = tmp_path / "results.json"
    names = {0: 4, 1: "005.jpg", 2: 6}
    path.write_text(json.dumps([{"image_id": names[n], "keypoints": person(points, 100 + n)} for n in range(3)]))
    track = read_keypoints(path, INFO, ignore)
    assert (track.layout, len(track)) == (layout, 3)


def test_coco_datasets_bring_their_image_size_and_visibility_flags(tmp_path: Path) -> None:
    path = tmp_path / "coco.json"
    flags = np.reshape(person(17, sure=2.0), (17, 3))
    flags[3, 2] = 1.0
    images = [{"id": n, "width": 800, "height": 600} for n in (1, 2, 3)]
    annotations = [{"image_id": 2, "keypoints": flags.ravel().tolist()}]
    path.write_text(json.dumps({"images": images, "annotations": annotations}))
    warned: list[str] = []
    track = read_keypoints(path, None, lambda code, text: warned.append(code))
    assert track.image_size_px == (800, 600)
    assert (track.confidence > 0).any(axis=1).tolist() == [False, True, False]
    assert track.confidence[1, 2:5].tolist() == [1.0, 0.5, 1.0]
    assert warned == ["fps-assumed"]


def test_without_a_video_the_image_size_is_assumed_with_a_warning(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(json.dumps([{"image_id": 1, "keypoints": person(17, 900)}]))
    warned: list[str] = []
    track = read_keypoints(path, None, lambda code, text: warned.append(code))
    assert track.image_size_px == (1280, 720)
    assert set(warned) == {"fps-assumed", "size-assumed"}


def test_npz_round_trip(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    px = rng.uniform(0, 400, (6, 33, 2)).astype(np.float32)
    confidence = rng.uniform(0.1, 1, (6, 33)).astype(np.float32)
    px[2], confidence[2] = np.nan, 0.0
    path = tmp_path / "clip.npz"
    times = np.array([0.0, 0.1, 0.2, 0.5, 0.6, 0.7])
    np.savez(path, keypoints_px=px, confidence=confidence, layout="blazepose-33", fps=10.0, image_size=[640, 480],
             frame_times_s=times + 4.0)  # fmt: skip
    track = read_keypoints(path, None, ignore)
    assert np.array_equal(track.px, px, equal_nan=True)
    assert np.array_equal(track.confidence, confidence)
    assert np.allclose(track.times_s, times)
    assert (track.layout, track.fps, track.image_size_px) == ("blazepose-33", 10.0, (640, 480))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.json", "{", "a.json"),
        ("a.json", "[]", "annotations"),
        ("a.json", '[{"image_id": 1}]', "image_id or keypoints"),
        ("a.json", '[{"image_id": "cat", "keypoints": []}]', "cat"),
        ("a.json", '[{"image_id": 1, "keypoints": [1, 2, 3, 4]}]', "image 1: a person has 4 numbers"),
        ("a.json", '[{"image_id": 1, "keypoints": [1, 2, "3"]}]', "image 1: a person has 3 numbers"),
        ("a.json", '[{"image_id": 1, "keypoints": [1, 2, {}]}]', "image 1: a person's points are not all numbers"),
        ("a.json", '{"annotations": [{"image_id": 1, "keypoints": []}]}', "image 1: a person has 0 numbers"),
        ("a.npz", "no zip", "a.npz"),
    ],
)
def test_broken_files_are_named_with_the_place(tmp_path: Path, name: str, content: str, says: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(KeypointsError) as caught:
        read_keypoints(tmp_path / name, INFO, ignore)
    assert says in caught.value.message


def test_npz_arrays_that_do_not_fit_are_named(tmp_path: Path) -> None:
    path = tmp_path / "clip.npz"
    np.savez(path, keypoints_px=np.zeros((5, 17, 2)), confidence=np.ones((5, 17)), layout="coco-17", fps=30.0)
    with pytest.raises(KeypointsError, match="image_size"):
        read_keypoints(path, None, ignore)
    np.savez(path, keypoints_px=np.zeros((5, 17, 2)), confidence=np.ones((5, 16)), layout="coco-17", fps=30.0,
             image_size=[4, 4])  # fmt: skip
    with pytest.raises(KeypointsError, match="coco-17"):
        read_keypoints(path, None, ignore)


STILL = {"camera_path": np.tile(np.eye(4), (4, 1, 1)), "camera_focal_px": np.full(4, 600.0), "cuts": np.zeros(0, int)}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"fps": 0.0}, "frame rate"),
        ({"fps": "fast"}, "fast"),
        ({"image_size": [640, 0]}, "size"),
        ({"image_size": 640}, "npz"),
        ({"frame_times_s": [0.0, np.nan, 0.2, 0.3]}, "frame 1"),
        ({"frame_times_s": [0.0, 0.1]}, "fit together"),
        ({"frame_times_s": np.arange(4) * 1e-6}, "apart"),
        ({**STILL, "camera_path": np.full((4, 4, 4), np.nan)}, "camera"),
        ({**STILL, "camera_focal_px": np.zeros(4)}, "camera"),
        ({**STILL, "cuts": [4]}, "camera"),
        ({**STILL, "cuts": [2, 1]}, "camera"),
        ({"confidence": np.full((4, 17), 100.0)}, ""),
        ({"keypoints_px": np.full((4, 17, 2), "x")}, "x"),
    ],
)
def test_npz_values_are_checked(tmp_path: Path, changes: dict[str, object], says: str) -> None:
    path = tmp_path / "clip.npz"
    arrays = {"keypoints_px": np.ones((4, 17, 2)), "confidence": np.ones((4, 17)), "layout": "coco-17", "fps": 30.0,
              "image_size": [640, 480], **changes}  # fmt: skip
    np.savez(path, **arrays)
    if not says:
        assert read_keypoints(path, None, ignore).confidence.max() == 1.0
        return
    with pytest.raises(KeypointsError, match=rf"clip\.npz.*{says}"):
        read_keypoints(path, None, ignore)


def test_a_damaged_npz_is_named(tmp_path: Path) -> None:
    path = tmp_path / "clip.npz"
    rng = np.random.default_rng(0)
    np.savez_compressed(path, keypoints_px=rng.normal(size=(200, 17, 2)), confidence=np.ones((200, 17)),
                        layout="coco-17", fps=30.0, image_size=[640, 480])  # fmt: skip
    whole = path.read_bytes()
    for length in range(0, len(whole), len(whole) // 20):
        path.write_bytes(whole[:length])
        with pytest.raises(KeypointsError, match=r"clip\.npz"):
            read_keypoints(path, None, ignore)
    for place in range(100, len(whole) // 2, len(whole) // 40):
        path.write_bytes(whole[:place] + bytes(byte ^ 0x55 for byte in whole[place : place + 20]) + whole[place + 20 :])
        with pytest.raises(KeypointsError, match=r"clip\.npz"):
            read_keypoints(path, None, ignore)


def test_points_that_are_no_numbers_are_gaps(tmp_path: Path) -> None:
    lost = person(25)
    lost[0], lost[5] = float("nan"), float("nan")
    track = read_keypoints(write_openpose(tmp_path / "json", {0: [person(25)], 1: [lost]}), INFO, ignore)
    assert (track.confidence[1] > 0.0).tolist() == [False, False, *[True] * 23]
    assert np.isfinite(track.px[track.confidence > 0.0]).all()


def test_numbers_that_are_no_frames_of_a_film_are_refused(tmp_path: Path) -> None:
    folder = write_openpose(tmp_path / "json", {0: [person(25)], 10**11: [person(25)]})
    with pytest.raises(KeypointsError, match="no film"):
        read_keypoints(folder, INFO, ignore)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeypointsError, match="OpenPose"):
        read_keypoints(tmp_path, INFO, ignore)


def track_of(x: np.ndarray, size: np.ndarray, fps: float = 30.0) -> KeypointTrack:
    """A figure whose middle is at `x` and whose size is `size`; NaN = nobody."""
    points = np.reshape(person(17, 0.0, 1.0), (17, 3))[:, :2] - (0, 240)
    px = (points * size[:, None, None] + np.stack([x, np.full_like(x, 500.0)], axis=-1)[:, None]).astype(np.float32)
    found = np.repeat(np.isfinite(px[..., :1]), 3, axis=-1)
    return KeypointTrack(
        "coco-17", px, found[..., 0].astype(np.float32), np.full((*px.shape[:2], 3), np.nan, np.float32),
        np.arange(len(x)) / fps, fps, (1920, 1080),
    )  # fmt: skip


def test_the_track_of_one_performer_is_cut_where_somebody_else_takes_over() -> None:
    x, size = np.full(200, 400.0), np.full(200, 300.0)
    x[80:100] = np.nan
    x[120:150], size[120:150] = 1400.0, 250.0  # a passer-by on the other side
    x[160:164], size[160:164] = 500.0, 30.0  # a chair leg
    kept = frames_of_one(track_of(x, size))
    expected = np.ones(200, bool)
    expected[80:100] = expected[120:150] = expected[160:164] = False
    assert np.array_equal(kept, expected)


@pytest.mark.parametrize("fps", [10.0, 30.0, 120.0])
def test_a_runner_who_comes_near_is_one_performer(fps: float) -> None:
    time = np.arange(int(3 * fps)) / fps
    assert frames_of_one(track_of(200 + 450 * time, 150 * 1.6**time, fps)).all()


def test_somebody_whose_legs_are_hidden_for_a_second_is_still_the_same_person() -> None:
    track = track_of(np.full(120, 300.0), np.full(120, 200.0))
    lower = track.px[..., 1] > np.median(track.px[0, :, 1])
    for hidden in (lower, ~lower):
        confidence, px = track.confidence.copy(), track.px.copy()
        confidence[40:70][hidden[40:70]], px[40:70][hidden[40:70]] = 0.0, np.nan
        assert frames_of_one(replace(track, confidence=confidence, px=px)).all()


@needs_pose_model
@pytest.mark.parametrize("model", bundle.BUNDLES, ids=lambda model: model.file)
def test_bundles_hold_both_networks_uncompressed_and_aligned(model: bundle.Bundle) -> None:
    if not bundle.bundle_path(model).is_file():
        pytest.skip("this set-up lacks it: run `python -m inference setup`")
    with zipfile.ZipFile(bundle.bundle_path(model)) as archive:
        for entry in archive.infolist():
            assert entry.compress_type == zipfile.ZIP_STORED
            with archive.open(entry) as file:
                assert file.read(8)[4:] == b"TFL3"
        assert set(archive.namelist()) == {network.target for network in model.networks}


def test_a_damaged_bundle_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "models" / "pose.task"
    assert not bundle.bundle_is_whole(path)
    path.parent.mkdir()
    path.write_bytes(b"half a bundle")
    assert not bundle.bundle_is_whole(path)


def test_a_missing_or_broken_bundle_is_a_clear_error(tmp_path: Path) -> None:
    from inference.detect.blazepose import BlazePose

    with pytest.raises(ModelError, match=r"pose\.task"):
        BlazePose(tmp_path / "pose.task")
    (tmp_path / "pose.task").write_bytes(b"half a bundle")
    with pytest.raises(InferenceError, match=r"pose\.task"):
        BlazePose(tmp_path / "pose.task")


@needs_pose_model
def test_blazepose_finds_the_same_points_at_half_the_size() -> None:
    from inference.detect.blazepose import BlazePose

    capture = cv2.VideoCapture(str(data_folder() / "videos" / "bodypose3d_cam0.mp4"))
    capture.set(cv2.CAP_PROP_POS_FRAMES, 100)
    image = np.asarray(capture.read()[1], np.uint8)
    capture.release()
    layout = load_layout("blazepose-33")
    found = []
    for picture in (image, cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)):
        detector = BlazePose()
        keypoints = detector.detect(picture, 0.0)
        detector.close()
        assert keypoints is not None
        assert keypoints.px.shape == (33, 2)
        assert keypoints.world is not None
        found.append(layout.to_joints(keypoints.px[None], keypoints.confidence[None])[0][0])
    large, small = found
    assert np.abs(large - 2 * small).max() < 12.0
    # He sits and faces the camera: head over shoulders over hips, his left on our right.
    assert large[10, 1] < large[9, 1] < large[8, 1] < large[0, 1] < large[3, 1]
    assert large[11, 0] > large[14, 0]
    assert large[4, 0] > large[1, 0]


@needs_pose_model
def test_blazepose_sees_nobody_in_noise() -> None:
    from inference.detect.blazepose import BlazePose

    detector = BlazePose()
    noise = np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8)
    # Times that repeat or stand still must not stop it.
    assert [detector.detect(noise, time_s) for time_s in (0.0, 0.0, 0.0001, 1.0)] == [None] * 4
    detector.close()


def test_an_appearance_begins_and_ends_with_a_steady_find() -> None:
    track = track_of(np.full(90, 300.0), np.full(90, 200.0), 30.0)
    seen = np.zeros(90, bool)
    seen[[5, 9, 10, 71]] = seen[20:40] = seen[[42, 44]] = seen[46:70] = True
    track.confidence[~seen] = 0.0
    assert np.array_equal(np.flatnonzero(frames_of_one(track)), [*range(20, 40), 42, 44, *range(46, 70)])
    track.confidence[20:] = 0.0
    assert np.array_equal(np.flatnonzero(frames_of_one(track)), [5, 9, 10])
