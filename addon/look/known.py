"""What is shown of a take, read once: views ask on every redraw."""

from __future__ import annotations

from pathlib import Path

from ...rigs.filmed import Filmed, load_filmed
from ..remembered import Remembered
from .placement import Placement
from .take import Take

_films: Remembered[Filmed] = Remembered(8)
_placements: dict[Take, Placement | None] = {}


def filmed_of(result: Path) -> Filmed:
    """A result file's picture side; read again when the file changes.

    Raises:
        SequenceError: there is no such file, or it has no camera; names it.
    """
    key = (result, result.stat().st_mtime_ns if result.is_file() else 0)
    return _films.get(key, lambda: load_filmed(result))


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
