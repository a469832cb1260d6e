"""What the user sets right: the edits file, and what it does to a result."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from child_process import needs_weights
from test_child_results import load, run, write_walk

from inference import joints, protocol
from inference.edit.edits import Contact, Edits, Point, Swap, load_edits
from inference.edit.points import put_points
from inference.errors import RequestError
from inference.lift.gaps import fill_gaps

POINT = {"frame": 40, "joint": "left_wrist", "x_px": 600.0, "y_px": 300.0}
SWAP = {"start": 10, "end": 30, "part": "arms"}
CONTACT = {"foot": "left", "start": 20, "end": 35, "standing": True}


def write_edits(path: Path, **groups: list[dict[str, object]]) -> Path:
    path.write_text(json.dumps({"schema": 1, **groups}), encoding="utf-8")
    return path


def test_an_edits_file_is_read(tmp_path: Path) -> None:
    path = write_edits(tmp_path / "edits.json", points=[POINT], swaps=[SWAP], contacts=[CONTACT])
    assert load_edits(path) == Edits((Point(**POINT),), (Swap(**SWAP),), (Contact(**CONTACT),))  # type: ignore[arg-type]
    assert load_edits(write_edits(path)) == Edits()


@pytest.mark.parametrize(
    ("groups", "says"),
    [
        ({"points": [{**POINT, "joint": "left_ear"}]}, r"points\[0\]: joint is 'left_ear', expected one of pelvis"),
        ({"points": [POINT, {**POINT, "frame": -1}]}, r"points\[1\]: frame is -1"),
        ({"points": [{**POINT, "frame": 2.5}]}, "whole number"),
        ({"points": [{**POINT, "x_px": "left"}]}, "x_px is 'left'"),
        ({"points": [{"frame": 1}]}, "frame, joint, x_px, y_px"),
        ({"points": {}}, "points must be a list"),
        ({"swaps": [{**SWAP, "end": 10}]}, r"swaps\[0\] holds no frame: 10..10"),
        ({"swaps": [{**SWAP, "part": "ears"}]}, "arms, legs, both"),
        ({"contacts": [{**CONTACT, "standing": 1}]}, "true or false"),
        ({"contacts": [{**CONTACT, "foot": "middle"}]}, "left, right"),
        ({"corrections": []}, "corrections"),
        ({"schema": 2}, "schema 2"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, groups: dict[str, list[dict[str, object]]], says: str) -> None:
    with pytest.raises(RequestError, match=says) as caught:
        load_edits(write_edits(tmp_path / "edits.json", **groups))
    assert "edits.json" in caught.value.message


@pytest.mark.parametrize("entry", [{"points": [POINT]}, {"swaps": [SWAP]}, {"contacts": [CONTACT]}])
def test_what_lies_behind_the_last_frame_is_named(tmp_path: Path, entry: dict[str, list[dict[str, object]]]) -> None:
    edits = load_edits(write_edits(tmp_path / "edits.json", **entry))
    edits.check(41, "edits.json")
    with pytest.raises(RequestError, match="has 29 frames"):
        edits.check(29, "edits.json")


def test_two_swaps_of_the_same_frames_undo_each_other() -> None:
    twice = Edits(swaps=(Swap(0, 8, "both"), Swap(4, 12, "arms")))
    assert twice.swapped(12).tolist() == [[True, True]] * 4 + [[False, True]] * 4 + [[True, False]] * 4


@needs_weights
def test_edits_change_the_result_and_leave_its_detections(tmp_path: Path) -> None:
    write_walk(tmp_path / "walk.npz")
    with np.load(tmp_path / "walk.npz") as walk:
        np.savez(tmp_path / "walk.npz", **{**walk, "confidence": np.full_like(walk["confidence"], 0.8)})
    assert run(tmp_path / "0", keypoints=tmp_path / "walk.npz")[1] == protocol.EXIT_RESULT
    edits = write_edits(tmp_path / "edits.json", points=[POINT], swaps=[SWAP], contacts=[CONTACT])
    for base, folder in (("0", "1"), ("1", "2")):
        told, code = run(tmp_path / folder, keypoints=tmp_path / base / "result.npz", edits=edits)
        assert code == protocol.EXIT_RESULT, told[-1]
    plain, edited, again = (load(tmp_path / folder) for folder in "012")
    for name, array in edited.items():  # edits are not made twice when an edited result is the base
        assert np.array_equal(again[name], array, equal_nan=array.dtype.kind == "f"), name
    for name in ("keypoints_px", "keypoint_confidence"):
        assert np.allclose(edited[name], plain[name], atol=1e-3)
    wrist = joints.INDEX["left_wrist"]
    assert edited["joints_px"][40, wrist].tolist() == [600.0, 300.0]
    assert plain["confidence"][40, wrist] < edited["confidence"][40, wrist] == 1.0
    right = joints.INDEX["right_wrist"]
    assert np.allclose(edited["joints_px"][10:25, wrist], plain["joints_px"][10:25, right], atol=1e-3)
    knees = [joints.INDEX["left_knee"], joints.INDEX["right_knee"]]
    assert np.allclose(edited["joints_px"][:, knees], plain["joints_px"][:, knees], atol=1e-3)
    assert plain["contact"][20:35, 0].max() < 1.0
    assert (edited["contact"][20:35, 0] == 1.0).all()
    assert np.isnan(plain["contact_said"]).all()
    assert np.flatnonzero(edited["contact_said"][:, 0] == 1.0).tolist() == list(range(20, 35))
    assert np.isnan(edited["contact_said"][:, 1]).all()


@needs_weights
def test_a_foot_stands_or_moves_as_it_was_said(tmp_path: Path) -> None:
    write_walk(tmp_path / "walk.npz")
    assert run(tmp_path / "0", keypoints=tmp_path / "walk.npz")[1] == protocol.EXIT_RESULT
    way = []
    for standing in (False, True):
        edits = write_edits(tmp_path / "edits.json", contacts=[{**CONTACT, "standing": standing}])
        assert run(tmp_path / "1", keypoints=tmp_path / "0" / "result.npz", edits=edits)[1] == protocol.EXIT_RESULT
        ankle = load(tmp_path / "1")["joints_camera_m"][20:35, joints.INDEX["left_ankle"]]
        way.append(np.linalg.norm(np.diff(ankle, axis=0), axis=-1).sum())
    assert way[1] < 0.5 * way[0]


def walk_track(frames: int = 90) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Joints (T, 17, 2) in pixels of a figure that walks and swings its arms, confidence (T, 17), times (T,)."""
    times = np.arange(frames) / 30.0
    rng = np.random.default_rng(1)
    px = np.cumsum(rng.normal(0.0, 30.0, (17, 2)), axis=0)[None] + np.stack([60.0 * times, 0.0 * times], -1)[:, None]
    px[:, joints.INDEX["left_wrist"]] += 12.0 * np.sin(4.0 * times)[:, None]
    return px, np.full(px.shape[:2], 0.9), times


@pytest.mark.parametrize("shape", ["drift", "block"])
def test_one_correction_mends_a_bad_stretch(shape: str) -> None:
    px, confidence, times = walk_track()
    wrist, bad = joints.INDEX["left_wrist"], slice(40, 60)
    envelope = np.sin(np.linspace(0.0, np.pi, 20)) if shape == "drift" else np.ones(20)
    faulty, unsure = px.copy(), confidence.copy()
    faulty[bad, wrist] += envelope[:, None] * [50.0, -20.0]
    unsure[bad, wrist] = 0.2
    x, y = px[50, wrist]
    placed, sure = put_points(faulty, unsure, times, Edits(points=(Point(50, "left_wrist", x, y),)))
    error = np.linalg.norm(placed - px, axis=-1)
    assert error[bad, wrist].mean() < 0.25 * np.linalg.norm(faulty - px, axis=-1)[bad, wrist].mean()
    assert error[:30].max() == error[70:].max() == 0.0
    assert np.delete(error, wrist, axis=1).max() == 0.0
    assert sure[50, wrist] == 1.0
    assert (sure[45:56, wrist] > 0.4).all()


def test_the_correction_of_a_slip_moves_no_other_frame() -> None:
    px, confidence, times = walk_track()
    wrist = joints.INDEX["left_wrist"]
    faulty = px.copy()
    faulty[50, wrist] += [60.0, 0.0]
    placed, _ = put_points(faulty, confidence, times, Edits(points=(Point(50, "left_wrist", *px[50, wrist]),)))
    assert np.linalg.norm(placed - px, axis=-1).max() < 1.0


def test_a_correction_where_nothing_was_seen_is_a_sight_to_fill_in_from() -> None:
    px, confidence, times = walk_track()
    wrist, hidden = joints.INDEX["left_wrist"], slice(40, 61)
    unseen = confidence.copy()
    unseen[hidden, wrist] = 0.0
    gone = np.where(unseen[..., None] > 0.0, px, np.nan)
    placed, sure = put_points(gone, unseen, times, Edits(points=(Point(50, "left_wrist", 5.0, 6.0),)))
    assert placed[50, wrist].tolist() == [5.0, 6.0]
    assert np.flatnonzero(sure[hidden, wrist]).tolist() == [10]
    filled = fill_gaps(placed, sure > 0.0, times)
    assert np.allclose(filled[45, wrist], (filled[39, wrist] * 5 + [30.0, 36.0]) / 11)


def test_frames_that_are_held_as_they_are_keep_a_correction_out() -> None:
    px, confidence, times = walk_track()
    wrist, bad = joints.INDEX["left_wrist"], slice(46, 52)
    faulty = px.copy()
    faulty[bad, wrist] += [50.0, -20.0]
    held = [Point(frame, "left_wrist", *px[frame, wrist]) for frame in (44, 53)]
    corrected = Point(48, "left_wrist", *px[48, wrist])
    placed, _ = put_points(faulty, confidence, times, Edits(points=(*held, corrected)))
    error = np.linalg.norm(placed - px, axis=-1)[:, wrist]
    assert error[bad].max() < 5.0
    assert np.delete(error, np.r_[bad]).max() < 5.0
    alone, _ = put_points(faulty, confidence, times, Edits(points=tuple(held)))
    assert np.allclose(alone, faulty)
