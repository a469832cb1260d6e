"""Finding the convention that a rig's bone names follow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import MapError
from ..roles import Role, words
from .rig_map import RigMap
from .template import MapTemplate, load_maps, normalized

_SEPARATORS = "_.-:| "


@dataclass(frozen=True, slots=True)
class MapMatch:
    """How well one convention fits one rig.

    Attributes:
        template: the convention.
        rig_map: the bones found for its roles; may lack required ones.
        prefix: what stands before every bone name of this rig ("mixamorig1:"), empty for nothing.
        exact: share of the bones found whose names are spelled as the convention spells them.
    """

    template: MapTemplate
    rig_map: RigMap
    prefix: str
    exact: float

    @property
    def missing(self) -> tuple[Role, ...]:
        """Roles that a pose needs and that were not found."""
        return self.rig_map.missing()

    @property
    def rank(self) -> tuple[bool, bool, float, int, float]:
        """Sort key: complete first, then marked, then the share and the number of bones found, then the spelling."""
        found = len(self.rig_map.bones(*self.rig_map.roles))
        return (not self.missing, bool(self.template.marker), self.rig_map.score, found, self.exact)


def rank_maps(bone_names: Iterable[str], maps: Sequence[MapTemplate] | None = None) -> tuple[MapMatch, ...]:
    """Every convention of which the rig has at least the pelvis, the best fit first.

    Args:
        bone_names: all bones of the rig, in any order.
        maps: the conventions to try; None means those of the package.
    """
    names = tuple(bone_names)
    matches = [match for template in (load_maps() if maps is None else maps) for match in _matches(template, names)]
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
    ranked = rank_maps(names, maps)
    if not ranked or not ranked[0].rig_map.roles:
        raise MapError(
            f"None of the {len(names)} bone names follows a known convention; assign the bones by hand or add a map."
        )
    best = ranked[0]
    if best.missing:
        raise MapError(_explanation(best))
    if best.template.refuse:
        raise MapError(f"This is a rig of the kind '{best.template.name}': {best.template.refuse}")
    return best.rig_map


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


def _matches(template: MapTemplate, names: tuple[str, ...]) -> list[MapMatch]:
    if template.marker and not set(template.marker) & set(names):
        return []
    pelvis = template.roles.get(Role.PELVIS, ())
    aliases = [normalized(name) for slot in pelvis for name in slot]
    by_prefix: dict[str, str] = {}
    for name in names:
        for alias in aliases:
            prefix = name[: len(name) - len(alias)]
            if normalized(name).endswith(alias) and (not prefix or prefix[-1] in _SEPARATORS):
                by_prefix.setdefault(normalized(prefix), prefix)
    return [_match(template, names, prefix) for prefix in by_prefix.values()]


def _match(template: MapTemplate, names: tuple[str, ...], prefix: str) -> MapMatch:
    start = normalized(prefix)
    bones: dict[str, str] = {}
    for name in names:
        key = normalized(name)
        if key.startswith(start):
            bones.setdefault(key[len(start) :], name)
    roles: dict[Role, tuple[str, ...]] = {}
    wanted = exact = 0
    taken: set[str] = set()
    for role, slots in template.roles.items():
        found: list[str] = []
        for slot in slots:
            counts = role is not Role.ROOT and normalized(slot[0]) not in template.optional
            wanted += counts
            spelled = next((name for name in slot if bones.get(normalized(name), "") not in (taken | {""})), None)
            if spelled is not None:
                bone = bones[normalized(spelled)]
                taken.add(bone)
                found.append(bone)
                exact += bone == prefix + spelled
        if found:
            roles[role] = tuple(found)
    counted = sum(
        1
        for role, found_bones in roles.items()
        for bone in found_bones
        if role is not Role.ROOT and normalized(bone)[len(start) :] not in template.optional
    )
    score = counted / max(wanted, 1)
    rig_map = RigMap(template.name, roles, score, template.parents, template.switches, template.notice)
    return MapMatch(template, rig_map, prefix, exact / max(len(taken), 1))
