"""Rigs that nobody recognises are mapped by hand, a role at a time, in any order after the pelvis."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from rigs.errors import MapError
from rigs.maps import RigMap, Role, assigned, begun, detect, load_maps, write_map
from rigs.maps.specimens import Specimen, named_after
from rigs.rest import RigRest

MIXAMO = next(template for template in load_maps() if template.name == "Mixamo")


def nameless() -> Specimen:
    """A body whose names say nothing and whose shape is spoilt by being flat."""
    specimen = named_after(MIXAMO)
    matrices = specimen.rest.rest_matrices.copy()
    matrices[:, 2, 3] = 0.0
    change = {name: f"b{number}" for number, name in enumerate(specimen.rest.bone_names)}
    rest = replace(specimen.rest, bone_names=tuple(change.values()), rest_matrices=matrices)
    roles = {role: tuple(change[bone] for bone in bones) for role, bones in specimen.expected.roles.items()}
    return Specimen("nameless", rest, RigMap("nameless", roles))


def test_role_by_role(tmp_path: Path) -> None:
    specimen = nameless()
    with pytest.raises(MapError):
        detect(specimen.rest)
    order = [role for role in specimen.expected.roles if role is not Role.PELVIS]
    random.Random(1).shuffle(order)
    for role in (Role.PELVIS, *order):
        before = begun(specimen.rest, load_maps(tmp_path))
        write_map(
            tmp_path / "mine.json",
            replace(assigned(specimen.rest, before, role, specimen.expected.bones(role)), name="Mine"),
        )
    found = detect(specimen.rest, load_maps(tmp_path))
    assert found.rig_map.roles == specimen.expected.roles and found.rig_map.name == "Mine"


def rig() -> tuple[RigRest, RigMap]:
    specimen = named_after(MIXAMO)
    return specimen.rest, specimen.expected


def test_a_bone_is_taken_from_the_role_that_had_it() -> None:
    rest, rig_map = rig()
    changed = assigned(rest, rig_map, Role.CHEST, ["Spine1"])
    assert changed.roles[Role.CHEST] == ("Spine1",) and changed.roles[Role.SPINE] == ("Spine",)
    assert Role.NECK not in assigned(rest, rig_map, Role.NECK, []).roles


def test_a_chain_in_any_order() -> None:
    rest, rig_map = rig()
    changed = assigned(rest, rig_map, Role.SPINE, ["Spine1", "Spine"])
    assert changed.roles[Role.SPINE] == ("Spine", "Spine1")
    with pytest.raises(MapError, match="no chain"):
        assigned(rest, rig_map, Role.UPPER_ARM_LEFT, ["LeftArm", "RightArm"])
    with pytest.raises(MapError, match="'Tail' to be the head"):
        assigned(rest, rig_map, Role.HEAD, ["Tail"])
