"""Which bone is what in a rig: by the names where they say so, else by its shape; how sure, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..errors import MapError
from ..rest import RigRest
from ..roles import SIDES, Role, sided, words
from .find import MapMatch, best_match, rank_maps
from .rig_map import RigMap
from .structure import find_structure
from .template import MapTemplate

_LOOSE = 0.9
"""Confidence in a match that spells left and right in its own way."""
_ABOVE = {"forearm": "upper_arm", "shin": "thigh", "foot": "shin"}
_BELOW = {**_ABOVE, "hand": "forearm"}
_TORSO_ROLES = (Role.NECK, Role.HEAD)
_LIMBS = ("clavicle", "hand", "toe")


@dataclass(frozen=True, slots=True)
class Detection:
    """What was found.

    Attributes:
        rig_map: the bones of every role; complete.
        confidence: 0..1; from `SURE` on it needs no second look.
        reason: one or two sentences for the user: what the choice rests on, and what the rig lacks.
        by_structure: the names said nothing, and the shape decided.
    """

    rig_map: RigMap
    confidence: float
    reason: str
    by_structure: bool = False


def detect(rest: RigRest, maps: Sequence[MapTemplate] | None = None) -> Detection:
    """The rig map for a rig: of the convention that its names follow, else by its shape.

    Args:
        rest: the rig at rest.
        maps: the conventions to try; None means those of the package. `load_maps(folder)` adds the user's own.

    Raises:
        MapError: neither names nor shape make a body, and what both lack; or the rig is of a kind that cannot take a
            pose directly, and what to do.
    """
    ranked = rank_maps(rest.bone_names, maps)
    plausible = [match for match in ranked if not match.missing and _hangs_together(rest, match.rig_map)]
    if plausible:
        made_for_it = [match for match in plausible if match.rig_map.corrections and _fits(rest, match.rig_map)]
        return _by_names(rest, best_match(made_for_it or plausible, len(rest.bone_names)))
    try:
        found = find_structure(rest)
    except MapError as by_shape:
        try:
            best_match(ranked, len(rest.bone_names))
        except MapError as by_names:
            raise MapError(f"{by_names} {by_shape}") from None
        raise
    return Detection(found.rig_map, found.confidence, found.reason, by_structure=True)


def _hangs_together(rest: RigRest, rig_map: RigMap) -> bool:
    """Whether every forearm hangs on its upper arm, every shin on its thigh, every foot on its shin."""
    adapted = rig_map.adapt(rest)
    for lower, upper in _ABOVE.items():
        for side in SIDES:
            bone = adapted.index(rig_map.bones(sided(lower, side))[0])
            above = adapted.index(rig_map.bones(sided(upper, side))[0])
            if above not in adapted.ancestors(bone):
                return False
    return True


def _fits(rest: RigRest, rig_map: RigMap) -> bool:
    """Whether the map's corrections were made on a rig that rests as this one."""
    return all(each.fits(rest, bone) for bone, each in rig_map.corrections.items())


def _sort_twists(rest: RigRest, rig_map: RigMap) -> RigMap:
    """The map with each segment's bones told apart as this rig has them: those that carry the next, those beside it."""
    adapted = rig_map.adapt(rest)
    roles, twists = dict(rig_map.roles), dict(rig_map.twists)
    for lower, upper in _BELOW.items():
        for side in SIDES:
            role, following = sided(upper, side), rig_map.bones(sided(lower, side))
            if not following:
                continue
            line = [adapted.bone_names[bone] for bone in adapted.ancestors(adapted.index(following[0]))]
            bones = (*rig_map.bones(role), *rig_map.twists.get(role, ()))
            chain = tuple(sorted((bone for bone in bones if bone in line), key=line.index, reverse=True))
            beside = tuple(bone for bone in bones if bone not in line)
            roles |= {role: chain} if chain else {}
            twists.pop(role, None)
            twists |= {role: beside} if chain and beside else {}
    return replace(rig_map, roles=roles, twists=twists)


def _by_names(rest: RigRest, match: MapMatch) -> Detection:
    rig_map = _sort_twists(rest, match.rig_map)
    stale = not _fits(rest, rig_map)
    if stale:
        rig_map = replace(rig_map, corrections={})
    called = f", each with '{match.prefix}' before it" if match.prefix and match.strict else ""
    how = f"as in '{rig_map.name}'{called}" if match.strict else f"much as in '{rig_map.name}', sides spelled otherwise"
    optional = [*_TORSO_ROLES, *(sided(limb, side) for limb in _LIMBS for side in SIDES)]
    lacking = [words(role) for role in optional if role not in rig_map.roles]
    lacks = f" The rig has no {', '.join(lacking)}." if lacking else ""
    if stale:
        lacks += " The map's calibration was made on another rest pose and is left out."
    count = len(rig_map.bones(*rig_map.roles))
    reason = f"{count} bones are named {how}.{lacks}"
    # what a convention has and a rig lacks weighs little once every needed role is there
    confidence = (0.5 + 0.5 * rig_map.score) * (1.0 if match.strict else _LOOSE)
    return Detection(rig_map, confidence, reason)
