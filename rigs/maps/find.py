"""Finding the convention that a rig's bone names follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import MapError
from ..roles import Role, words
from .ik_controls import IkControls
from .rig_map import RigMap
from .sides import split_side
from .template import MapTemplate, load_maps, normalized

_Key = tuple[str, str]
"""The side that a name tells, where names are compared apart from it, and the rest of the name."""


@dataclass(frozen=True, slots=True)
class MapMatch:
    """How well one convention fits one rig.

    Attributes:
        template: the convention.
        rig_map: the bones found for its roles; may lack required ones.
        prefix: what stands before every bone name of this rig ("mixamorig1:"), empty for nothing.
        exact: share of the bones found whose names are spelled as the convention spells them.
        strict: names were compared as they are; False: with left and right spelled in any way.
    """

    template: MapTemplate
    rig_map: RigMap
    prefix: str
    exact: float
    strict: bool = True

    @property
    def missing(self) -> tuple[Role, ...]:
        """Roles that a pose needs and that were not found."""
        return self.rig_map.missing()

    @property
    def rank(self) -> tuple[bool, bool, bool, bool, int, float, float]:
        """Sort key: complete, strict, the user's own and whole, marked, number and share of bones found, spelling."""
        found = len(self.rig_map.bones(*self.rig_map.roles))
        marked = bool(self.template.marker)
        own = self.template.own and self.rig_map.score == 1.0
        return (not self.missing, self.strict, own, marked, found, self.rig_map.score, self.exact)


def rank_maps(bone_names: Iterable[str], maps: Sequence[MapTemplate] | None = None) -> tuple[MapMatch, ...]:
    """Every convention of which the rig has at least the pelvis, the best fit first.

    Args:
        bone_names: all bones of the rig, in any order.
        maps: the conventions to try; None means those of the package.
    """
    names = tuple(bone_names)
    templates = load_maps() if maps is None else tuple(maps)
    matches = _all_matches(templates, names, strict=True)
    if not any(not match.missing for match in matches):
        matches += _all_matches(templates, names, strict=False)
    return tuple(sorted(matches, key=lambda match: match.rank, reverse=True))


def find_map(bone_names: Iterable[str], maps: Sequence[MapTemplate] | None = None) -> RigMap:
    """The rig map whose convention fits a rig's bone names best.

    Args:
        bone_names: all bones of the rig, in any order.
        maps: the conventions to try; None means those of the package. `load_maps(folder)` adds the user's own.

    Returns:
        A complete map: every required role has its bones, under the names that the rig uses.

    Raises:
        MapError: nothing fits, and which roles the nearest convention misses; or the rig is of a kind that cannot take
            a pose directly, and what to do.
    """
    names = tuple(bone_names)
    return best_match(rank_maps(names, maps), len(names)).rig_map


def best_match(ranked: Sequence[MapMatch], count: int) -> MapMatch:
    """The first of ranked matches, if a pose can be put on it.

    Args:
        ranked: from `rank_maps`.
        count: number of the rig's bones, for the message.

    Raises:
        MapError: as `find_map`.
    """
    if not ranked or not ranked[0].rig_map.roles:
        raise MapError(
            f"None of the {count} bone names follows a known convention; assign the bones by hand or add a map."
        )
    best = ranked[0]
    if best.missing:
        raise MapError(_explanation(best))
    if best.template.refuse:
        raise MapError(f"This is a rig of the kind '{best.template.name}': {best.template.refuse}")
    return best


def _explanation(match: MapMatch) -> str:
    lacking = []
    for role in match.missing:
        slots = match.template.roles.get(role, ())
        expected = f" ('{match.prefix}{slots[0][0]}')" if slots else ""
        lacking.append(f"{words(role)}{expected}")
    return (
        f"No rig map fits: the nearest is '{match.template.name}', and the rig lacks the {', '.join(lacking)}; "
        "assign the bones by hand or add a map file."
    )


def _strict_key(name: str) -> _Key:
    return "", normalized(name)


def _all_matches(templates: Sequence[MapTemplate], names: tuple[str, ...], strict: bool) -> list[MapMatch]:
    key = _strict_key if strict else split_side
    keys = {name: key(name) for name in names}
    return [match for template in templates for match in _matches(template, keys, key, strict)]


def _matches(
    template: MapTemplate, keys: Mapping[str, _Key], key: Callable[[str], _Key], strict: bool
) -> list[MapMatch]:
    """One match for each prefix that a bone named like the pelvis has."""
    aliases = [key(name)[1] for slot in template.roles.get(Role.PELVIS, ()) for name in slot]
    by_prefix: dict[str, str] = {}
    for name, (_, text) in keys.items():
        for alias in aliases:
            if text.endswith(alias):
                by_prefix.setdefault(text[: len(text) - len(alias)], name[: len(name) - len(alias)])
    matches = []
    for start, prefix in by_prefix.items():
        bones: dict[_Key, str] = {}
        for name, (side, text) in keys.items():
            if text.startswith(start):
                bones.setdefault((side, text[len(start) :]), name)
        if not template.marker or any(key(name) in bones for name in template.marker):
            matches.append(_match(template, bones, prefix, key, strict))
    return matches


def _match(
    template: MapTemplate, bones: Mapping[_Key, str], prefix: str, key: Callable[[str], _Key], strict: bool
) -> MapMatch:
    roles: dict[Role, tuple[str, ...]] = {}
    wanted = counted = exact = 0
    taken: set[str] = set()
    for role, slots in template.roles.items():
        found: list[str] = []
        for slot in slots:
            counts = role is not Role.ROOT and normalized(slot[0]) not in template.optional
            wanted += counts
            spelled = next((name for name in slot if bones.get(key(name), "") not in (taken | {""})), None)
            if spelled is not None:
                bone = bones[key(spelled)]
                taken.add(bone)
                found.append(bone)
                counted += counts
                exact += bone == prefix + spelled
        if found:
            roles[role] = tuple(found)
    rig_map = RigMap(
        template.name,
        roles,
        counted / max(wanted, 1),
        {
            bones[key(bone)]: bones[key(followed)]
            for bone, followed in template.parents.items()
            if key(bone) in bones and key(followed) in bones
        },
        _found_switches(template.switches, bones, key),
        template.notice,
        _twists(template, bones, key, taken),
        _ik(template.ik, bones, key),
        {bones[key(bone)]: each for bone, each in template.corrections.items() if key(bone) in bones},
    )
    return MapMatch(template, rig_map, prefix, exact / max(len(taken), 1), strict)


def _twists(
    template: MapTemplate, bones: Mapping[_Key, str], key: Callable[[str], _Key], taken: set[str]
) -> dict[Role, tuple[str, ...]]:
    """The twist bones that the rig has, of each role."""
    found = {
        role: tuple(bone for slot in slots if (bone := next((bones[key(n)] for n in slot if key(n) in bones), "")))
        for role, slots in template.twists.items()
    }
    return {role: names for role, names in found.items() if names and not taken.intersection(names)}


def _ik(template: IkControls | None, bones: Mapping[_Key, str], key: Callable[[str], _Key]) -> IkControls | None:
    """The rig's controls of this kind, or None where it lacks a pole target."""
    if template is None or any(key(control) not in bones for control in template.poles):
        return None
    return IkControls(
        {bones[key(control)]: role for control, role in template.follow.items() if key(control) in bones},
        {bones[key(control)]: role for control, role in template.poles.items()},
        _found_switches(template.switches, bones, key),
        template.notice,
    )


def _found_switches(
    switches: Mapping[tuple[str, str], float], bones: Mapping[_Key, str], key: Callable[[str], _Key]
) -> dict[tuple[str, str], float]:
    return {(bones[key(bone)], name): value for (bone, name), value in switches.items() if key(bone) in bones}
