"""Rig maps: the conventions are found on the bone names of real rigs, and refusals say what is missing."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from rigs.errors import MapError
from rigs.maps import MapTemplate, RigMap, Role, find_map, load_maps, rank_maps, read_map
from rigs.roles import SIDES, sided

RIGS = json.loads((Path(__file__).parent / "fixtures" / "rig_bone_names.json").read_text(encoding="utf-8"))
KNOWN = [name for name, rig in RIGS.items() if rig["convention"]]
FOLDER = Path(__file__).parents[1] / "rigs" / "maps"


def names_of(template: MapTemplate, prefix: str = "") -> list[str]:
    return [prefix + slot[0] for slots in template.roles.values() for slot in slots]


@pytest.mark.parametrize("rig", KNOWN)
def test_real_rigs_are_recognised(rig: str) -> None:
    names = list(RIGS[rig]["bones"])
    random.Random(3).shuffle(names)
    found = find_map(names)
    assert found.name == RIGS[rig]["convention"]
    assert found.score == 1.0
    assert not found.missing()
    assert set(found.bones(*found.roles)) <= set(names)


@pytest.mark.parametrize("rig", KNOWN)
def test_sides_mirror_each_other(rig: str) -> None:
    found = find_map(RIGS[rig]["bones"])
    for limb in ("clavicle", "upper_arm", "forearm", "hand", "thigh", "shin", "foot", "toe"):
        left, right = (found.bones(sided(limb, side)) for side in SIDES)
        assert len(left) == len(right)
        assert not set(left) & set(right)
        for ours, theirs in zip(left, right, strict=True):
            swapped = ours.replace("Left", "Right").replace("_l", "_r").replace(".L", ".R").replace(".l", ".r")
            assert swapped == theirs


@pytest.mark.parametrize("template", load_maps(), ids=lambda template: template.name)
def test_every_map_finds_its_own_names(template: MapTemplate) -> None:
    ranked = rank_maps([*names_of(template), *template.marker])
    match = next(match for match in ranked if match.template.name == template.name)
    assert match.rig_map.score == 1.0 and not match.missing
    best = ranked[0]
    assert best.rig_map.score == 1.0


@pytest.mark.parametrize("prefix", ["mixamorig:", "mixamorig1:", "mixamorig12_", "Armature|", "hero-", ""])
def test_any_prefix_will_do(prefix: str) -> None:
    names = [prefix + name.removeprefix("mixamorig:") for name in RIGS["mpfb_mixamo"]["bones"]]
    found = find_map(names)
    assert found.name == "Mixamo"
    assert found.roles[Role.PELVIS] == (prefix + "Hips",)
    assert found.roles[Role.SPINE] == (prefix + "Spine", prefix + "Spine1")


def test_separators_and_case_do_not_matter() -> None:
    names = [name.replace(".", "_").upper() for name in RIGS["rigify_human_metarig"]["bones"]]
    found = find_map(names)
    assert found.name == "Rigify metarig"
    assert found.roles[Role.SHIN_LEFT] == ("SHIN_L",)


def test_split_limbs_are_chains_from_the_body_outwards() -> None:
    found = find_map(RIGS["mpfb_default"]["bones"])
    assert found.roles[Role.UPPER_ARM_LEFT] == ("upperarm01.L", "upperarm02.L")
    assert found.roles[Role.SHIN_RIGHT] == ("lowerleg01.R", "lowerleg02.R")
    assert found.bones(Role.SPINE, Role.CHEST) == ("spine05", "spine04", "spine03", "spine02", "spine01")


def test_the_number_of_spine_bones_may_vary() -> None:
    found = find_map(name for name in RIGS["mpfb_mixamo"]["bones"] if not name.endswith("Spine2"))
    assert found.bones(Role.SPINE, Role.CHEST) == ("mixamorig:Spine", "mixamorig:Spine1")


def test_what_is_missing_is_named() -> None:
    names = [name for name in RIGS["mpfb_mixamo"]["bones"] if not name.endswith("LeftForeArm")]
    with pytest.raises(MapError, match=r"Mixamo.*left forearm \('mixamorig:LeftForeArm'\)"):
        find_map(names)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(MapError, match="None of the 3 bone names"):
        find_map(["Bone", "Bone.001", "Bone.002"])
    with pytest.raises(MapError):
        find_map([])


def test_a_map_of_the_users_own(tmp_path: Path) -> None:
    data = json.loads((FOLDER / "mixamo.json").read_text(encoding="utf-8"))
    data["name"] = "Studio"
    data["sides"] = {"left": ["links"], "right": ["rechts"]}
    (tmp_path / "studio.json").write_text(json.dumps(data), encoding="utf-8")
    names = [name.replace("Left", "links").replace("Right", "rechts") for name in RIGS["mpfb_mixamo"]["bones"]]
    with pytest.raises(MapError):
        find_map(names)
    found = find_map(names, load_maps(tmp_path))
    assert found.name == "Studio"
    assert found.roles[Role.HAND_LEFT] == ("mixamorig:linksHand",)


def test_a_users_map_replaces_the_one_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text((FOLDER / "mixamo.json").read_text(encoding="utf-8"), encoding="utf-8")
    assert [template.name for template in load_maps(tmp_path)].count("Mixamo") == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 2}, "schema 2"),
        ({"extra": 1}, "unknown key 'extra'"),
        ({"roles": {"wing": [["Wing"]]}}, "unknown role 'wing'"),
        ({"roles": {"pelvis": ["Hips"]}}, "list of lists"),
        ({"roles": None}, "'roles'"),
    ],
)
def test_bad_map_files_are_named(tmp_path: Path, change: dict[str, object], message: str) -> None:
    data = json.loads((FOLDER / "mixamo.json").read_text(encoding="utf-8")) | change
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(MapError, match=rf"bad\.json.*{message}"):
        read_map(path)


def test_no_json_and_no_folder(tmp_path: Path) -> None:
    (tmp_path / "torn.json").write_text("{", encoding="utf-8")
    with pytest.raises(MapError, match=r"torn\.json"):
        load_maps(tmp_path)
    with pytest.raises(MapError, match="is not there"):
        load_maps(tmp_path / "nowhere")


def test_a_bone_has_one_role() -> None:
    with pytest.raises(MapError, match="'Hips'"):
        RigMap("twice", {Role.PELVIS: ("Hips",), Role.SPINE: ("Hips",)})
    with pytest.raises(MapError, match="no bone"):
        RigMap("none", {Role.PELVIS: ()})


def test_a_rigify_control_rig_is_keyed_through_its_fk_controls() -> None:
    found = find_map(RIGS["rigify_basic_human_generated"]["bones"])
    assert found.name == "Rigify control rig"
    assert found.roles[Role.SHIN_LEFT] == ("shin_fk.L",)
    assert found.parents["ORG-shoulder.R"] == "shoulder.R"
    assert found.switches["upper_arm_parent.L", "IK_FK"] == 1.0
    assert found.switches["torso", "head_follow"] == 1.0
    assert found.notice


def test_the_deform_bones_alone_are_a_rig_of_their_own() -> None:
    names = [name for name in RIGS["rigify_basic_human_generated"]["bones"] if name.startswith("DEF-")]
    found = find_map(names)
    assert found.roles[Role.UPPER_ARM_LEFT] == ("DEF-upper_arm.L", "DEF-upper_arm.L.001")
    assert found.bones(Role.SPINE, Role.CHEST) == ("DEF-spine.001", "DEF-spine.002", "DEF-spine.003")


@pytest.mark.parametrize("template", [each for each in load_maps() if each.twists], ids=lambda template: template.name)
def test_twist_bones_are_found_beside_the_chain(template: MapTemplate) -> None:
    twists = [f"rig1:{slot[0]}" for slots in template.twists.values() for slot in slots]
    names = names_of(template, "rig1:")
    found = next(match for match in rank_maps([*twists, *names]) if match.template.name == template.name).rig_map
    assert [bone for bones in found.twists.values() for bone in bones] == twists
    assert not set(twists) & set(found.bones(*found.roles))
    without = next(match for match in rank_maps(names) if match.template.name == template.name).rig_map
    assert not without.twists and without.score == found.score
