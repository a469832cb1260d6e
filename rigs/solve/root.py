"""The bone that carries the whole character through the world."""

from __future__ import annotations

from ..errors import MapError
from ..rest import RigRest
from ..roles import SIDES, Role, sided
from .character import Character


def root_bone(character: Character, move_root: bool) -> int:
    """The bone to move: the nearest to the pelvis that carries torso and legs and is free to move.

    Args:
        character: the rig at rest.
        move_root: take the mapped root bone, or the topmost one over the pelvis, instead.

    Raises:
        MapError: no bone carries both the torso and the legs.
    """
    rest = character.rest
    pelvis = character.bones(Role.PELVIS)[0]
    carried = [character.bones(Role.SPINE, Role.CHEST)[0]]
    carried += [character.bones(sided("thigh", side))[0] for side in SIDES]
    line = (pelvis, *rest.ancestors(pelvis))
    free = [bone for bone in line if _carries_all(rest, bone, carried) and not _is_connected(rest, bone)]
    if not free:
        raise MapError(
            f"No bone carries both '{rest.bone_names[carried[0]]}' and '{rest.bone_names[carried[1]]}', so the "
            "character cannot be moved as one; parent them to one bone."
        )
    if not move_root:
        return free[0]
    mapped = [bone for bone in character.bones(Role.ROOT) if bone in free]
    return mapped[0] if mapped else free[-1]


def _carries_all(rest: RigRest, bone: int, carried: list[int]) -> bool:
    return all(bone == other or bone in rest.ancestors(other) for other in carried)


def _is_connected(rest: RigRest, bone: int) -> bool:
    return rest.connected is not None and bool(rest.connected[bone]) and rest.parents[bone] >= 0
