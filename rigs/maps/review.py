"""What is wrong, or doubtful, with bones that were given to roles by hand: for a list that is being filled in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ..rest import RigRest
from ..roles import REQUIRED_ROLES, SIDES, Role, sided, words
from .sides import split_side

_ABOVE = {"forearm": "upper_arm", "hand": "forearm", "shin": "thigh", "foot": "shin"}
_PAIRED = ("clavicle", "upper_arm", "forearm", "hand", "thigh", "shin", "foot", "toe")
_TOES = (Role.TOE_LEFT, Role.TOE_RIGHT)

Roles = Mapping[Role, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing to look at.

    Attributes:
        role: whose bones it is about.
        text: a sentence for the user.
        serious: no pose can be made with it; otherwise it only looks wrong.
    """

    role: Role
    text: str
    serious: bool = True


def review(rest: RigRest, roles: Roles) -> tuple[Trouble, ...]:
    """Everything that is wrong or doubtful in a map, the serious things first; nothing for a good one.

    Args:
        rest: the rig at rest, with the parents that its bones really have (`RigMap.adapt`).
        roles: bones of each role, in any state of completion; empty names are no bones.
    """
    given = {role: bones for role, names in roles.items() if (bones := tuple(filter(None, names)))}
    found = [*_missing(given), *_unknown(rest, given), *_twice(given)]
    here = {role: bones for role, bones in given.items() if all(bone in rest.bone_names for bone in bones)}
    found += [*_chains(rest, here), *_limbs(rest, here), *_names(here), *_places(rest, here)]
    return tuple(sorted(found, key=lambda trouble: not trouble.serious))


def chain_break(rest: RigRest, role: Role, bone_names: Sequence[str]) -> tuple[str, str] | None:
    """Two bones next to each other in a role's chain, the second of which does not hang on the first; or None.

    Toes are no chain: they lie side by side.
    """
    for above, below in () if role in _TOES else pairwise(bone_names):
        if rest.index(above) not in rest.ancestors(rest.index(below)):
            return above, below
    return None


def _missing(given: Roles) -> Iterator[Trouble]:
    for role in REQUIRED_ROLES:
        if role not in given:
            yield Trouble(role, f"The {words(role)} has no bone yet.")
    if Role.SPINE not in given and Role.CHEST not in given:
        yield Trouble(Role.CHEST, "Neither spine nor chest has a bone yet; one of them is needed.")


def _unknown(rest: RigRest, given: Roles) -> Iterator[Trouble]:
    for role, bones in given.items():
        for bone in bones:
            if bone not in rest.bone_names:
                yield Trouble(role, f"The rig has no bone '{bone}' to be the {words(role)}.")


def _twice(given: Roles) -> Iterator[Trouble]:
    holders: dict[str, list[Role]] = {}
    for role, bones in given.items():
        for bone in bones:
            holders.setdefault(bone, []).append(role)
    for bone, holding in holders.items():
        if len(holding) > 1:
            called = " and ".join(dict.fromkeys(f"the {words(role)}" for role in holding))
            for role in dict.fromkeys(holding):
                yield Trouble(role, f"Bone '{bone}' is used {len(holding)} times: as {called}.")


def _chains(rest: RigRest, here: Roles) -> Iterator[Trouble]:
    for role, bones in here.items():
        broken = chain_break(rest, role, bones)
        if broken:
            yield Trouble(role, f"'{broken[1]}' does not hang on '{broken[0]}', so the {words(role)} is no chain.")


def _limbs(rest: RigRest, here: Roles) -> Iterator[Trouble]:
    for lower, upper in _ABOVE.items():
        for side in SIDES:
            role, above = sided(lower, side), sided(upper, side)
            if role not in here or above not in here:
                continue
            if rest.index(here[above][0]) not in rest.ancestors(rest.index(here[role][0])):
                text = f"'{here[role][0]}', the {words(role)}, does not hang on '{here[above][0]}', the {words(above)}."
                yield Trouble(role, text)


def _names(here: Roles) -> Iterator[Trouble]:
    for part in _PAIRED:
        for side in SIDES:
            for bone in here.get(sided(part, side), ()):
                said = split_side(bone)[0]
                if said not in ("", side):
                    role = sided(part, side)
                    yield Trouble(role, f"'{bone}' sounds like a {said} bone, but is the {words(role)}.", False)


def _places(rest: RigRest, here: Roles) -> Iterator[Trouble]:
    """Pairs that lie the other way round than the thighs do."""
    left, right = (here.get(sided("thigh", side)) for side in SIDES)
    if not left or not right:
        return
    heads = rest.heads
    across = heads[rest.index(left[0])] - heads[rest.index(right[0])]
    for part in _PAIRED:
        pair = [here.get(sided(part, side)) for side in SIDES]
        if part == "thigh" or not pair[0] or not pair[1]:
            continue
        apart = heads[rest.index(pair[0][0])] - heads[rest.index(pair[1][0])]
        if float(np.dot(apart, across)) < 0.0:
            name = part.replace("_", " ")
            for side in SIDES:
                yield Trouble(sided(part, side), f"The left and the right {name} may be mixed up.", False)
