"""Looking at a result: the film camera in each Blender at hand; doubts, drawing and rotation tags without one."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from blender.checkout import load_package
from blender_host import AVATAR, FILM, ROOT, each_host, run_in_blender
from fake_python import fake_python
from headless_support import walking_joints, write_film, write_result
from video_files import ffmpeg, write_plain, write_rotated

load_package()

from pose_from_video.addon.look.doubts import MOST, WHOLE, find_doubts  # noqa: E402 (there is no such package before)
from pose_from_video.addon.look.strokes import (  # noqa: E402
    colours_of,
    draw_bands,
    draw_figure,
    on_picture,
    project,
)
from pose_from_video.addon.look.turned import quarter_turns  # noqa: E402
from pose_from_video.rigs.filmed import Filmed, load_filmed  # noqa: E402
from pose_from_video.rigs.skeleton import H36M_17  # noqa: E402

SCRIPTS = Path(__file__).parent / "blender"
TRUTH = ROOT / "samples" / "film_truth.npz"
FPS = 30.0


def write_true_result(path: Path) -> Path:
    """The result that a faultless inference would make of the sample film, unsure of an arm for a while."""
    with np.load(TRUTH) as truth:
        values = {name: truth[name] for name in truth.files}
    joints = values["joints_camera_m"].astype(np.float64)
    frames = len(joints)
    values["joints_px"] = joints[..., :2] / joints[..., 2:] * values["focal_px"] + values["image_size_px"] / 2.0
    values["confidence"] = np.ones((frames, 17))
    values["confidence"][100:140, H36M_17.index("left_wrist")] = 0.2
    values["keypoints_px"], values["keypoint_confidence"] = values["joints_px"], values["confidence"]
    np.savez(path, schema_version=np.int64(1), **values)
    return path


@pytest.mark.bpy
@each_host
def test_the_camera_stands_where_the_films_did(host: str, tmp_path: Path) -> None:
    python = fake_python(tmp_path)
    env = {
        "POSE_RUNTIME_PYTHON": str(python),
        "FAKE_FRAMES": "3",
        "FAKE_RESULT": str(write_true_result(tmp_path / "result.npz")),
    }
    portrait = write_rotated(FILM, tmp_path / "portrait.mp4", 90)
    done = run_in_blender(host, SCRIPTS / "addon_look.py", str(FILM), str(AVATAR), str(portrait), env=env)
    print(done.stdout)
    assert "passed all" in done.stdout


@pytest.mark.bpy
@pytest.mark.slow
@each_host
def test_a_child_makes_the_side_by_side_film(host: str, tmp_path: Path) -> None:
    result = write_result(tmp_path / "walk.npz", walking_joints(12, FPS), FPS)
    film = write_film(tmp_path / "film é.mp4", 12, FPS)
    made = tmp_path / "made" / "beside.mp4"
    made.parent.mkdir()
    env = {"POSE_RUNTIME_PYTHON": sys.executable, "TMPDIR": str(tmp_path)}
    script = SCRIPTS / "addon_look_film.py"
    done = run_in_blender(host, script, str(film), str(AVATAR), str(result), str(made), env=env)
    assert "passed all" in done.stdout
    picture = cv2.VideoCapture(str(made)).read()[1]
    assert picture is not None and picture.shape[0] >= 96
    assert picture.shape[1] > 96, "the film stands beside the character"


def filmed_with(tmp_path: Path, confidence: np.ndarray) -> Filmed:
    path = write_result(tmp_path / "walk.npz", walking_joints(8, FPS)[np.arange(len(confidence)) % 8], FPS)
    with np.load(path) as arrays:
        np.savez(path, **{**arrays, "confidence": confidence})
    return load_filmed(path)


def test_doubts_name_limb_and_frames(tmp_path: Path) -> None:
    confidence = np.ones((200, 17))
    confidence[50:61, H36M_17.index("left_wrist")] = 0.1
    confidence[65:71, H36M_17.index("left_elbow")] = 0.3  # so soon after that it is one stretch
    confidence[100:120] = 0.0
    confidence[150, H36M_17.index("head")] = 0.0  # a blink
    confidence[10:20, H36M_17.index("left_knee")] = 0.4
    confidence[35:40, H36M_17.index("left_knee")] = 0.4  # half a second later it is another
    found = find_doubts(filmed_with(tmp_path, confidence))
    assert [(doubt.limb, doubt.first, doubt.last) for doubt in found] == [
        ("left leg", 10, 19),
        ("left leg", 35, 39),
        ("left arm", 50, 70),
        (WHOLE, 100, 119),
    ]
    assert found[-1].confidence == 0.0
    assert find_doubts(filmed_with(tmp_path, np.ones((200, 17)))) == ()


def test_only_the_worst_doubts_stay(tmp_path: Path) -> None:
    confidence = np.ones((2000, 17))
    for index in range(40):
        confidence[index * 50 : index * 50 + 10, H36M_17.index("right_knee")] = 0.4 - 0.01 * index
    found = find_doubts(filmed_with(tmp_path, confidence))
    assert [doubt.first for doubt in found] == [index * 50 for index in range(40 - MOST, 40)]


def test_points_on_the_picture_are_seen_where_they_are(tmp_path: Path) -> None:
    """A pixel, set before the camera and projected by that camera, is the same place in the picture."""
    film = filmed_with(tmp_path, np.ones((3, 17)))
    camera = film.world_from_camera @ np.diag([1.0, -1.0, -1.0, 1.0])
    width, height = film.image_size_px
    lens = np.zeros((4, 4))
    lens[0, 0], lens[1, 1] = 2 * film.focal_px / width, 2 * film.focal_px / height
    lens[2, 2], lens[3, 2] = -1.0, -1.0
    placed = on_picture(film.joints_px[1], film.image_size_px, film.focal_px, camera)
    seen = project(placed, lens @ np.linalg.inv(camera), (int(width), int(height)))
    np.testing.assert_allclose(seen * [1, -1] + [0, height], film.joints_px[1], atol=1e-6)
    behind = project(camera[:3, 3] + camera[None, :3, 2], lens @ np.linalg.inv(camera), (int(width), int(height)))
    assert np.isnan(behind).all()


def test_unknown_points_are_not_drawn() -> None:
    points = np.array([[10.0, 10.0], [np.nan, np.nan], [30.0, 10.0]])
    strokes = draw_figure(points, colours_of(np.array([0.0, 0.5, 1.0])), [(0, 1), (0, 2)], 3.0)
    assert strokes.lines.tolist() == [[10.0, 10.0], [30.0, 10.0]]
    assert strokes.line_colours[0, 0] > strokes.line_colours[1, 0], "unsure is redder than sure"
    corners = strokes.triangles.reshape(2, -1, 2)
    assert np.isfinite(corners).all()
    assert len(strokes.triangle_colours) == len(strokes.triangles)
    assert np.all(np.linalg.norm(corners - points[[0, 2]][:, None], axis=-1) < 3.01)


def test_bands_can_be_seen_however_short() -> None:
    strokes = draw_bands([(10.0, 10.0, 0.2), (50.0, 90.0, 0.4)], 0.0, 6.0)
    boxes = strokes.triangles.reshape(2, -1, 2)
    assert np.ptp(boxes[0, :, 0]) >= 3.0
    assert np.ptp(boxes[1, :, 0]) == 40.0
    assert draw_bands([], 0.0, 6.0).triangles.shape == (0, 2)


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_rotation_tags_are_read(degrees: int, tmp_path: Path) -> None:
    plain = write_plain(tmp_path / "plain.mp4", frames=1)
    tagged, upright, lying = tmp_path / "tagged.mp4", tmp_path / "upright.png", tmp_path / "lying.png"
    write_rotated(plain, tagged, degrees)
    ffmpeg("-i", tagged, "-frames:v", "1", upright)
    ffmpeg("-noautorotate", "-i", tagged, "-frames:v", "1", lying)
    shown, stored = (cv2.imread(str(path)).astype(int) for path in (upright, lying))
    assert np.abs(np.rot90(stored, -quarter_turns(tagged)) - shown).mean() < 3.0
    (tmp_path / "no film.mp4").write_bytes(b"nothing of the kind, but longer than a header")
    assert quarter_turns(tmp_path / "no film.mp4") == 0
