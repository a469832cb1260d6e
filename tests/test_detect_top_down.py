"""A detector of the user's own: boxes, points, following, and what is said when a network is missing."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from child_process import Child, write_request
from stand_in_detectors import BOXES_PX, COAT_BGR, point_colours, write_boxes, write_pose, write_raw_boxes

from inference.detect.onnx_files import load_networks
from inference.detect.person_boxes import PersonBoxes
from inference.detect.top_down import TopDown
from inference.errors import ModelError

SHAPE = (360, 640, 3)


def draw(left: int, top: int, size: int, count: int = 17) -> tuple[np.ndarray, np.ndarray]:
    """A picture of somebody in a green coat with a coloured dot for each point, and (K, 2) where the dots are."""
    picture = np.zeros(SHAPE, np.uint8)
    picture[top : top + size, left : left + size // 2] = COAT_BGR
    rows = int(np.ceil(np.sqrt(2 * count)))
    px = []
    for number, colour in enumerate(point_colours(count)):
        row, column = divmod(number, max(rows // 2, 1))
        x = left + size / 2 * (column + 0.5) / max(rows // 2, 1)
        y = top + size * (row + 0.5) / (rows + 2)
        cv2.circle(picture, (round(x), round(y)), 3, colour.tolist(), -1)
        px.append((round(x), round(y)))
    return picture, np.array(px, float)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_pose(tmp_path / "rtmpose.onnx")
    write_boxes(tmp_path / "yolox.onnx")
    return tmp_path


def test_points_are_found_where_they_are_and_followed(folder: Path) -> None:
    detector = TopDown(folder)
    assert detector.layout == "coco-17"
    for frame in range(40):
        picture, px = draw(40 + 9 * frame, 30, 280)
        found = detector.detect(picture, frame / 30.0)
        assert found is not None
        assert np.linalg.norm(found.px - px, axis=1).max() < 5.0, frame
        assert found.confidence.min() > 0.5


def test_nobody_is_nobody_and_whoever_comes_back_is_found(folder: Path) -> None:
    detector = TopDown(folder)
    assert detector.detect(np.zeros(SHAPE, np.uint8), 0.0) is None
    assert detector.detect(draw(100, 40, 250)[0], 0.1) is not None
    assert detector.detect(np.zeros(SHAPE, np.uint8), 0.2) is None
    picture, px = draw(400, 60, 200)
    found = detector.detect(picture, 0.3)
    assert found is not None and np.linalg.norm(found.px - px, axis=1).max() < 5.0


@pytest.mark.parametrize(("count", "layout", "kept"), [(26, "halpe-26", 26), (133, "coco-17", 17)])
def test_layouts_are_told_by_the_number_of_points(tmp_path: Path, count: int, layout: str, kept: int) -> None:
    write_pose(tmp_path / "pose.onnx", count, batches=False)
    write_boxes(tmp_path / "boxes.onnx")
    detector = TopDown(tmp_path)
    picture, px = draw(200, 20, 320, count)
    found = detector.detect(picture, 0.0)
    assert detector.layout == layout and found is not None
    assert found.px.shape == (kept, 2) and np.median(np.linalg.norm(found.px - px[:kept], axis=1)) < 5.0


def test_boxes_of_a_network_without_suppression_are_decoded_and_doubles_left_out(tmp_path: Path) -> None:
    boxes = np.array([[20.0, 40.0, 120.0, 300.0], [180.0, 60.0, 260.0, 280.0], [24.0, 46.0, 130.0, 310.0]])
    write_raw_boxes(tmp_path / "yolox.onnx", boxes, np.array([0.9, 0.8, 0.7]))
    write_pose(tmp_path / "pose.onnx")
    finder = PersonBoxes(load_networks(tmp_path)[0])
    found, scores = finder.find(np.zeros((640, 480, 3), np.uint8))
    assert found == pytest.approx(boxes[:2] * 640 / BOXES_PX, rel=1e-4)
    assert scores == pytest.approx([0.9, 0.8], rel=1e-4)


def test_missing_and_foreign_networks_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"There are no \.onnx files in"):
        load_networks(tmp_path / "nowhere")
    write_pose(tmp_path / "pose.onnx")
    with pytest.raises(ModelError, match="finds people"):
        load_networks(tmp_path)
    write_boxes(tmp_path / "boxes.onnx")
    (tmp_path / "pose.onnx").unlink()
    with pytest.raises(ModelError, match="finds a person's points"):
        load_networks(tmp_path)
    write_pose(tmp_path / "pose.onnx", 5)
    with pytest.raises(ModelError, match="finds 5 points, expected one of 17, 26, 133"):
        TopDown(tmp_path)
    (tmp_path / "pose.onnx").write_bytes(b"no network")
    with pytest.raises(ModelError):
        TopDown(tmp_path)


def test_a_film_becomes_motion_by_a_detector_of_the_users_own(folder: Path) -> None:
    film = cv2.VideoWriter(str(folder / "film.avi"), cv2.VideoWriter.fourcc(*"FFV1"), 30.0, (SHAPE[1], SHAPE[0]))
    for frame in range(24):
        film.write(draw(40 + 9 * frame, 30, 280)[0])
    film.release()
    request = write_request(folder, video=folder / "film.avi", detector="onnx", detector_models=str(folder))
    with Child(folder, "run", "--request", request) as child:
        told, code = child.end(120.0)
    assert code == 0, told[-1]
    with np.load(folder / "result.npz", allow_pickle=False) as result:
        assert str(result["keypoint_layout"]) == "coco-17" and result["detected"].all()
        assert np.isnan(result["detector_world_m"]).all(), "it has no 3D of its own"
        assert result["keypoints_px"][23, 0] == pytest.approx(draw(40 + 9 * 23, 30, 280)[1][0], abs=5.0)
        assert np.isfinite(result["joints_world_m"]).all()
