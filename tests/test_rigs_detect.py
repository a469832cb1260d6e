"""Conventions are found on armatures with their published names: any prefix, order, case and spelling of the sides."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from rig_files import rest_of

from rigs.errors import MapError
from rigs.maps import MapTemplate, RigMap, Role, detect, load_maps
from rigs.maps.sides import split_side
from rigs.maps.specimens import conventions, count_right, disguises, follows, named_after, without, wrong
from rigs.rest import RigRest
from rigs.roles import SIDES, sided

TEMPLATES = [template for template in load_maps() if not template.refuse]


def armature(template: MapTemplate, spelling: int = 0) -> tuple[RigRest, RigMap]:
    specimen = named_after(template, spelling)
    return specimen.rest, specimen.expected


def renamed(rest: RigRest, change: dict[str, str]) -> RigRest:
    return replace(rest, bone_names=tuple(change[name] for name in rest.bone_names))


def check(rest: RigRest, expected: RigMap, change: dict[str, str]) -> None:
    found = detect(renamed(rest, change))
    assert not found.by_structure
    for role, bones in expected.roles.items():
        assert found.rig_map.roles[role] == tuple(change[bone] for bone in bones), role
    assert 0.7 < found.confidence <= 1.0 and found.rig_map.name in found.reason


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_published_names(template: MapTemplate) -> None:
    rest, expected = armature(template)
    check(rest, expected, {name: name for name in rest.bone_names})


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_other_spellings_that_a_convention_knows(template: MapTemplate) -> None:
    rest, expected = armature(template, spelling=99)
    check(rest, expected, {name: name for name in rest.bone_names})


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_every_disguise(template: MapTemplate) -> None:
    right, total, faults = count_right(iter([named_after(template)]))
    assert not faults
    assert right == total == len(list(disguises(named_after(template))))


LACKING = {
    "neck": (Role.NECK,),
    "head": (Role.HEAD,),
    "clavicles": (Role.CLAVICLE_LEFT, Role.CLAVICLE_RIGHT),
    "toes": (Role.TOE_LEFT, Role.TOE_RIGHT),
    "hands": (Role.HAND_LEFT, Role.HAND_RIGHT),
    "root": (Role.ROOT,),
    "spine below the chest": (Role.SPINE,),
}


@pytest.mark.parametrize("lacking", [*LACKING, "all but hands and head"])
def test_optional_bones_may_be_missing(lacking: str) -> None:
    spared = (*LACKING["hands"], *LACKING["head"])
    every = tuple(role for roles in LACKING.values() for role in roles if role not in spared)
    faults = [wrong(without(specimen, *LACKING.get(lacking, every))) for specimen in conventions()]
    assert not [fault for fault in faults if fault]


def test_a_wrong_map_is_told() -> None:
    first, second = (specimen for specimen, _ in zip(conventions(), range(2), strict=False))
    assert first.name in wrong(replace(first, expected=second.expected))


CONVENTIONS = Path(__file__).parents[1] / "addon" / "bench" / "retarget" / "conventions.json"
RIGS_AT_HAND = json.loads(CONVENTIONS.read_text(encoding="utf-8"))


@pytest.mark.bpy
@pytest.mark.parametrize("rig", RIGS_AT_HAND)
def test_rigs_at_hand_in_every_disguise(rig: str) -> None:
    _, _, faults = count_right(iter([follows(rest_of(rig), RIGS_AT_HAND[rig], rig)]))
    assert not faults


@pytest.mark.parametrize("form", ["{side}_{stem}", "{stem}_{side}", "{stem}.{side}"])
@pytest.mark.parametrize("spoken", [("L", "R"), ("left", "right"), ("左", "右")], ids=["letters", "words", "Japanese"])
def test_sides_in_another_form(form: str, spoken: tuple[str, str]) -> None:
    """A Mixamo rig whose sides were rewritten, as renaming tools do for mirroring."""
    rest, expected = armature(next(template for template in TEMPLATES if template.name == "Mixamo"))
    change = {name: name for name in rest.bone_names}
    for name in rest.bone_names:
        for word, side in zip(("Left", "Right"), spoken, strict=True):
            if name.startswith(word):
                change[name] = form.format(side=side, stem=name.removeprefix(word))
    found = detect(renamed(rest, change))
    for role, bones in expected.roles.items():
        assert found.rig_map.roles[role] == tuple(change[bone] for bone in bones), role
    assert 0.7 < found.confidence < detect(rest).confidence
    assert "sides spelled otherwise" in found.reason


@pytest.mark.parametrize(
    "name",
    [
        *("upperarm_l", "UpperArm.L", "LeftUpperArm", "lUpperArm", "L_UpperArm", "upper-arm-left", "左UpperArm"),
        *("Left upper arm", "upperArm_L", "leftUpperArm", "leftupperarm", "UPPERARM_L"),
    ],
)
def test_a_side_in_every_form(name: str) -> None:
    assert split_side(name) == ("left", "upperarm")


@pytest.mark.parametrize("name", ["Spine", "Pelvis", "clavicle", "root", "Armature", "ball", "Hips", "頭", "roll"])
def test_no_side_where_none_is(name: str) -> None:
    assert split_side(name) == ("", name.lower())


def test_names_that_do_not_hang_together_are_not_believed() -> None:
    """The forearms are called upper arms and the other way round: shape decides."""
    rest, _ = armature(next(template for template in TEMPLATES if template.name == "Mixamo"))
    change = {name: name for name in rest.bone_names}
    for side in ("Left", "Right"):
        change |= {f"{side}Arm": f"{side}ForeArm", f"{side}ForeArm": f"{side}Arm"}
    found = detect(renamed(rest, change))
    assert found.by_structure
    assert found.rig_map.roles[Role.FOREARM_LEFT] == (change["LeftForeArm"],)


def test_names_that_say_nothing() -> None:
    rest, expected = armature(next(template for template in TEMPLATES if template.name == "Mixamo"))
    names = [f"bone_{number:03d}" for number in range(len(rest.bone_names))]
    random.Random(4).shuffle(names)
    change = dict(zip(rest.bone_names, names, strict=True))
    found = detect(renamed(rest, change))
    assert found.by_structure and "shape" in found.reason
    for limb in ("upper_arm", "forearm", "hand", "thigh", "shin", "foot"):
        for side in SIDES:
            (bone,) = expected.roles[sided(limb, side)]
            assert found.rig_map.roles[sided(limb, side)] == (change[bone],)


def test_what_neither_names_nor_shape_can_tell() -> None:
    rest, _ = armature(next(template for template in TEMPLATES if template.name == "Mixamo"))
    legless = [
        bone
        for bone, name in enumerate(rest.bone_names)
        if "Leg" not in name and "Foot" not in name and "Toe" not in name
    ]
    cut = RigRest(
        tuple(rest.bone_names[bone] for bone in legless),
        tuple(legless.index(rest.parents[bone]) if rest.parents[bone] >= 0 else -1 for bone in legless),
        rest.rest_matrices[legless],
        rest.lengths[legless],
    )
    with pytest.raises(MapError, match=r"left thigh \('LeftUpLeg'\).*no body"):
        detect(cut)


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    folder = Path(__file__).parents[1] / "rigs" / "maps"
    text = (
        (folder / "mixamo.json").read_text(encoding="utf-8").replace('"Mixamo"', '"Studio"').replace("Hips", "Becken")
    )
    (tmp_path / "studio.json").write_text(text, encoding="utf-8")
    rest, _ = armature(next(template for template in TEMPLATES if template.name == "Mixamo"))
    german = renamed(rest, {name: name.replace("Hips", "Becken") for name in rest.bone_names})
    assert detect(german).by_structure
    assert detect(german, load_maps(tmp_path)).rig_map.name == "Studio"
