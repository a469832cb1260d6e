"""A rig that rests oddly, told which of its poses is upright, moves just as the same rig that rests upright."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rigs_support import RigPlan, build_rig, performer

from rigs import quaternions
from rigs.calibration import calibrate, calibrated, corrected
from rigs.errors import MapError
from rigs.kinematics import pose_bones
from rigs.maps import Correction, MapTemplate, RigMap, Role, detect, load_maps, write_map
from rigs.maps.correction import own_rest, wxyz
from rigs.maps.specimens import named_after
from rigs.rest import RigRest
from rigs.retarget import RetargetSettings, retarget

MIXAMO = next(template for template in load_maps() if template.name == "Mixamo")


def odd(rest: RigRest, rig_map: RigMap, seed: int, most_rad: float) -> RigRest:
    """The rig at rest in any odd pose: every bone turned about any axis, those between the mapped ones too."""
    rng = np.random.default_rng(seed)
    turns = quaternions.exp(rng.uniform(-1.0, 1.0, (len(rest.bone_names), 3)) * most_rad)
    corrections = {
        name: Correction(wxyz(turn), wxyz(own_rest(rest, name)))
        for name, turn in zip(rest.bone_names, turns, strict=True)
    }
    return calibrated(rest, replace(rig_map, corrections=corrections))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "settings", [RetargetSettings(), RetargetSettings(root_on="root", ik=False)], ids=["ik", "root"]
)
def test_an_odd_rest_makes_no_difference(seed: int, settings: RetargetSettings) -> None:
    upright, rig_map = build_rig(RigPlan(rolls=seed, split=1 + seed % 2, arm_down_deg=30.0))
    rest = odd(upright, rig_map, seed, 1.5)
    source = performer(seed, frames=40)
    expected = pose_bones(upright, retarget(source, upright, rig_map, settings))
    known = calibrate(rest, rig_map, upright.rest_matrices)
    found = pose_bones(rest, retarget(source, rest, known, settings))
    mapped = [upright.index(name) for name in rig_map.every_bone]
    assert np.allclose(found[:, mapped], expected[:, mapped], atol=1e-6)


def test_without_the_calibration_it_does() -> None:
    upright, rig_map = build_rig()
    rest = odd(upright, rig_map, 0, 0.3)
    source = performer(0, frames=10)
    plain = pose_bones(rest, retarget(source, rest, rig_map))
    known = pose_bones(rest, retarget(source, rest, calibrate(rest, rig_map, upright.rest_matrices)))
    assert not np.allclose(plain, known, atol=1e-2)


def test_a_rest_that_is_upright_needs_no_correction() -> None:
    rest, rig_map = build_rig(RigPlan(rolls=3))
    assert not calibrate(rest, rig_map, rest.rest_matrices).corrections
    assert calibrated(rest, rig_map) is rest


def test_a_bone_turned_by_hand_is_turned_so_in_every_frame() -> None:
    rest, rig_map = build_rig(RigPlan(rolls=5))
    turn = quaternions.from_axis_angle(np.array([0.0, 1.0, 0.0]), np.radians(10.0))
    (hand,) = rig_map.bones(Role.HAND_LEFT)
    source = performer(2, frames=20)
    plain = pose_bones(rest, retarget(source, rest, rig_map))
    once = corrected(rest, rig_map, hand, turn)
    turned = pose_bones(rest, retarget(source, rest, once))
    at = rest.index(hand)
    others = [bone for bone in range(len(rest.bone_names)) if bone != at]
    assert np.allclose(turned[:, others], plain[:, others], atol=1e-9)
    assert np.allclose(turned[:, at, :3, :3], plain[:, at, :3, :3] @ quaternions.to_matrix(turn), atol=1e-9)
    back = corrected(rest, once, hand, quaternions.inverse(turn))
    assert np.allclose(back.corrections[hand].turn, quaternions.IDENTITY)


def test_only_mapped_bones_are_corrected() -> None:
    rest, rig_map = build_rig()
    with pytest.raises(MapError, match=r"'hip_joint\.left' has no role"):
        corrected(rest, rig_map, "hip_joint.left", quaternions.IDENTITY)
    stale = replace(rig_map, corrections={"gone": Correction((1.0, 0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0))})
    with pytest.raises(MapError, match="'gone', which the rig lacks"):
        retarget(performer(0, frames=3), rest, stale)


def saved(folder: Path, rest: RigRest, rig_map: RigMap) -> None:
    """A calibrated map of the user's own."""
    write_map(
        folder / "mine.json", calibrate(rest, replace(rig_map, name="Mine"), odd(rest, rig_map, 1, 0.5).rest_matrices)
    )


def test_a_saved_calibration_is_found_again_on_its_rig_only(tmp_path: Path) -> None:
    specimen = named_after(MIXAMO)
    saved(tmp_path, specimen.rest, specimen.expected)
    found = detect(specimen.rest, load_maps(tmp_path))
    assert found.rig_map.name == "Mine" and not found.by_structure
    assert found.rig_map.roles == specimen.expected.roles
    again = calibrate(specimen.rest, specimen.expected, odd(specimen.rest, specimen.expected, 1, 0.5).rest_matrices)
    for bone, correction in again.corrections.items():
        assert np.allclose(found.rig_map.corrections[bone].turn, correction.turn)
    elsewhere = detect(odd(specimen.rest, specimen.expected, 2, 0.5), load_maps(tmp_path))
    assert not elsewhere.rig_map.corrections and "calibration" in elsewhere.reason


@pytest.mark.parametrize("template", [each for each in load_maps() if not each.refuse], ids=lambda each: each.name)
def test_every_map_survives_writing(template: MapTemplate, tmp_path: Path) -> None:
    rest = named_after(template).rest
    first = replace(detect(rest).rig_map, name="Mine")
    write_map(tmp_path / "mine.json", first)
    assert detect(rest, load_maps(tmp_path)).rig_map == replace(first, score=1.0)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.json"]


def test_a_map_without_a_pelvis_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(MapError, match="no bone for the pelvis"):
        write_map(tmp_path / "part.json", RigMap("part", {Role.HEAD: ("Head",)}))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("entry", ['{"turn": [1, 0, 0, 0]}', "5", '{"turn": [2, 0, 0, 0], "made_on": [1, 0, 0, 0]}'])
def test_bad_corrections_are_named(entry: str, tmp_path: Path) -> None:
    roles = '{"pelvis": [["Hips"]]}'
    text = f'{{"schema": 1, "name": "x", "roles": {roles}, "corrections": {{"Hips": {entry}}}}}'
    (tmp_path / "bad.json").write_text(text, encoding="utf-8")
    with pytest.raises(MapError, match=r"bad\.json.*correction"):
        load_maps(tmp_path)
