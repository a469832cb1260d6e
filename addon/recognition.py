"""Which rig convention a set of bones follows, remembered: panels ask on every redraw."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from ..rigs.errors import RigError
from ..rigs.maps import RigMap, find_map, load_maps


def recognise(bone_names: Sequence[str], folder: str | None = None) -> RigMap:
    """The map for these bones.

    Args:
        bone_names: all bones of the rig.
        folder: the user's own map files, or None.

    Raises:
        MapError: no convention fits, and which bones are missing; or a map file in the folder is none.
    """
    found = _find(tuple(bone_names), folder, _stamp(folder))
    if isinstance(found, RigError):
        raise found
    return found


def _stamp(folder: str | None) -> tuple[tuple[str, int], ...]:
    """Changes whenever a map file does, so that an edited one is read again."""
    files = Path(folder).glob("*.json") if folder else ()
    return tuple(sorted((path.name, path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=16)
def _find(bone_names: tuple[str, ...], folder: str | None, _stamp: object) -> RigMap | RigError:
    try:
        return find_map(bone_names, load_maps(folder))
    except RigError as error:
        return error
