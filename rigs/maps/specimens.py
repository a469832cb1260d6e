"""What detection is proved on: a body under the names of each convention, and the disguises that names come in."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..arrays import BoolArray, FloatArray
from ..errors import RigError
from ..rest import RigRest
from ..roles import Role, sided, words
from ..vectors import frame
from .detect import detect
from .find import rank_maps
from .rig_map import RigMap
from .template import MapTemplate, load_maps

_TRUNK = {
    # role -> start and end of its bones, metres; a body of 1.75 m that faces -Y
    Role.ROOT: ((0.0, 0.0, 0.0), (0.0, 0.2, 0.0)),
    Role.PELVIS: ((0.0, 0.02, 0.95), (0.0, 0.01, 1.05)),
    Role.SPINE: ((0.0, 0.01, 1.05), (0.0, 0.0, 1.3)),
    Role.CHEST: ((0.0, 0.0, 1.3), (0.0, 0.02, 1.45)),
    Role.NECK: ((0.0, 0.02, 1.45), (0.0, 0.0, 1.55)),
    Role.HEAD: ((0.0, 0.0, 1.55), (0.0, 0.0, 1.75)),
}
_LEFT = {
    "clavicle": ((0.02, 0.0, 1.42), (0.17, 0.02, 1.4)),
    "upper_arm": ((0.17, 0.02, 1.4), (0.37, 0.03, 1.2)),
    "forearm": ((0.37, 0.03, 1.2), (0.55, 0.0, 1.02)),
    "hand": ((0.55, 0.0, 1.02), (0.61, -0.01, 0.95)),
    "thigh": ((0.09, 0.0, 0.93), (0.09, -0.01, 0.5)),
    "shin": ((0.09, -0.01, 0.5), (0.09, 0.01, 0.08)),
    "foot": ((0.09, 0.01, 0.08), (0.09, -0.12, 0.02)),
    "toe": ((0.09, -0.12, 0.02), (0.09, -0.18, 0.02)),
}
_ABOVE = {
    "clavicle": (Role.CHEST, Role.SPINE),
    "upper_arm": ("clavicle", Role.CHEST, Role.SPINE),
    "forearm": ("upper_arm",),
    "hand": ("forearm",),
    "thigh": (Role.PELVIS,),
    "shin": ("thigh",),
    "foot": ("shin",),
    "toe": ("foot",),
}


@dataclass(frozen=True, slots=True)
class Specimen:
    """A rig and the map that is right for it.

    Attributes:
        name: for the report.
        rest: the rig at rest.
        expected: the bones of every role.
    """

    name: str
    rest: RigRest
    expected: RigMap


def conventions() -> Iterator[Specimen]:
    """A body under the names of each convention of the package that can take a pose."""
    for template in load_maps():
        if not template.refuse:
            yield named_after(template)


def named_after(template: MapTemplate, spelling: int = 0) -> Specimen:
    """A body with every bone that a convention names.

    Args:
        template: the convention.
        spelling: which of a bone's names to take, where it has several.
    """
    roles = {
        role: tuple(slot[min(spelling, len(slot) - 1)] for slot in template.roles[role])
        for role in Role
        if role in template.roles
    }
    names: list[str] = []
    parents: list[int] = []
    ends: list[tuple[FloatArray, FloatArray]] = []
    for role, bones in roles.items():
        start, end = _place(role)
        knots = np.linspace(start, end, len(bones) + 1)
        beside = role.value.startswith("toe")
        above = _above(role, roles, names)
        for number, bone in enumerate(bones):
            names.append(bone)
            parents.append(above)
            ends.append((start, end) if beside else (knots[number], knots[number + 1]))
            above = above if beside else len(names) - 1
    for name in template.marker:
        if name not in names:
            names.append(name)
            parents.append(0)
            ends.append((np.zeros(3), np.array([0.0, 0.1, 0.0])))
    return Specimen(template.name, _rest(names, parents, ends), RigMap(template.name, roles))


def _place(role: Role) -> tuple[FloatArray, FloatArray]:
    if role in _TRUNK:
        start, end = _TRUNK[role]
        return np.array(start), np.array(end)
    limb, side = role.value.rsplit("_", 1)
    mirror = np.array([1.0 if side == "left" else -1.0, 1.0, 1.0])
    start, end = _LEFT[limb]
    return np.array(start) * mirror, np.array(end) * mirror


def _above(role: Role, roles: Mapping[Role, tuple[str, ...]], names: list[str]) -> int:
    """Index of the bone that a role's first bone hangs on, -1 for none."""
    order = list(_TRUNK)
    if role in _TRUNK:
        candidates: list[Role] = list(reversed(order[: order.index(role)]))
    else:
        limb, side = role.value.rsplit("_", 1)
        candidates = [each if isinstance(each, Role) else sided(each, side) for each in _ABOVE[limb]]
    held = next((roles[each][-1] for each in candidates if each in roles), None)
    return -1 if held is None else names.index(held)


def _rest(names: list[str], parents: list[int], ends: list[tuple[FloatArray, FloatArray]]) -> RigRest:
    heads, tails = (np.array([end[which] for end in ends]) for which in (0, 1))
    spans = frame(tails - heads, np.array([0.31, 0.17, 0.93]))
    matrices = np.tile(np.eye(4), (len(names), 1, 1))
    matrices[:, :3, :3] = np.stack([spans[..., 1], spans[..., 0], -spans[..., 2]], axis=-1)
    matrices[:, :3, 3] = heads
    return RigRest(tuple(names), tuple(parents), matrices, np.linalg.norm(tails - heads, axis=-1))


def disguises(specimen: Specimen, seed: int = 0) -> Iterator[Specimen]:
    """The rig as it is, and as it comes after other programs: prefixes, other case, another order of the bones."""
    rng = random.Random(f"{specimen.name}{seed}")
    word = "".join(rng.choice("bcdfghjkmnpqstvwxz") for _ in range(5))
    ways: dict[str, Callable[[str], str]] = {
        "as it is": lambda name: name,
        f"with '{word}_' before": lambda name: f"{word}_{name}",
        f"with '{word}12:' before": lambda name: f"{word}12:{name}",
        "with 'Armature|' before": lambda name: f"Armature|{name}",
        "in lower case": str.lower,
        "in upper case": str.upper,
    }
    for how, way in ways.items():
        change: dict[str, str] = {}
        for name in specimen.rest.bone_names:
            wanted, number = way(name), 0
            while wanted in change.values():  # as Blender numbers bones that would share a name
                wanted, number = f"{way(name)}.{number + 1:03d}", number + 1
            change[name] = wanted
        yield Specimen(f"{specimen.name} {how}", _renamed(specimen.rest, change), _mapped(specimen.expected, change))
    order = list(range(len(specimen.rest.bone_names)))
    rng.shuffle(order)
    yield Specimen(f"{specimen.name} in another order", _reordered(specimen.rest, order), specimen.expected)


def _renamed(rest: RigRest, change: Mapping[str, str]) -> RigRest:
    return replace(rest, bone_names=tuple(change[name] for name in rest.bone_names))


def _mapped(rig_map: RigMap, change: Mapping[str, str]) -> RigMap:
    return RigMap(rig_map.name, {role: tuple(change[bone] for bone in bones) for role, bones in rig_map.roles.items()})


def _reordered(rest: RigRest, order: list[int]) -> RigRest:
    place = {bone: at for at, bone in enumerate(order)}
    return replace(
        rest,
        bone_names=tuple(rest.bone_names[bone] for bone in order),
        parents=tuple(-1 if rest.parents[bone] < 0 else place[rest.parents[bone]] for bone in order),
        rest_matrices=rest.rest_matrices[order],
        lengths=rest.lengths[order],
        inherits_rotation=_picked(rest.inherits_rotation, order),
        connected=_picked(rest.connected, order),
        local_location=_picked(rest.local_location, order),
    )


def _picked(flags: BoolArray | None, order: list[int]) -> BoolArray | None:
    return None if flags is None else flags[order]


def without(specimen: Specimen, *roles: Role) -> Specimen:
    """The rig without the bones of some roles; what hung on them hangs on what they hung on."""
    rest, gone = specimen.rest, specimen.expected.bones(*roles)
    kept = [bone for bone, name in enumerate(rest.bone_names) if name not in gone]

    def nearest(bone: int) -> int:
        above = rest.parents[bone]
        return above if above < 0 or above in kept else nearest(above)

    adopted = replace(rest, parents=tuple(nearest(bone) for bone in range(len(rest.bone_names))))
    left = {role: bones for role, bones in specimen.expected.roles.items() if role not in roles}
    lacks = f"{specimen.name} without {', '.join(words(role) for role in roles)}"
    return Specimen(lacks, _reordered(adopted, kept), RigMap(specimen.expected.name, left))


def follows(rest: RigRest, convention: str, name: str) -> Specimen:
    """A rig of which it is known what convention its names follow.

    Raises:
        RigError: they do not.
    """
    for match in rank_maps(rest.bone_names):
        if match.template.name == convention and not match.missing:
            return Specimen(name, rest, match.rig_map)
    raise RigError(f"The bones of '{name}' do not follow '{convention}'.")


def wrong(specimen: Specimen) -> str:
    """Why detection does not find the right map on a specimen; empty where it does."""
    try:
        found = detect(specimen.rest)
    except RigError as error:
        return f"{specimen.name}: {error}"
    if found.by_structure:
        return f"{specimen.name}: taken by shape, not by names."
    # where the spine ends and the chest begins, conventions draw differently; no pose depends on it
    for parts in ((Role.SPINE, Role.CHEST), *((role,) for role in Role if role not in (Role.SPINE, Role.CHEST))):
        bones, expected = found.rig_map.bones(*parts), specimen.expected.bones(*parts)
        if bones != expected:
            return f"{specimen.name}: {words(parts[-1])} is {bones}, not {expected}, by '{found.rig_map.name}'."
    return ""


def count_right(specimens: Iterator[Specimen]) -> tuple[int, int, tuple[str, ...]]:
    """How many disguised specimens are recognised, of how many, and what is wrong with the others."""
    faults = [wrong(disguised) for specimen in specimens for disguised in disguises(specimen)]
    told = tuple(fault for fault in faults if fault)
    return len(faults) - len(told), len(faults), told
