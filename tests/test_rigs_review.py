"""What the review of a map says, and which bones mirror each other, on every known convention."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from rigs.maps import Role, laid_on, load_maps, mirrored_bone, other_side, parse_map, plain_map, review
from rigs.maps.specimens import Specimen, named_after
from rigs.roles import REQUIRED_ROLES

TEMPLATES = [template for template in load_maps() if not template.refuse]
every_convention = pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
MIXAMO = next(template for template in TEMPLATES if template.name == "Mixamo")


def specimen(template=MIXAMO) -> Specimen:
    return named_after(template)


@every_convention
def test_a_known_rig_gives_no_trouble(template) -> None:
    one = specimen(template)
    assert review(one.expected.adapt(one.rest), one.expected.roles) == ()


def test_each_fault_is_told_of_its_role() -> None:
    one = specimen()
    good = dict(one.expected.roles)
    for role in REQUIRED_ROLES:
        without = {key: bones for key, bones in good.items() if key is not role}
        assert [trouble.role for trouble in review(one.rest, without) if trouble.serious] == [role]
    doubled = {**good, Role.NECK: good[Role.HEAD]}
    assert {trouble.role for trouble in review(one.rest, doubled)} >= {Role.NECK, Role.HEAD}
    strange = {**good, Role.HEAD: ("No Bone",)}
    assert [(each.role, "No Bone" in each.text) for each in review(one.rest, strange)] == [(Role.HEAD, True)]
    turned = {**good, Role.SPINE: tuple(reversed(good[Role.SPINE] + good[Role.CHEST])), Role.CHEST: ()}
    assert any(each.role is Role.SPINE and "no chain" in each.text for each in review(one.rest, turned))
    crossed = {**good, Role.SHIN_LEFT: good[Role.SHIN_RIGHT], Role.SHIN_RIGHT: good[Role.SHIN_LEFT]}
    assert {each.role for each in review(one.rest, crossed) if each.serious} >= {Role.SHIN_LEFT, Role.SHIN_RIGHT}


def test_whole_limbs_on_the_wrong_side_are_doubtful() -> None:
    one = specimen()
    arms = ("clavicle", "upper_arm", "forearm", "hand")
    swapped = {
        role: one.expected.roles.get(other_side(role), ()) if role.value.startswith(arms) else bones
        for role, bones in one.expected.roles.items()
    }
    found = review(one.rest, swapped)
    assert found and not any(each.serious for each in found)
    assert {Role.HAND_LEFT, Role.HAND_RIGHT} <= {each.role for each in found}


@every_convention
def test_counterparts_by_name(template) -> None:
    one = specimen(template)
    for role, bones in one.expected.roles.items():
        other = other_side(role)
        if other is not None and len(bones) == len(one.expected.roles.get(other, ())) == 1:
            assert mirrored_bone(one.rest, bones[0]) == one.expected.roles[other][0]


def test_counterparts_by_place_whatever_way_the_rig_lies() -> None:
    one = specimen()
    numbers = list(range(len(one.rest.bone_names)))
    random.Random(3).shuffle(numbers)
    name = {old: f"bone{number}" for old, number in zip(one.rest.bone_names, numbers, strict=True)}
    for axis in range(3):
        turn = np.eye(4)
        turn[:3, :3] = np.roll(np.eye(3), axis, axis=0)
        rest = replace(one.rest, bone_names=tuple(name.values()), rest_matrices=turn @ one.rest.rest_matrices)
        for role, bones in one.expected.roles.items():
            other = other_side(role)
            expected = one.expected.roles.get(other, (None,))[0] if other else None
            found = mirrored_bone(rest, name[bones[0]])
            assert found == (name[expected] if expected else None), (role, axis)
    assert mirrored_bone(one.rest, "No Bone") is None


@every_convention
def test_a_map_is_read_back_as_it_was_written(template) -> None:
    one = specimen(template)
    again = laid_on(one.rest.bone_names, parse_map(plain_map(one.expected)))
    assert again.roles == one.expected.roles and dict(again.twists) == dict(one.expected.twists)
    assert again.ik == one.expected.ik and dict(again.parents) == dict(one.expected.parents)
