"""The benchmark's own measures: each sees the fault that it is there for, and nothing where there is none."""

from __future__ import annotations

import importlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_host import ROOT, load_package
from rigs_support import build_rig, performer

from rigs.kinematics import pose_bones
from rigs.quaternions import exp, multiply
from rigs.retarget import RetargetSettings, retarget
from rigs.sequence import PoseSequence
from rigs.solve.character import read_character

load_package()
figures: Any = importlib.import_module("pose_from_video.addon.bench.retarget.figures")
report: Any = importlib.import_module("pose_from_video.addon.bench.retarget.report")
skin: Any = importlib.import_module("pose_from_video.addon.bench.retarget.skin")

EXACT = RetargetSettings(ik=False, left_foot="off", right_foot="off")


def posed(sequence: PoseSequence, settings: RetargetSettings = EXACT, **turned: Any) -> Any:
    """What the benchmark measures, of a made-up rig; bones named are turned further by rotation vectors (T,3)."""
    rest, rig_map = build_rig()
    result = retarget(sequence, rest, rig_map, settings)
    rotations = np.array(result.rotations)
    for bone, vectors in turned.items():
        column = result.bone_names.index(bone.replace("__", "."))
        rotations[:, column] = multiply(rotations[:, column], exp(vectors))
    result = replace(result, rotations=rotations)
    bones = pose_bones(rest, result)
    return figures.Posed(read_character(rest, rig_map, None), result, bones, np.zeros((len(bones), 0, 3)))


def standing(frames: int = 40) -> PoseSequence:
    """Somebody who stands quite still."""
    return PoseSequence.from_joints(np.repeat(performer(0, frames=1, turn=False).joints, frames, axis=0), 30.0)


def test_limbs_that_point_as_they_should_have_no_error_and_turned_ones_theirs() -> None:
    source = performer(1)
    assert max(error.max() for error in figures.limb_errors_deg(posed(source), source).values()) < 1e-6
    wrong = np.tile(np.radians([10.0, 0.0, 0.0]), (len(source.joints), 1))
    errors = figures.limb_errors_deg(posed(source, forearm__left__0=wrong), source)
    assert np.allclose(errors["forearm_left"], 10.0, atol=1e-6)
    assert errors["upper_arm_left"].max() < 1e-6


def test_a_flip_is_a_jump_and_the_performers_own_haste_is_none() -> None:
    source = performer(2)
    calm = figures.jumps_over_source_deg(posed(source), source)
    assert max(jump.max() for jump in calm.values()) < 2.0
    flip = np.zeros((len(source.joints), 3))
    flip[20:, 1] = np.radians(170.0)
    jumps = figures.jumps_over_source_deg(posed(source, forearm__left__0=flip), source)
    assert jumps["forearm.left.0"].argmax() == 19
    assert jumps["forearm.left.0"].max() > 100.0


def test_a_knee_the_wrong_way_is_seen() -> None:
    source = performer(3)
    assert figures.backwards_deg(posed(source)).max() < 1e-6
    rest, rig_map = build_rig()
    knee = read_character(rest, rig_map, None).legs["left"]
    hinge = rest.rest_matrices[knee.lower[0], :3, :3].T @ knee.axis
    wrong = np.tile(-np.pi / 2 * hinge, (len(source.joints), 1))
    assert figures.backwards_deg(posed(source, shin__left__0=wrong)).max() > 60.0


def test_sliding_and_sinking_feet_are_measured_in_metres() -> None:
    source = standing()
    still = posed(source, RetargetSettings())
    assert figures.foot_slides_m(still, source).max() < 1e-6
    assert figures.penetration_m(still).max() < 1e-6
    sliding, sunk, deeper = (still.bones.copy() for _ in range(3))
    sliding[..., 0, 3] += 0.01 * np.arange(len(sliding))[:, None]
    assert np.allclose(figures.foot_slides_m(replace(still, bones=sliding), source), 0.01, atol=1e-6)
    sunk[..., 2, 3] -= 0.1
    deeper[..., 2, 3] -= 0.3
    depths = [figures.penetration_m(replace(still, bones=bones)).max() for bones in (sunk, deeper)]
    assert depths[0] > 0.05
    assert depths[1] - depths[0] == pytest.approx(0.2)


def test_skin_is_carried_by_its_bones_in_their_shares() -> None:
    rest, _ = build_rig()
    bones = np.tile(rest.rest_matrices, (2, 1, 1, 1))
    bones[1, 1, :3, 3] += [0.0, 0.0, 0.4]
    carried = skin.Skin(np.array([[0.1, 0.2, 0.3]]), np.array([[0, 1]]), np.array([[0.75, 0.25]]))
    assert np.allclose(carried.posed(rest, bones), [[[0.1, 0.2, 0.3]], [[0.1, 0.2, 0.4]]])


def test_the_table_has_a_row_for_each_rig_and_one_for_all(tmp_path: Path) -> None:
    row = dict.fromkeys(report.COLUMNS, 0.5)
    report.write_report(tmp_path / "t.md", {"one": row, "two": row}, row, {"one": {"slide_m": (0.1, "walk")}}, ["walk"])
    text = (tmp_path / "t.md").read_text(encoding="utf-8")
    assert all(f"| {name} |" in text for name in ("one", "two", "**all**"))
    assert "| one | slide_m | 0.100 | walk |" in text


def test_the_motions_are_many_and_varied() -> None:
    listed = json.loads((ROOT / "addon" / "bench" / "retarget" / "motions.json").read_text(encoding="utf-8"))["motions"]
    wanted = ("walk", "run", "jump", "salsa", "sit", "crawl", "cartwheel", "lie", "wave", "punch")
    assert len(listed) >= 20
    assert all(word in " ".join(listed) for word in wanted)
