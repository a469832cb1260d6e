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
from inference.errors import RequestError

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
