"""A body is found in a rig by its shape alone, whatever the bones are called, and however the rig lies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from rig_files import AVATARS, RIGS, rest_of
from rigs_support import RigPlan, build_rig

from rigs import quaternions
from rigs.arrays import FloatArray
from rigs.errors import MapError
from rigs.maps import SURE, RigMap, Role, detect, find_map
from rigs.maps.structure import find_structure
from rigs.rest import RigRest
from rigs.vectors import unit

CONTROLS = ("rigify_basic_human_generated", "rigify_human_generated")
FILES = [name for name in (*AVATARS, *RIGS) if name not in CONTROLS]
Extra = tuple[str | int, FloatArray, FloatArray]
"""A bone that is no part of the body: what it hangs on (-1 for the extra bone before it), its head, its way."""
PLANS = {
    "t-pose": RigPlan(),
    "a-pose": RigPlan(arm_down_deg=45.0, arm_forward_deg=10.0),
    "arms hanging": RigPlan(arm_down_deg=88.0),
    "random rolls": RigPlan(rolls=1, arm_down_deg=30.0),
    "split limbs": RigPlan(split=2),
    "crooked split limbs": RigPlan(split=3, crooked=0.01, arm_down_deg=40.0),
    "one spine bone": RigPlan(spine_bones=1, neck_bones=2),
    "seven spine bones": RigPlan(spine_bones=7),
    "no toes": RigPlan(toes=False),
    "thighs on the pelvis": RigPlan(in_between=False),
    "other proportions": RigPlan(thigh=0.25, shin=0.35, upper_arm=0.4, forearm=0.2, hip_half=0.15),
}


def nonsense(rest: RigRest, seed: int = 5) -> tuple[RigRest, dict[str, str]]:
    """The rig with numbered names, its bones shuffled; and new name -> old name."""
    order = np.random.default_rng(seed).permutation(len(rest.bone_names))
    place = {int(old): new for new, old in enumerate(order)}
    names = tuple(f"bone_{number:03d}" for number in range(len(order)))
    renamed = RigRest(
        names,
        tuple(place.get(rest.parents[old], -1) for old in order),
        rest.rest_matrices[order],
        rest.lengths[order],
        rest.armature_to_world,
    )
    return renamed, {name: rest.bone_names[old] for name, old in zip(names, order, strict=True)}


def moved(rest: RigRest, rotation: FloatArray, scale: float) -> RigRest:
    """The rig turned and scaled within its armature."""
    matrices = rest.rest_matrices.copy()
    turn = quaternions.to_matrix(quaternions.exp(rotation))
    matrices[:, :3, :3] = turn @ matrices[:, :3, :3]
    matrices[:, :3, 3] = scale * matrices[:, :3, 3] @ turn.T
    return replace(rest, rest_matrices=matrices, lengths=rest.lengths * scale)


def roles(rig_map: RigMap) -> dict[Role, set[str]]:
    """Bones by role: spine and chest as one, and hands by their first bone, since conventions cut both differently."""
    found = {role: set(bones) for role, bones in rig_map.roles.items() if role not in (Role.SPINE, Role.CHEST)}
    for role in (Role.HAND_LEFT, Role.HAND_RIGHT):
        found[role] = {rig_map.roles[role][0]}
    return found | {Role.SPINE: set(rig_map.bones(Role.SPINE, Role.CHEST))}


def found_in(rest: RigRest) -> dict[Role, set[str]]:
    """The roles that shape alone gives, under the rig's own names."""
    renamed, old = nonsense(rest)
    found = roles(find_structure(renamed).rig_map)
    return {role: {old[bone] for bone in bones} for role, bones in found.items()}


@pytest.mark.bpy
@pytest.mark.parametrize("rig", FILES)
def test_real_rigs_without_names(rig: str) -> None:
    rest = rest_of(rig)
    assert found_in(rest) == roles(find_map(rest.bone_names))
    assert find_structure(rest).confidence > 0.8


@pytest.mark.bpy
@pytest.mark.parametrize("rig", FILES)
@pytest.mark.parametrize(
    ("rotation", "scale"),
    [((-np.pi / 2, 0.0, 0.0), 0.01), ((0.0, 0.0, np.pi), 100.0), ((0.4, -2.1, 1.1), 1.7)],
    ids=["y up, centimetres", "turned round", "any which way"],
)
def test_real_rigs_any_way_round(rig: str, rotation: tuple[float, float, float], scale: float) -> None:
    rest = rest_of(rig)
    assert found_in(moved(rest, np.array(rotation), scale)) == roles(find_map(rest.bone_names))


@pytest.mark.bpy
@pytest.mark.parametrize("rig", [*AVATARS, *RIGS])
def test_names_that_speak_are_believed(rig: str) -> None:
    rest = rest_of(rig)
    found = detect(rest)
    assert not found.by_structure and found.confidence >= SURE
    assert found.rig_map.roles == find_map(rest.bone_names).roles


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_made_up_rigs(plan: RigPlan) -> None:
    rest, rig_map = build_rig(plan)
    assert found_in(rest) == roles(rig_map)


@pytest.mark.parametrize("missing", ["clavicle", "neck", "root"])
def test_optional_bones_may_be_missing(missing: str) -> None:
    rest, rig_map = build_rig(RigPlan(arm_down_deg=20.0))
    cut = without(rest, [name for name in rest.bone_names if name.startswith(missing)])
    expected = {role: bones for role, bones in roles(rig_map).items() if not any(b.startswith(missing) for b in bones)}
    assert found_in(cut) == expected


def chain(on: str, start: tuple[float, float, float], step: tuple[float, float, float], count: int) -> list[Extra]:
    """Bones in a row, the first on a bone of the body, all of the same step; world axes, metres."""
    heads = [np.array(start) + number * np.array(step) for number in range(count)]
    return [(on if number == 0 else -1, head, np.array(step)) for number, head in enumerate(heads)]


EXTRAS: dict[str, list[Extra]] = {
    "long hair": [
        *chain("head", (0.08, 0.05, 1.5), (0.01, 0.02, -0.1), 8),
        *chain("head", (-0.08, 0.05, 1.5), (-0.01, 0.02, -0.1), 8),
    ],
    "a skirt": [
        bone
        for x in (-0.15, -0.05, 0.05, 0.15)
        for y in (-0.12, 0.12)
        for bone in chain("pelvis", (x, y, 0.9), (0.1 * x, 0.1 * y, -0.15), 4)
    ],
    "a tail": chain("pelvis", (0.0, 0.1, 0.9), (0.0, 0.12, -0.02), 7),
    "a staff in one hand": chain("hand.right", (-0.8, -0.05, 1.3), (0.0, -0.3, 0.0), 3),
    "a backpack and ears": [
        *chain("spine.2", (0.0, 0.15, 1.2), (0.0, 0.1, 0.1), 2),
        *chain("head", (0.07, 0.0, 1.6), (0.02, 0.0, 0.1), 3),
        *chain("head", (-0.07, 0.0, 1.6), (-0.02, 0.0, 0.1), 3),
    ],
    "twist bones": [
        *chain("upper_arm.left.0", (0.3, 0.0, 1.35), (0.05, 0.0, 0.0), 1),
        *chain("upper_arm.right.0", (-0.3, 0.0, 1.35), (-0.05, 0.0, 0.0), 1),
        *chain("forearm.left.0", (0.55, 0.0, 1.35), (0.05, 0.0, 0.0), 1),
        *chain("forearm.right.0", (-0.55, 0.0, 1.35), (-0.05, 0.0, 0.0), 1),
        *chain("thigh.left.0", (0.09, 0.0, 0.7), (0.0, 0.0, -0.1), 1),
        *chain("thigh.right.0", (-0.09, 0.0, 0.7), (0.0, 0.0, -0.1), 1),
    ],
}


@pytest.mark.parametrize("extras", EXTRAS.values(), ids=EXTRAS)
def test_bones_beside_the_body_do_not_matter(extras: list[Extra]) -> None:
    rest, rig_map = build_rig(RigPlan(arm_down_deg=15.0))
    assert found_in(with_extras(rest, extras)) == roles(rig_map)


def with_extras(rest: RigRest, extras: list[Extra]) -> RigRest:
    """The rig with more bones."""
    names, parents = list(rest.bone_names), list(rest.parents)
    matrices, lengths = list(rest.rest_matrices), list(rest.lengths)
    for number, (on, head, step) in enumerate(extras):
        parents.append(names.index(on) if isinstance(on, str) else len(names) - 1)
        names.append(f"extra {number}")
        along = unit(step)
        side = unit(np.cross(along, [0.3, 0.5, 0.8]))
        matrix = np.eye(4)
        matrix[:3, :3] = np.stack([side, along, np.cross(side, along)], axis=-1)
        matrix[:3, 3] = head
        matrices.append(matrix)
        lengths.append(float(np.linalg.norm(step)))
    return RigRest(tuple(names), tuple(parents), np.array(matrices), np.array(lengths))


def without(rest: RigRest, names: list[str]) -> RigRest:
    """The rig without some bones; their children hang on their parents."""
    kept = [bone for bone, name in enumerate(rest.bone_names) if name not in names]

    def parent(bone: int) -> int:
        above = rest.parents[bone]
        while above >= 0 and above not in kept:
            above = rest.parents[above]
        return kept.index(above) if above >= 0 else -1

    return RigRest(
        tuple(rest.bone_names[bone] for bone in kept),
        tuple(parent(bone) for bone in kept),
        rest.rest_matrices[kept],
        rest.lengths[kept],
        rest.armature_to_world,
    )


@pytest.mark.parametrize(
    "limb", [("clavicle", "upper_arm", "forearm", "hand"), ("hip", "thigh", "shin", "foot", "toe")]
)
def test_a_body_without_arms_or_without_legs_is_refused(limb: tuple[str, ...]) -> None:
    rest, _ = build_rig()
    with pytest.raises(MapError, match="no body"):
        find_structure(without(rest, [name for name in rest.bone_names if name.startswith(limb)]))


def test_what_is_no_body_is_refused() -> None:
    rest, _ = build_rig()
    with pytest.raises(MapError, match="no body"):
        find_structure(without(rest, [name for name in rest.bone_names if "right" in name]))
    with pytest.raises(MapError, match="no body"):
        find_structure(RigRest(("only",), (-1,), np.eye(4)[None], np.ones(1)))


@pytest.mark.bpy
def test_a_control_rig_is_refused() -> None:
    with pytest.raises(MapError, match="controls"):
        find_structure(rest_of(CONTROLS[0]))
