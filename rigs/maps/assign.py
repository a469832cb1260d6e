"""Maps made by hand, a role at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from ..errors import MapError
from ..rest import RigRest
from ..roles import Role, words
from .detect import detect
from .find import rank_maps
from .rig_map import RigMap
from .template import MapTemplate


def begun(rest: RigRest, maps: Sequence[MapTemplate] | None = None) -> RigMap:
    """What is known of a rig, to go on from by hand: the map found for it, else the nearest one, else an empty one.

    Args:
        rest: the rig at rest.
        maps: the conventions to try; None means those of the package.
    """
    try:
        return detect(rest, maps).rig_map
    except MapError:
        ranked = [match for match in rank_maps(rest.bone_names, maps) if not match.template.refuse]
        # one of the user's own that is not finished comes first, however little it holds yet
        ranked.sort(key=lambda match: match.template.own, reverse=True)
        return ranked[0].rig_map if ranked else RigMap("made by hand", {})


def assigned(rest: RigRest, rig_map: RigMap, role: Role, bone_names: Sequence[str]) -> RigMap:
    """The map with the bones of one role given anew; other roles give up these bones.

    Args:
        rest: the rig at rest.
        rig_map: complete or not.
        role: which.
        bone_names: a bone, or a chain in any order; none takes the role away.

    Raises:
        MapError: the rig lacks a bone, or they are no chain; names it.
    """
    for name in bone_names:
        if name not in rest.bone_names:
            raise MapError(f"The rig has no bone '{name}' to be the {words(role)}; choose one of its own.")
    chain = tuple(sorted(bone_names, key=lambda name: rest.depth(rest.index(name))))
    beside = role in (Role.TOE_LEFT, Role.TOE_RIGHT)  # toes lie side by side
    for above, below in () if beside else pairwise(chain):
        if rest.index(above) not in rest.ancestors(rest.index(below)):
            raise MapError(
                f"Bones '{above}' and '{below}' are no chain: neither carries the other; choose bones that follow one "
                f"another for the {words(role)}."
            )
    roles = _without(rig_map.roles, chain)
    roles.pop(role, None)
    if chain:
        roles[role] = chain
    return replace(rig_map, roles=roles, twists=_without(rig_map.twists, chain), score=1.0)


def _without(roles: Mapping[Role, tuple[str, ...]], bones: Sequence[str]) -> dict[Role, tuple[str, ...]]:
    kept = {role: tuple(bone for bone in held if bone not in bones) for role, held in roles.items()}
    return {role: held for role, held in kept.items() if held}
