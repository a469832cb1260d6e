"""Maps made by hand, a role at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ..errors import MapError
from ..rest import RigRest
from ..roles import Role, words
from .detect import detect
from .find import rank_maps
from .review import chain_break
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
    if broken := chain_break(rest, role, chain):
        raise MapError(
            f"Bones '{broken[0]}' and '{broken[1]}' are no chain: neither carries the other; choose bones that follow "
            f"one another for the {words(role)}."
        )
    roles = _without(rig_map.roles, chain)
    roles.pop(role, None)
    if chain:
        roles[role] = chain
    return replace(rig_map, roles=roles, twists=_without(rig_map.twists, chain), score=1.0)


def laid_on(bone_names: Iterable[str], template: MapTemplate) -> RigMap:
    """What one convention says of a rig, complete or not.

    Raises:
        MapError: the rig has not even the bone that is the convention's pelvis.
    """
    ranked = rank_maps(bone_names, (template,))
    if not ranked:
        raise MapError(f"This rig has no bone that map '{template.name}' calls the pelvis; choose another map.")
    return ranked[0].rig_map


def filled(rest: RigRest, rig_map: RigMap, known: RigMap) -> RigMap:
    """The map with the roles that have no bone taken from another, as far as their bones play no role yet.

    Args:
        rest: the rig at rest.
        rig_map: complete or not.
        known: of the same rig.
    """
    for role, bones in known.roles.items():
        free = all(bone not in rig_map.every_bone and bone in rest.bone_names for bone in bones)
        if free and role not in rig_map.roles:
            rig_map = replace(rig_map, roles={**rig_map.roles, role: bones})
    return rig_map


def _without(roles: Mapping[Role, tuple[str, ...]], bones: Sequence[str]) -> dict[Role, tuple[str, ...]]:
    kept = {role: tuple(bone for bone in held if bone not in bones) for role, held in roles.items()}
    return {role: held for role, held in kept.items() if held}
