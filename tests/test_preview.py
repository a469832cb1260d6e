"""What a job shows while it looks, and how it keeps what it has."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from child_process import Child, needs_pose_model, needs_weights, request_line, write_request
from test_child_results import write_walk
from video_files import write_plain

from inference import protocol
from inference.channel import Channel
from inference.detect.detector import Keypoints
from inference.joints import INDEX
from inference.layouts import load_layout
from inference.lift.normalise import default_focal_px
from inference.preview.figure import LiveFigure
from inference.preview.preview import LONGEST_SIDE_PX, Preview
from inference.video import Frame

FILM = Path(__file__).resolve().parents[1] / "samples" / "film.mp4"
SIZE_PX = (1280, 720)
H36M = load_layout("h36m-17")


def standing_m() -> np.ndarray:
    """(17, 3) metres, camera axes, of somebody who stands upright with arms down, pelvis at the origin."""
    at = np.zeros((17, 3))
    for name, x, y in (
        ("right_hip", -0.13, 0.0), ("right_knee", -0.13, 0.44), ("right_ankle", -0.13, 0.87),
        ("left_hip", 0.13, 0.0), ("left_knee", 0.13, 0.44), ("left_ankle", 0.13, 0.87),
        ("spine", 0.0, -0.22), ("thorax", 0.0, -0.5), ("nose", 0.0, -0.63), ("head", 0.0, -0.74),
        ("left_shoulder", 0.17, -0.5), ("left_elbow", 0.2, -0.22), ("left_wrist", 0.22, 0.03),
        ("right_shoulder", -0.17, -0.5), ("right_elbow", -0.2, -0.22), ("right_wrist", -0.22, 0.03),
    ):  # fmt: skip
        at[INDEX[name], :2] = x, y
    return at


def seen_at(place_m: np.ndarray, pitch_rad: float = 0.0) -> Keypoints:
    """That person at a place before a camera that looks down by an angle, as a detector with its own 3D would say."""
    cos, sin = np.cos(pitch_rad), np.sin(pitch_rad)
    pose = standing_m() @ np.array([[1.0, 0.0, 0.0], [0.0, cos, -sin], [0.0, sin, cos]])
    body = pose + place_m
    px = body[:, :2] / body[:, 2:] * default_focal_px(np.array(SIZE_PX)) + np.array(SIZE_PX) / 2.0
    return Keypoints(px.astype(np.float32), np.ones(17, np.float32), pose.astype(np.float32))


def walked(places: list[tuple[float, float, float]], pitch_rad: float = 0.0) -> np.ndarray:
    """(T, 17, 3) figures of somebody who is at these places, a frame each 1/30 s."""
    figure, joints = LiveFigure(H36M, SIZE_PX), []
    for number, place in enumerate(places):
        found = seen_at(np.array(place), pitch_rad)
        assert found.world is not None
        joints.append(figure.stand(found.world, *figure.joints_2d(found), number / 30.0))
    return np.array(joints)


def test_a_figure_stands_upright_on_the_floor_and_goes_sideways() -> None:
    joints = walked([(0.02 * n, 0.1, 4.0) for n in range(60)])
    assert np.allclose(joints[0, 0, :2], 0.0, atol=1e-6)
    up = joints[:, INDEX["head"]] - joints[:, INDEX["left_ankle"]]
    assert (up[:, 2] > 0.95 * np.linalg.norm(up, axis=-1)).all()
    lowest = joints[:, [INDEX["left_ankle"], INDEX["right_ankle"]], 2].min(axis=1)
    assert np.abs(lowest - lowest[0]).max() < 1e-6
    assert (lowest > 0.0).all()
    # 1.18 m in all, to within the difference between this body and the reference's
    assert joints[-1, 0, 0] == pytest.approx(1.18, rel=0.02)
    assert abs(joints[-1, 0, 1]) < 1e-3


@pytest.mark.parametrize("pitch_deg", [-20.0, 15.0, 30.0])
def test_a_figure_stands_upright_before_a_camera_that_looks_up_or_down(pitch_deg: float) -> None:
    joints = walked([(0.0, 0.1, 4.0)] * 30, np.radians(pitch_deg))
    up = joints[:, INDEX["head"]] - 0.5 * (joints[:, INDEX["left_ankle"]] + joints[:, INDEX["right_ankle"]])
    tilt_deg = np.degrees(np.arccos(up[:, 2] / np.linalg.norm(up, axis=-1)))
    assert tilt_deg[0] == pytest.approx(abs(pitch_deg), abs=1.0)  # nobody can tell from one frame
    assert tilt_deg[-1] < 5.0


def test_a_figure_that_nears_the_camera_comes_to_the_front() -> None:
    joints = walked([(0.0, 0.1, 5.0 - 0.02 * n) for n in range(60)])
    assert joints[-1, 0, 1] == pytest.approx(-1.18, rel=0.2)


def test_a_preview_is_told_and_read_again(tmp_path: Path) -> None:
    stream = io.StringIO()
    preview = Preview(tmp_path / "new" / "a.preview.npz", Channel(stream), "h36m-17", SIZE_PX, period_s=0.0)
    image = np.zeros((360, 640, 3), np.uint8)
    image[:150, :, 2] = 200  # red above
    image[150:, :, 0] = 200  # blue below
    found = seen_at(np.array([0.0, 0.0, 4.0]))
    half = replace(found, px=found.px * np.float32(0.5))
    preview.show(7, Frame(7, 0.0, image, 0.5), half)
    message = protocol.parse(stream.getvalue())
    assert message.fields == {"path": str(tmp_path / "new" / "a.preview.npz"), "frame": 7}
    with np.load(message.text("path"), allow_pickle=False) as shown:
        assert int(shown["frame"]) == 7
        assert max(shown["picture"].shape) == LONGEST_SIDE_PX
        assert (shown["picture"][: len(shown["picture"]) // 2] == [0, 0, 200, 255]).all()  # the lower half
        assert (shown["picture"][-1] == [200, 0, 0, 255]).all()
        assert np.allclose(shown["keypoints_px"], found.px, atol=1e-3)
        assert np.isfinite(shown["joints_world_m"]).all()
    preview.show(8, Frame(8, 1 / 30, image, 0.5), None)
    with np.load(message.text("path"), allow_pickle=False) as shown:
        assert int(shown["frame"]) == 8
        assert np.isnan(shown["joints_world_m"]).all()
        assert (shown["confidence"] == 0.0).all()
    preview.close()
    assert not list((tmp_path / "new").iterdir())


def test_a_preview_keeps_to_its_rate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stream, now_s = io.StringIO(), [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now_s[0])
    preview = Preview(tmp_path / "a.preview.npz", Channel(stream), "h36m-17", SIZE_PX, period_s=0.125)
    for number in range(25):
        now_s[0] = number / 64.0  # eight of these are a period, without an error of rounding
        preview.show(number, Frame(number, now_s[0], np.zeros((90, 160, 3), np.uint8), 1.0), None)
    told = [protocol.parse(line).fields["frame"] for line in stream.getvalue().splitlines()]
    assert told == [0, 8, 16, 24]


def test_a_full_disk_does_not_end_the_job(tmp_path: Path) -> None:
    stream = io.StringIO()
    (tmp_path / "file").write_text("no folder")
    preview = Preview(tmp_path / "file" / "a.preview.npz", Channel(stream), "h36m-17", SIZE_PX, period_s=0.0)
    for number in range(2):
        preview.show(number, Frame(number, number / 30.0, np.zeros((90, 160, 3), np.uint8), 1.0), None)
    assert stream.getvalue() == ""


@needs_pose_model
@needs_weights
class TestJobs:
    """Real jobs on the sample film."""

    def test_what_is_done_is_kept(self, tmp_path: Path) -> None:
        with Child(tmp_path, "serve", "--lifeline") as child:
            child.send(request_line(write_request(tmp_path, video=FILM, preview=True)))
            shown = child.until("preview")
            while shown.number("frame") < 20:
                shown = child.until("preview")
            child.send('{"keep": true}')
            told = child.job()
            child.hang_up()
        result = told[-1]
        assert result.type == "result", result.fields
        with np.load(result.text("path"), allow_pickle=False) as arrays:
            frames = len(arrays["joints_world_m"])
        assert frames == result.number("frames")
        assert 20 < frames < 200
        (warning,) = [m.text("text") for m in told if m.fields.get("code") == "stopped-early"]
        assert f"{frames} of 360" in warning
        assert [path.name for path in tmp_path.glob("*.npz*")] == ["result.npz"]

    def test_with_nothing_found_there_is_nothing_to_keep(self, tmp_path: Path) -> None:
        video = write_plain(tmp_path / "long.mp4", frames=200)
        with Child(tmp_path, "run", "--request", write_request(tmp_path, video=video), "--lifeline") as child:
            child.until("progress")
            child.send('{"keep": true}')
            told, code = child.end()
        assert code == protocol.EXIT_ERROR
        assert "nothing-to-keep" in [message.fields.get("code") for message in told]
        assert told[-1].fields["code"] == "no-person"


@needs_weights
@pytest.mark.parametrize("stage", ["lift", "refine", "write"])
def test_behind_the_detection_everything_is_kept_anyway(tmp_path: Path, stage: str) -> None:
    write_walk(tmp_path / "walk.npz", frames=1500)
    request = write_request(tmp_path, keypoints=tmp_path / "walk.npz")
    with Child(tmp_path, "run", "--request", request, "--lifeline") as child:
        while child.until("progress").fields["stage"] != stage:
            pass
        child.send('{"keep": true}')
        told, code = child.end()
    assert code == protocol.EXIT_RESULT
    assert told[-1].number("frames") == 1500
    assert "stopped-early" not in [message.fields.get("code") for message in told]
