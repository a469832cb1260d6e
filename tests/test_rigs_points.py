"""Points of hands and feet, read from the detector's own 3D in result files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from rigs_support import performer

from rigs import points, quaternions
from rigs.arrays import FloatArray
from rigs.errors import SequenceError
from rigs.points import Detection3D, read_points
from rigs.sequence import PoseSequence, load_result
from rigs.skeleton import H36M_17, POINTS

COLUMNS = {"elbow": 13, "wrist": 15, "little_knuckle": 17, "index_knuckle": 19, "thumb_knuckle": 21}
COLUMNS |= {"knee": 25, "ankle": 27, "heel": 29, "toe": 31}
STEPS = {
    "heel": (0.0, 0.06, -0.05),
    "toe": (0.02, -0.15, -0.06),
    "thumb_knuckle": (0.03, -0.05, 0.0),
    "index_knuckle": (0.09, -0.02, 0.01),
    "little_knuckle": (0.08, 0.02, -0.01),
}
CAMERA = quaternions.to_matrix(quaternions.exp(np.array([1.4, 0.3, -0.2])))
SIZE = 0.8


def true_points(source: PoseSequence) -> dict[str, FloatArray]:
    found = {}
    for name in POINTS:
        side, _, point = name.partition("_")
        base = source.joint(f"{side}_{'ankle' if point in ('heel', 'toe') else 'wrist'}")
        found[name] = base + np.array(STEPS[point]) * np.array([1.0 if side == "left" else -1.0, 1.0, 1.0])
    return found


def seen(source: PoseSequence) -> Detection3D:
    """What a perfect detector with another idea of size and place says in the axes of a turned camera."""
    world = np.full((len(source.joints), 33, 3), np.nan)
    for name, path in true_points(source).items():
        side, _, point = name.partition("_")
        world[:, COLUMNS[point] + (side == "right")] = path
    for side in ("left", "right"):
        for joint in ("elbow", "wrist", "knee", "ankle"):
            world[:, COLUMNS[joint] + (side == "right")] = source.joint(f"{side}_{joint}")
    keypoints = SIZE * (world - world[:, 25:26]) @ CAMERA
    return Detection3D("blazepose-33", keypoints, np.ones(world.shape[:2]), CAMERA)


def test_points_are_the_detectors_set_on_our_joints() -> None:
    source = performer(0)
    found = read_points(seen(source), source.joints, source.frame_times_s)
    assert set(found) == set(POINTS)
    for name, path in true_points(source).items():
        assert np.abs(found[name] - path).max() < 1e-9, name


def test_points_are_unknown_where_the_detector_is_unsure() -> None:
    source = performer(0)
    sure = seen(source)
    confidence = sure.confidence.copy()
    confidence[20:30, COLUMNS["toe"]] = 0.1
    confidence[40:, COLUMNS["wrist"]] = 0.0
    confidence[:, COLUMNS["heel"]] = 0.2
    unsure = Detection3D(sure.layout, sure.keypoints_m, confidence, CAMERA)
    found = read_points(unsure, source.joints, source.frame_times_s)
    assert "left_heel" not in found
    known = np.isfinite(found["left_toe"]).all(axis=-1)
    assert not known[20:30].any() and known[:20].all() and known[30:].all()
    assert not np.isfinite(found["left_thumb_knuckle"][40:]).any()
    assert np.isfinite(found["right_thumb_knuckle"]).all()


@pytest.mark.parametrize(("size", "possible"), [(0.4, False), (0.6, True), (1.7, True), (1.9, False)])
def test_points_at_an_impossible_distance_are_unknown_and_change_no_others(size: float, possible: bool) -> None:
    source = performer(0)
    sure = seen(source)
    keypoints = sure.keypoints_m.copy()
    wrist, knuckle = COLUMNS["wrist"], COLUMNS["index_knuckle"]
    keypoints[20:25, knuckle] = keypoints[20:25, wrist] + size * (keypoints[20:25, knuckle] - keypoints[20:25, wrist])
    found = read_points(
        Detection3D(sure.layout, keypoints, sure.confidence, CAMERA), source.joints, source.frame_times_s
    )
    known = np.isfinite(found["left_index_knuckle"]).all(axis=-1)
    assert np.flatnonzero(~known).tolist() == ([] if possible else [*range(20, 25)])
    for name, path in true_points(source).items():
        assert np.nanmax(np.abs(found[name] - path)) < 1e-9, name


def test_noise_is_calmed() -> None:
    source = performer(1)
    sure = seen(source)
    noise = np.random.default_rng(0).normal(scale=0.02, size=sure.keypoints_m.shape)
    noisy = Detection3D(sure.layout, sure.keypoints_m + noise, sure.confidence, CAMERA)
    found = read_points(noisy, source.joints, source.frame_times_s)
    for name, path in true_points(source).items():
        raw = np.sqrt(2.0) * 0.02 / SIZE * np.sqrt(3.0)
        assert np.sqrt(np.nanmean(np.sum((found[name] - path) ** 2, axis=-1))) < 0.6 * raw, name


def test_layouts_without_such_points_give_none() -> None:
    source = performer(0)
    sure = seen(source)
    other = Detection3D("coco-17", sure.keypoints_m, sure.confidence, CAMERA)
    assert read_points(other, source.joints, source.frame_times_s) == {}


def write(path: Path, source: PoseSequence, **changes: object) -> Path:
    detection = seen(source)
    to_world = np.eye(4)
    to_world[:3, :3] = CAMERA
    fields: dict[str, object] = {
        "schema_version": np.int64(1),
        "joint_names": np.array(H36M_17.joint_names),
        "joints_world_m": source.joints,
        "confidence": source.confidence,
        "fps": np.float64(source.fps),
        "frame_times_s": source.frame_times_s,
        "keypoint_layout": np.array(detection.layout),
        "detector_world_m": detection.keypoints_m,
        "keypoint_confidence": detection.confidence,
        "world_from_camera": to_world,
    }
    np.savez(path, **(fields | changes))  # type: ignore[arg-type]
    return path


def test_hands_and_feet_go_with_the_sides_that_were_exchanged(tmp_path: Path) -> None:
    """The detector mixes up the arms for a while, later the legs, and the result's joints were put right."""
    source = performer(2)
    layout = json.loads((Path(points.__file__).parent / "point_layouts.json").read_text("utf-8"))["blazepose-33"]
    columns = {**layout["joints"], **layout["points"]}
    legs = ("knee", "ankle", "heel", "toe")
    sides = np.zeros((len(source.joints), 2), np.bool_)
    sides[10:40, 0] = sides[30:60, 1] = True
    mixed = seen(source).keypoints_m.copy()
    for name, column in columns.items():
        side, _, part = name.partition("_")
        twin = columns[f"{'left' if side == 'right' else 'right'}_{part}"]
        frames = sides[:, int(part in legs)]
        mixed[frames, column] = seen(source).keypoints_m[frames, twin]
    told = load_result(write(tmp_path / "told.npz", source, detector_world_m=mixed, sides_exchanged=sides))
    untold = load_result(write(tmp_path / "untold.npz", source, detector_world_m=mixed))
    for name, path in true_points(source).items():
        assert np.abs(told.points[name] - path).max() < 1e-6, name
    assert max(np.nanmax(np.abs(untold.points[name] - path)) for name, path in true_points(source).items()) > 0.02


def test_result_files_bring_their_points(tmp_path: Path) -> None:
    source = performer(2)
    read = load_result(write(tmp_path / "result.npz", source))
    for name, path in true_points(source).items():
        assert np.abs(read.points[name] - path).max() < 1e-6, name


@pytest.mark.parametrize("field", ["detector_world_m", "keypoint_confidence"])
def test_detections_of_another_length_are_refused(tmp_path: Path, field: str) -> None:
    source = performer(2)
    detection = seen(source)
    short = {"detector_world_m": detection.keypoints_m[:-5], "keypoint_confidence": detection.confidence[:-5]}
    file = write(tmp_path / "result.npz", source, **{field: short[field]})
    with pytest.raises(SequenceError, match=r"result\.npz.*make it again"):
        load_result(file)
