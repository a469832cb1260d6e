"""Which bone of a rig is what, remembered: panels ask on every redraw."""

from __future__ import annotations

from pathlib import Path

from ..rigs.maps import Detection, detect, load_maps
from ..rigs.rest import RigRest
from .remembered import Remembered

_known: Remembered[Detection] = Remembered(16)


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
    return _known.get(key, lambda: detect(rest, load_maps(folder)))


def _stamp(folder: str | None) -> tuple[tuple[str, int], ...]:
    """Changes whenever a map file does, so that an edited one is read again."""
    files = Path(folder).glob("*.json") if folder else ()
    return tuple(sorted((path.name, path.stat().st_mtime_ns) for path in files))
