"""Layouts: every one gives all 17 joints, the same way in a mirror."""

from __future__ import annotations

import numpy as np
import pytest

from inference import joints
from inference.errors import LayoutError
from inference.layouts import layout_names, load_layout
from inference.lift.normalise import MIRRORED, SPINE_FRACTION

POINTS = {"blazepose-33": 33, "coco-17": 17, "halpe-26": 26, "mpii-16": 16, "h36m-17": 17, "openpose-25": 25}


def standing(names: tuple[str, ...]) -> np.ndarray:
    """A person 480 px tall who faces the camera, with the heights of anatomical tables: (K, 2) px."""
    middle = {"nose": 140, "neck": 190, "upper_neck": 165, "thorax": 200, "spine": 270, "pelvis": 350, "head": 100}
    sides = {
        "eye": (8, 132), "eye_inner": (5, 132), "eye_outer": (11, 132), "ear": (20, 138), "mouth": (7, 150),
        "shoulder": (48, 200), "elbow": (60, 275), "wrist": (65, 345), "pinky": (66, 370), "index": (64, 372),
        "thumb": (60, 362), "hip": (25, 350), "knee": (27, 460), "ankle": (28, 560), "heel": (27, 570),
        "foot_index": (32, 580), "big_toe": (31, 580), "small_toe": (38, 578),
    }  # fmt: skip
    out = []
    for name in names:
        side, _, part = name.partition("_")
        if side in ("left", "right"):
            x, y = sides[part]
            out.append((300 + (x if side == "left" else -x), y))
        else:
            out.append((300, middle[name]))
    return np.array(out, np.float32)


@pytest.mark.parametrize("name", POINTS)
def test_every_layout_stands_a_person_up(name: str) -> None:
    layout = load_layout(name)
    assert len(layout.points) == len(set(layout.points)) == POINTS[name]
    px, confidence = layout.to_joints(standing(layout.points)[None], np.ones((1, POINTS[name]), np.float32))
    at = {joint: px[0, index] for joint, index in joints.INDEX.items()}
    assert np.all(confidence == 1.0)
    # A fitted recipe may move a joint off the detector's point: by less than 3 % of the person's height.
    off = 0.03 * 480 if name == "blazepose-33" else 1e-3
    for joint, place in {
        "pelvis": (300, 350),
        "thorax": (300, 200),
        "left_wrist": (365, 345),
        "right_ankle": (272, 560),
    }.items():
        assert np.linalg.norm(at[joint] - place) < off, joint
    # The top of the head is 100: within 3 % of the person's height, above the face in every case.
    assert abs(at["head"][1] - 100) < 15
    assert at["head"][1] < at["nose"][1] < at["thorax"][1]
    assert abs(at["head"][0] - 300) < 1e-3


@pytest.mark.parametrize("name", POINTS)
def test_the_spine_lies_where_training_puts_it(name: str) -> None:
    layout = load_layout(name)
    rng = np.random.default_rng(1)
    px, _ = layout.to_joints(rng.normal(size=(5, POINTS[name], 2)), np.ones((5, POINTS[name]), np.float32))
    pelvis, spine, thorax = px[:, 0], px[:, 7], px[:, 8]
    assert np.allclose(spine, pelvis + SPINE_FRACTION * (thorax - pelvis))


@pytest.mark.parametrize("name", POINTS)
def test_a_mirrored_person_gives_mirrored_joints(name: str) -> None:
    layout = load_layout(name)
    rng = np.random.default_rng(2)
    points = rng.normal(size=(3, POINTS[name], 2))
    confidence = rng.uniform(0.1, 1.0, size=(3, POINTS[name])).astype(np.float32)
    px, sure = layout.to_joints(points, confidence)
    flipped = (points * [-1, 1])[:, layout.mirrored]
    mirrored_px, mirrored_sure = layout.to_joints(flipped, confidence[:, layout.mirrored])
    swap = list(MIRRORED)
    assert np.allclose(mirrored_px, (px * [-1, 1])[:, swap])
    assert np.allclose(mirrored_sure, sure[:, swap])


def test_a_joint_is_as_sure_as_its_least_sure_point() -> None:
    layout = load_layout("coco-17")
    confidence = np.full((1, 17), 0.9, np.float32)
    confidence[0, layout.points.index("left_hip")] = 0.2
    _, sure = layout.to_joints(standing(layout.points)[None], confidence)
    lowered = {joints.NAMES[j] for j in np.flatnonzero(np.isclose(sure[0], 0.2))}
    assert lowered == {"pelvis", "left_hip", "spine"}


def test_a_hidden_ear_does_not_take_the_head_away_but_a_hidden_hip_takes_the_pelvis() -> None:
    layout = load_layout("coco-17")
    points, confidence = standing(layout.points)[None], np.ones((1, 17), np.float32)
    for hidden in ("left_ear", "left_hip"):
        confidence[0, layout.points.index(hidden)] = 0.0
    px, sure = layout.to_joints(points, confidence)
    assert np.isfinite(px[0, joints.INDEX["head"]]).all()
    assert sure[0, joints.INDEX["head"]] == 1.0
    assert np.isnan(px[0, joints.INDEX["pelvis"]]).all()
    assert sure[0, joints.INDEX["pelvis"]] == 0.0


def test_an_unknown_layout_names_the_known_ones() -> None:
    with pytest.raises(LayoutError) as caught:
        load_layout("coco-18")
    assert "coco-18" in caught.value.message
    assert all(name in caught.value.hint for name in POINTS)
    assert set(layout_names()) == set(POINTS)
