"""What is shown of a take, read once: views ask on every redraw."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from ...rigs.errors import RigError
from ...rigs.filmed import Filmed, load_filmed
from .placement import Placement
from .take import Take

_KEPT = 8
_films: OrderedDict[tuple[Path, int], Filmed | RigError] = OrderedDict()
_placements: dict[Take, Placement | None] = {}


def filmed_of(result: Path) -> Filmed:
    """A result file's picture side; read again when the file changes.

    Raises:
        SequenceError: there is no such file, or it has no camera; names it.
    """
    key = (result, result.stat().st_mtime_ns if result.is_file() else 0)
    if key not in _films:
        try:
            _films[key] = load_filmed(result)
        except RigError as error:
            _films[key] = error
        while len(_films) > _KEPT:
            _films.popitem(last=False)
    found = _films[key]
    if isinstance(found, RigError):
        raise found
    return found


def remember_placement(take: Take, placement: Placement | None) -> None:
    """Keep where the performer of a take stands; None: it cannot be found."""
    _placements[take] = placement


def placement_of(take: Take) -> Placement | None:
    """Where the performer of a take stands, if that was found since this file was opened."""
    return _placements.get(take)


def is_unplaced(take: Take) -> bool:
    """Nobody has looked yet where the performer of a take stands."""
    return take not in _placements


def forget() -> None:
    """Another file was opened, or the add-on goes."""
    _films.clear()
    _placements.clear()
