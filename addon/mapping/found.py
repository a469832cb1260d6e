"""The map that counts for an armature: the one made by hand, else what its names and its shape tell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

import bpy

from ...rigs.errors import MapError
from ...rigs.maps import Detection, RigMap, Role, Trouble, laid_on, parse_map, plain_map, review
from ...rigs.rest import RigRest
from ..armature import read_rest
from ..preferences import rig_maps_preference
from ..recognition import recognise
from .rows import PoseFromVideoRig, is_by_hand, rig_of, roles_in, write_rows


def found_rig(obj: bpy.types.Object) -> Detection:
    """The map for an armature, how sure it is and why.

    Raises:
        AddonError, RigError: the armature cannot be read, is not recognised, or its map by hand is not complete.
    """
    return found_with(obj, rig_maps_preference())


def found_with(obj: bpy.types.Object, folder: str | None) -> Detection:
    """The same with a folder of the user's own map files, or none, in the place of the preferred one."""
    rest = read_rest(obj)
    if not is_by_hand(obj):
        return recognise(rest, folder)
    rig_map = map_by_hand(rig_of(obj), rest)
    rig_map.check_on(rest)
    return Detection(rig_map, 1.0, "Its bones were assigned by hand.")


def map_by_hand(rig: PoseFromVideoRig, rest: RigRest) -> RigMap:
    """The map that the list holds, complete or not.

    Args:
        rig: with rows.
        rest: the same armature's.

    Raises:
        MapError: a bone plays two roles; names both.
    """
    base = _base(rig, rest)
    roles = roles_in(rig)
    given = {bone for bones in roles.values() for bone in bones}
    twists = {role: tuple(bone for bone in bones if bone not in given) for role, bones in base.twists.items()}
    return replace(
        base,
        roles=roles,
        twists={role: bones for role, bones in twists.items() if bones and role in roles},
        corrections={bone: each for bone, each in base.corrections.items() if each.fits(rest, bone)},
        score=1.0,
    )


def keep_by_hand(obj: bpy.types.Object, rig_map: RigMap) -> None:
    """Let the list of an armature hold a map."""
    rig = rig_of(obj)
    rig.base = json.dumps(plain_map(rig_map))
    write_rows(rig, rig_map.roles)


def drop_by_hand(obj: bpy.types.Object) -> None:
    """Let names and shape count again."""
    rig_of(obj).rows.clear()
    rig_of(obj).base = ""


def troubles_of(rig: PoseFromVideoRig, rest: RigRest) -> tuple[Trouble, ...]:
    """What is wrong or doubtful in the list."""
    return review(_base(rig, rest).adapt(rest), roles_in(rig))


def first_come(roles: Mapping[Role, tuple[str, ...]]) -> dict[Role, tuple[str, ...]]:
    """The roles with each bone in the first that names it alone."""
    taken: set[str] = set()
    kept: dict[Role, tuple[str, ...]] = {}
    for role, bones in roles.items():
        if free := tuple(dict.fromkeys(bone for bone in bones if bone not in taken)):
            kept[role] = free
            taken.update(free)
    return kept


@lru_cache(maxsize=8)
def _map_in(text: str, bone_names: tuple[str, ...]) -> RigMap:
    """What the text of a map file says of a rig; panels ask on every redraw."""
    try:
        return laid_on(bone_names, parse_map(json.loads(text)))
    except MapError:  # it has no pelvis yet, or the bones were renamed
        return RigMap(str(json.loads(text)["name"]), {})


def _base(rig: PoseFromVideoRig, rest: RigRest) -> RigMap:
    return _map_in(rig.base, rest.bone_names)
