"""Twist bones count as a part of the chain where a rig carries the next segment by them, else as beside it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rigs.maps import Role, detect, load_maps
from rigs.maps.specimens import named_after
from rigs.rest import RigRest

UNREAL = next(template for template in load_maps() if template.name == "Unreal 4 mannequin")
UPPER, TWIST, LOWER = "upperarm_l", "upperarm_twist_01_l", "lowerarm_l"


def with_twist(carries: bool) -> RigRest:
    """The mannequin with one twist bone on the left upper arm, which carries the forearm or does not."""
    rest = named_after(UNREAL).rest
    upper, twist = rest.index(UPPER), len(rest.bone_names)
    matrix = rest.rest_matrices[upper].copy()
    matrix[:3, 3] += 0.5 * rest.lengths[upper] * matrix[:3, 1]
    parents = list(rest.parents)
    if carries:
        parents[rest.index(LOWER)] = twist
    return RigRest(
        (*rest.bone_names, TWIST),
        (*parents, upper),
        np.concatenate([rest.rest_matrices, matrix[None]]),
        np.append(rest.lengths, 0.5 * rest.lengths[upper]),
    )


@pytest.mark.parametrize("carries", [False, True])
def test_by_what_the_forearm_hangs_on(carries: bool) -> None:
    found = detect(with_twist(carries)).rig_map
    assert found.roles[Role.UPPER_ARM_LEFT] == ((UPPER, TWIST) if carries else (UPPER,))
    assert dict(found.twists) == ({} if carries else {Role.UPPER_ARM_LEFT: (TWIST,)})


def test_a_named_part_of_the_chain_that_carries_nothing_is_beside_it() -> None:
    template = next(each for each in load_maps() if each.name == "Rigify deform bones")
    whole = named_after(template).rest
    first, second, lower = (whole.index(name) for name in ("DEF-upper_arm.L", "DEF-upper_arm.L.001", "DEF-forearm.L"))
    parents = list(whole.parents)
    parents[lower] = first
    found = detect(replace(whole, parents=tuple(parents))).rig_map
    assert found.roles[Role.UPPER_ARM_LEFT] == (whole.bone_names[first],)
    assert found.twists[Role.UPPER_ARM_LEFT] == (whole.bone_names[second],)
