"""Which rig convention a set of bones follows, remembered: panels ask on every redraw."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from ..rigs.errors import RigError
from ..rigs.maps import RigMap, find_map


def recognise(bone_names: Sequence[str]) -> RigMap:
    """The map for these bones.

    Raises:
        MapError: no convention fits; says which bones are missing.
    """
    found = _find(tuple(bone_names))
    if isinstance(found, RigError):
        raise found
    return found


@lru_cache(maxsize=16)
def _find(bone_names: tuple[str, ...]) -> RigMap | RigError:
    try:
        return find_map(bone_names)
    except RigError as error:
        return error
