"""Which bone of a rig is what, remembered: panels ask on every redraw."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from ..rigs.errors import RigError
from ..rigs.maps import Detection, detect, load_maps
from ..rigs.rest import RigRest

_KEPT = 16
_known: OrderedDict[object, Detection | RigError] = OrderedDict()


def recognise(rest: RigRest, folder: str | None = None) -> Detection:
    """The map for a rig, how sure it is and why.

    Args:
        rest: the rig at rest.
        folder: the user's own map files, or None.

    Raises:
        MapError: neither names nor shape tell which bone is what, and what is missing; or a map file in the folder is
            none.
    """
    key = (rest.bone_names, rest.parents, rest.rest_matrices.tobytes(), rest.lengths.tobytes(), folder, _stamp(folder))
    if key not in _known:
        _known[key] = _find(rest, folder)
        while len(_known) > _KEPT:
            _known.popitem(last=False)
    found = _known[key]
    if isinstance(found, RigError):
        raise found
    return found


def _stamp(folder: str | None) -> tuple[tuple[str, int], ...]:
    """Changes whenever a map file does, so that an edited one is read again."""
    files = Path(folder).glob("*.json") if folder else ()
    return tuple(sorted((path.name, path.stat().st_mtime_ns) for path in files))


def _find(rest: RigRest, folder: str | None) -> Detection | RigError:
    try:
        return detect(rest, load_maps(folder))
    except RigError as error:
        return error
