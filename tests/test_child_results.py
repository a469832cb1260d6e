"""Whole jobs: a file of joints in the world comes out, in the agreed format."""

from __future__ import annotations

import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest
from child_process import Child, data_folder, needs_pose_model, needs_weights, request_line, write_request
from test_world import camera_from_world, walking_clip

from inference import joints, protocol
from inference.protocol import Message
from inference.refine import world

SIZE = (1280, 720)
FOCAL = 1230.0

pytestmark = needs_weights


def write_walk(path: Path, frames: int = 90, **camera: float) -> np.ndarray:
    """Exact 2D joints of a walking figure, as a keypoint .npz; returns (T, 17, 3) world metres."""
    clip = walking_clip(frames)
    view = {"pitch_deg": 8.0, "roll_deg": 0.0, "height_m": 1.5, "distance_m": 5.0, **camera}
    seen = world.transform(camera_from_world(**view), clip)
    px = FOCAL * seen[..., :2] / seen[..., 2:] + np.array(SIZE) / 2
    np.savez(path, keypoints_px=px, confidence=np.ones(px.shape[:2]), layout="h36m-17", fps=30.0, image_size=SIZE)
    return clip


def run(folder: Path, **values: object) -> tuple[list[Message], int]:
    with Child(folder, "run", "--request", write_request(folder, **values)) as child:
        return child.end()


def load(folder: Path) -> dict[str, np.ndarray]:
    with np.load(folder / "result.npz", allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def assert_well_formed(result: dict[str, np.ndarray], frames: int, points: int) -> None:
    shapes = {
        "schema_version": (), "joint_names": (17,), "joints_world_m": (frames, 17, 3),
        "joints_camera_m": (frames, 17, 3), "confidence": (frames, 17), "keypoints_px": (frames, points, 2),
        "keypoint_confidence": (frames, points), "keypoint_layout": (), "joints_px": (frames, 17, 2),
        "detector_world_m": (frames, points, 3), "detected": (frames,), "frame_times_s": (frames,), "fps": (),
        "image_size_px": (2,), "focal_px": (), "world_from_camera": (4, 4), "contact": (frames, 2), "first_frame": (),
        "sides_exchanged": (frames, 2), "contact_said": (frames, 2), "sole_contact": (frames, 2, 2),
        "camera_path": (frames, 4, 4), "camera_focal_px": (frames,), "cuts": (0,),
        "edges_px": (len(result["edges_px"]), 5),
    }  # fmt: skip
    assert {name: array.shape for name, array in result.items()} == shapes
    assert result["schema_version"] == protocol.RESULT_SCHEMA
    assert tuple(result["joint_names"]) == joints.NAMES
    for name in ("joints_world_m", "joints_camera_m", "joints_px", "confidence", "frame_times_s"):
        assert np.isfinite(result[name]).all()
    assert result["joints_world_m"].dtype == result["confidence"].dtype == np.float32
    assert result["detected"].dtype == bool
    assert result["frame_times_s"][0] == 0.0
    x, matrix = result["joints_world_m"], result["world_from_camera"]
    raised = x - world.transform(matrix, result["joints_camera_m"])  # whole poses, and only straight up
    assert np.allclose(raised, raised[:, :1] * [0.0, 0.0, 1.0], atol=1e-4)
    assert raised[..., 2].min() > -1e-4
    assert np.allclose(x[0, 0, :2], 0.0, atol=1e-4)
    bones = np.linalg.norm(x - x[:, joints.PARENTS], axis=-1)
    assert np.ptp(bones[:, 1:], axis=0).max() < 1e-4
    assert np.allclose(bones[:, joints.LEFT], bones[:, joints.RIGHT], atol=1e-4)


def test_keypoints_become_a_walk_on_the_floor(tmp_path: Path) -> None:
    truth = write_walk(tmp_path / "walk.npz")
    told, code = run(tmp_path, keypoints=tmp_path / "walk.npz")
    assert code == protocol.EXIT_RESULT, told[-1]
    assert (told[-1].fields["frames"], told[-1].fields["fps"]) == (90, 30.0)
    result = load(tmp_path)
    assert_well_formed(result, 90, 17)
    x = result["joints_world_m"]
    # Upright on the floor, facing the camera (-Y), walking towards it.
    assert 1.4 < np.median(x[:, joints.INDEX["head"], 2]) < 2.0
    assert abs(np.percentile(x[:, [3, 6], 2].min(axis=1), 20) - 0.077) < 0.03
    assert np.median(x[:, joints.INDEX["left_shoulder"], 0] - x[:, joints.INDEX["right_shoulder"], 0]) > 0.1
    walked = x[-1, 0] - x[0, 0]
    assert walked[1] == pytest.approx(truth[-1, 0, 1] - truth[0, 0, 1], abs=0.6)
    assert list(tmp_path.glob("*.tmp")) == []


def test_height_scales_the_person_and_the_path(tmp_path: Path) -> None:
    write_walk(tmp_path / "walk.npz")
    sizes = []
    for height in (1.75, 1.0):
        assert run(tmp_path, keypoints=tmp_path / "walk.npz", person_height_m=height)[1] == protocol.EXIT_RESULT
        x = load(tmp_path)["joints_world_m"]
        sizes.append((np.linalg.norm(x[0, 10] - x[0, 0]), np.linalg.norm(x[-1, 0, :2])))
    assert np.allclose(np.divide(*sizes), 1.75, rtol=0.02)


def test_a_lens_that_is_told_is_that_of_the_result_and_brings_the_person_nearer(tmp_path: Path) -> None:
    write_walk(tmp_path / "walk.npz")
    focals, away = [], []
    for lens_mm in (40.0, 20.0):
        assert run(tmp_path, keypoints=tmp_path / "walk.npz", lens_mm=lens_mm)[1] == protocol.EXIT_RESULT
        result = load(tmp_path)
        diagonal_mm = np.hypot(36.0, 24.0) / np.hypot(*result["image_size_px"])
        focals.append(float(result["focal_px"]) * diagonal_mm)
        assert np.allclose(result["camera_focal_px"], result["focal_px"])
        away.append(float(np.median(np.linalg.norm(result["joints_camera_m"][:, 0], axis=-1))))
    assert focals == pytest.approx([40.0, 20.0])
    assert away[0] > 1.7 * away[1]


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_the_shortest_clips_work(tmp_path: Path, frames: int) -> None:
    write_walk(tmp_path / "walk.npz", frames=frames)
    told, code = run(tmp_path, keypoints=tmp_path / "walk.npz")
    assert code == protocol.EXIT_RESULT, told[-1]
    assert_well_formed(load(tmp_path), frames, 17)


def test_a_result_can_be_refined_again_from_its_own_keypoints(tmp_path: Path) -> None:
    write_walk(tmp_path / "walk.npz")
    assert run(tmp_path / "1", keypoints=tmp_path / "walk.npz")[1] == protocol.EXIT_RESULT
    again = {"keypoints": tmp_path / "1" / "result.npz", "frame_start": 10, "frame_end": 40}
    assert run(tmp_path / "2", **again)[1] == protocol.EXIT_RESULT
    first, second = load(tmp_path / "1"), load(tmp_path / "2")
    assert np.allclose(first["joints_px"][10:40], second["joints_px"], atol=1e-3)
    assert_well_formed(second, 30, 17)


def test_unknown_weights_are_named(tmp_path: Path) -> None:
    write_walk(tmp_path / "walk.npz", frames=3)
    told, code = run(tmp_path, keypoints=tmp_path / "walk.npz", lifter="atcn-999")
    assert code == protocol.EXIT_ERROR
    assert "atcn-999" in told[-1].text("message")


def test_an_output_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    write_walk(tmp_path / "walk.npz", frames=3)
    (tmp_path / "file").write_text("in the way")
    told, code = run(tmp_path, keypoints=tmp_path / "walk.npz", output=tmp_path / "file" / "result.npz")
    assert code == protocol.EXIT_ERROR
    assert told[-1].fields["code"] == "cannot-write"


def test_serve_gives_the_same_result_as_run(tmp_path: Path) -> None:
    write_walk(tmp_path / "walk.npz", frames=30)
    assert run(tmp_path / "run", keypoints=tmp_path / "walk.npz")[1] == protocol.EXIT_RESULT
    with Child(tmp_path, "serve", "--lifeline") as child:
        for name in ("a", "b"):
            child.send(request_line(write_request(tmp_path / name, keypoints=tmp_path / "walk.npz")))
            assert child.job()[-1].type == "result"
        child.hang_up()
        assert child.end()[1] == protocol.EXIT_RESULT
    reference = load(tmp_path / "run")
    for name, (key, array) in itertools.product("ab", reference.items()):
        assert np.array_equal(load(tmp_path / name)[key], array, equal_nan=array.dtype.kind == "f"), key


@needs_pose_model
def test_a_person_in_half_of_a_video(tmp_path: Path) -> None:
    capture = cv2.VideoCapture(str(data_folder() / "videos" / "bodypose3d_cam0.mp4"))
    writer = cv2.VideoWriter(str(tmp_path / "half.mp4"), cv2.VideoWriter.fourcc(*"mp4v"), 20.0, (720, 720))
    background = np.full((720, 720, 3), 90, np.uint8)
    for frame in range(50):
        image = np.asarray(capture.read()[1], np.uint8)
        writer.write(image if 20 <= frame < 40 else background)
    writer.release()
    told, code = run(tmp_path, video=tmp_path / "half.mp4")
    assert code == protocol.EXIT_RESULT, told[-1]
    assert "person-often-missing" in {m.fields["code"] for m in told if m.type == "warning"}
    result = load(tmp_path)
    assert_well_formed(result, 50, 33)
    assert result["detected"].tolist() == [20 <= frame < 40 for frame in range(50)]
    assert np.all(result["confidence"][~result["detected"]] == 0.0)
    assert np.isnan(result["keypoints_px"][:20]).all()
    # Held before he comes, so the figure does not wander about.
    assert np.ptp(result["joints_world_m"][:15, 0], axis=0).max() < 1e-3


@needs_pose_model
def test_a_real_video_stands_upright_on_the_floor(tmp_path: Path) -> None:
    video = data_folder() / "videos" / "sports2d_demo.mp4"
    told, code = run(tmp_path, video=video, frame_end=90)
    assert code == protocol.EXIT_RESULT, told[-1]
    result = load(tmp_path)
    assert_well_formed(result, 90, 33)
    assert result["image_size_px"].tolist() == [1768, 994]
    x = result["joints_world_m"]
    # He stands on a roof and faces the camera.
    assert 1.5 < np.median(x[:, joints.INDEX["head"], 2]) < 2.0
    assert np.median(x[:, [3, 6], 2]) < 0.2
    assert (x[30:80, joints.INDEX["left_shoulder"], 0] > x[30:80, joints.INDEX["right_shoulder"], 0]).all()
    stages = [stage for stage, _ in itertools.groupby(m.text("stage") for m in told if m.type == "progress")]
    assert stages == ["decode", "detect", "lift", "refine", "write"]
