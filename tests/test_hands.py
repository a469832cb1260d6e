"""The fingers of a film: from the picture to the result file, and back from it."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from inference.cancel import Cancellation
from inference.channel import Channel
from inference.check.stages import PERSON
from inference.detect import bundle
from inference.detect.detector import Keypoints
from inference.detect.keypoint_files import read_keypoints
from inference.detect.watch_hands import watch_hands
from inference.edit.splice import splice
from inference.errors import KeypointsError, ModelError
from inference.hand_track import POINTS, HandTrack
from inference.keypoint_track import KeypointTrack
from inference.request import parse_request
from inference.result import write_result
from inference.shots import place_shots, track_shots
from inference.video import Frame, Image, probe
from rigs.errors import SequenceError
from rigs.fingers import angles
from rigs.sequence import load_result

needs_hand_model = pytest.mark.skipif(
    not bundle.bundle_is_whole(bundle.bundle_path(bundle.HANDS), bundle.HANDS),
    reason="the model of hands is missing: run `python -m inference setup`",
)
FRAMES = 12


def some_hands(frames: int, seed: int = 0) -> HandTrack:
    rng = np.random.default_rng(seed)
    hand = rng.normal(size=(2, POINTS, 3)).astype(np.float32) * 0.05
    return HandTrack(np.repeat(hand[None], frames, axis=0), np.full((frames, 2), 0.9, np.float32))


def a_track(frames: int = FRAMES) -> KeypointTrack:
    """Somebody who stands before the camera, by 17 joints, and a little noise."""
    rng = np.random.default_rng(1)
    upright = np.array([
        [0, 0], [-0.1, 0], [-0.1, 0.45], [-0.1, 0.9], [0.1, 0], [0.1, 0.45], [0.1, 0.9], [0, -0.25], [0, -0.5],
        [0, -0.65], [0, -0.8], [0.2, -0.5], [0.25, -0.2], [0.3, 0.05], [-0.2, -0.5], [-0.25, -0.2], [-0.3, 0.05],
    ])  # fmt: skip
    px = (320.0, 240.0) + 180.0 * upright + rng.normal(0.0, 0.3, (frames, 17, 2))
    return KeypointTrack(
        "h36m-17",
        px.astype(np.float32),
        np.full((frames, 17), 0.9, np.float32),
        np.full((frames, 17, 3), np.nan, np.float32),
        np.arange(frames) / 30.0,
        30.0,
        (640, 480),
    )


def a_result(path: Path, track: KeypointTrack) -> Path:
    joints_2d = track_shots(track, "a test")
    poses = np.zeros((len(track), 17, 3))
    poses[..., :2] = (joints_2d.px - joints_2d.px[:, :1]) / 180.0
    write_result(path, track, joints_2d, place_shots(track, joints_2d, poses, None))
    return path


def test_the_two_sides_mean_the_same_points() -> None:
    assert POINTS == angles.HAND_POINTS


def test_hands_go_into_the_result_and_back_out_of_it(tmp_path: Path) -> None:
    track = replace(a_track(), hands=some_hands(FRAMES))
    path = a_result(tmp_path / "result.npz", track)
    again = read_keypoints(path, None, lambda code, text: None)
    assert again.hands is not None and track.hands is not None
    assert np.array_equal(again.hands.joints_m, track.hands.joints_m)
    assert np.array_equal(again.hands.confidence, track.hands.confidence)
    assert set(load_result(path).fingers) == {"left", "right"}


def test_results_without_hands_hold_none(tmp_path: Path) -> None:
    path = a_result(tmp_path / "result.npz", a_track())
    with np.load(path, allow_pickle=False) as result:
        assert not {"hand_joints_m", "hand_confidence"} & set(result.files)
    assert load_result(path).fingers == {}
    assert read_keypoints(path, None, lambda code, text: None).hands is None


def test_unsure_and_oddly_large_hands_are_not_believed(tmp_path: Path) -> None:
    hands = some_hands(FRAMES)
    hands.confidence[2, 0] = 0.2
    hands.joints_m[5, 1] *= 3.0
    fingers = load_result(a_result(tmp_path / "result.npz", replace(a_track(), hands=hands))).fingers
    unknown = {side: np.flatnonzero(np.isnan(values).any(axis=(1, 2))).tolist() for side, values in fingers.items()}
    assert unknown == {"left": [2], "right": [5]}


def test_hands_show_the_knuckles_where_the_detector_of_the_pose_does_not(tmp_path: Path) -> None:
    path = a_result(tmp_path / "result.npz", a_track())
    assert load_result(path).points == {}
    hands = some_hands(FRAMES)
    result = load_result(a_result(path, replace(a_track(), hands=hands)))
    assert {name.partition("_")[2] for name in result.points} == {"thumb_knuckle", "index_knuckle", "little_knuckle"}
    with np.load(path, allow_pickle=False) as arrays:
        turn = arrays["camera_path"][0, :3, :3]
    step = result.points["left_index_knuckle"] - result.joint("left_wrist")
    assert np.allclose(step, turn @ (hands.joints_m[0, 0, 5] - hands.joints_m[0, 0, 0]), atol=1e-5)


def test_hands_of_the_wrong_shape_are_refused_by_both_sides(tmp_path: Path) -> None:
    path = a_result(tmp_path / "result.npz", replace(a_track(), hands=some_hands(FRAMES)))
    with np.load(path, allow_pickle=False) as result:
        arrays = {name: result[name] for name in result.files}
    arrays["hand_joints_m"] = arrays["hand_joints_m"][:, :, :20]
    np.savez(path, **arrays)
    with pytest.raises(KeypointsError, match=r"result\.npz.*do not fit together"):
        read_keypoints(path, None, lambda code, text: None)
    with pytest.raises(SequenceError, match="hand_joints_m"):
        load_result(path)


def test_hands_are_cut_and_spliced_with_their_frames() -> None:
    track = replace(a_track(), hands=some_hands(FRAMES))
    part = track.cut(3, 7)
    assert part.hands is not None and len(part.hands) == 4
    anew = replace(a_track(4), hands=some_hands(4, seed=5))
    spliced = splice(replace(track, hands=None), anew, 3, "a film")
    assert spliced.hands is not None and anew.hands is not None
    assert np.array_equal(spliced.hands.joints_m[3:7], anew.hands.joints_m)
    assert not spliced.hands.confidence[:3].any() and not spliced.hands.confidence[7:].any()


def test_fingers_are_off_unless_asked_for() -> None:
    assert not parse_request({"video": "a.mp4", "output": "a.npz"}).fingers
    assert parse_request({"video": "a.mp4", "output": "a.npz", "fingers": True}).fingers


def test_a_missing_model_of_hands_says_how_to_get_it(tmp_path: Path) -> None:
    from inference.detect.hands import HandWatch

    with pytest.raises(ModelError) as found:
        HandWatch("blazepose-33", tmp_path / "hand_landmarker.task")
    assert found.value.code == "model-missing" and "set-up again" in found.value.hint


def person(factor: float = 1.0) -> tuple[Image, Keypoints]:
    """The bundled picture, in which both hands are raised, and where the joints of the arms and hips are."""
    data = np.fromfile(PERSON, np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert picture is not None
    picture = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    from inference.detect.blazepose import BlazePose

    detector = BlazePose()
    found = detector.detect(picture, 0.0)
    detector.close()
    assert found is not None
    return np.asarray(picture, np.uint8), found


@needs_hand_model
def test_both_hands_of_a_picture_are_seen_and_told_apart() -> None:
    from inference.detect.hands import HandWatch

    picture, pose = person()
    watch = HandWatch("blazepose-33")
    for index in range(3):
        watch.show(index, Frame(index, index / 30.0, picture, 1.0), pose)
    seen = watch.track(4)
    watch.close()
    assert (seen.confidence[:3] > 0.5).all() and not seen.confidence[3].any()
    assert np.isnan(seen.joints_m[3]).all()
    size = angles.hand_size(np.asarray(seen.joints_m[:3], np.float64).reshape(-1, POINTS, 3))
    assert ((size > 0.05) & (size < 0.13)).all()


@needs_hand_model
def test_hands_of_a_few_pixels_are_not_looked_at() -> None:
    from inference.detect.hands import HandWatch

    picture, pose = person()
    watch = HandWatch("blazepose-33")
    small = Keypoints(pose.px * np.float32(0.3), pose.confidence)
    watch.show(0, Frame(0, 0.0, picture, 1.0), small)
    seen = watch.track(1)
    watch.close()
    assert not seen.confidence.any()


@needs_hand_model
def test_fingers_can_be_looked_at_when_the_pose_is_known_already(tmp_path: Path) -> None:
    from inference.check import stages
    from inference.detect.hands import HandWatch

    film = tmp_path / "film.avi"
    stages.write_film(film)
    track, _ = stages.detect(film, Channel(io.StringIO()), Cancellation())
    told = io.StringIO()
    watch = HandWatch(track.layout)
    with_hands = watch_hands(probe(film), track, watch, Channel(told), Cancellation())
    watch.close()
    assert with_hands.hands is not None
    assert (with_hands.hands.confidence > 0.5).any(axis=0).all()
    assert json.loads(told.getvalue().splitlines()[-1])["current"] == len(track)


@needs_hand_model
def test_a_job_that_is_asked_for_fingers_brings_them(tmp_path: Path) -> None:
    from inference.check import stages
    from inference.job import Models, run_job

    film, result = tmp_path / "film.avi", tmp_path / "result.npz"
    stages.write_film(film)
    told = io.StringIO()
    request = parse_request({"video": str(film), "output": str(result), "fingers": True, "quality": "fast"})
    run_job(request, Models(), Channel(told), Cancellation())
    with np.load(result, allow_pickle=False) as arrays:
        seen = (arrays["hand_confidence"] > 0.0).all(axis=1)
    assert np.flatnonzero(seen).tolist() == [0, 3, 5]  # the frames that are looked at, the last one among them
    fingers = load_result(result).fingers
    assert set(fingers) == {"left", "right"} and np.isfinite(fingers["left"][0]).all()
    again = tmp_path / "again.npz"
    run_job(parse_request({"keypoints": str(result), "output": str(again)}), Models(), Channel(told), Cancellation())
    assert load_result(again).fingers == {}
