"""The strip along the timeline that tells when each foot stands. No bpy here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from ...rigs.filmed import Filmed
from ..look.strokes import Strokes, draw_boxes
from .edits import FEET, Edits, runs

STANDS = 0.5
"""From this likelihood on a foot is taken to stand."""
ABOVE_PX, ROW_PX, GAP_PX = 8.0, 12.0, 2.0
"""The strip begins above the bands of doubt; a row a foot."""
_GROUND, _FOUND = (0.0, 0.0, 0.0, 0.45), (0.45, 0.55, 0.65, 0.9)
_SAID, _LIFTED, _POINT = (0.2, 0.7, 1.0, 1.0), (1.0, 0.5, 0.1, 1.0), (0.2, 0.7, 1.0, 1.0)
_POINT_PX = 4.0


@dataclass(frozen=True, slots=True)
class Span:
    """Frames of the result in which a foot does one thing: half-open, and who says so."""

    foot: str
    start: int
    end: int
    standing: bool
    said: bool


def standing_at(filmed: Filmed, edits: Edits, foot: str, frame: int) -> bool:
    """Whether a foot stands in a frame of the result, as far as is known."""
    said = edits.contacts.get(foot, {}).get(frame)
    return bool(_found(filmed)[frame, FEET.index(foot)]) if said is None else said


def contact_spans(filmed: Filmed, edits: Edits) -> list[Span]:
    """What each foot does: where it was found to stand, and where a person has said something."""
    found = _found(filmed)
    spans = []
    for column, foot in enumerate(FEET):
        said = edits.contacts.get(foot, {})
        silent = (int(frame) for frame in np.flatnonzero(found[:, column]) if int(frame) not in said)
        spans += [Span(foot, start, end, True, False) for start, end in runs(silent)]
        for standing in (True, False):
            frames = (frame for frame, state in said.items() if state == standing)
            spans += [Span(foot, start, end, standing, True) for start, end in runs(frames)]
    return spans


def strip_scale(height: float, ui_scale: float) -> float:
    """How large the strip is drawn in a region of a height, pixels: by the user's scale, less where that is too low."""
    needed = ABOVE_PX + len(FEET) * (ROW_PX + GAP_PX) + _POINT_PX
    return min(ui_scale, height / needed)


def row_at(y: float, scale: float) -> str | None:
    """The foot whose row lies at a height, pixels of the region; None beside the strip."""
    row, rest = divmod(y / scale - ABOVE_PX, ROW_PX + GAP_PX)
    return FEET[::-1][int(row)] if 0 <= row < len(FEET) and rest < ROW_PX else None


def row_bottom(foot: str, scale: float) -> float:
    """Where a foot's row begins, pixels of the region; the left foot's is the upper one."""
    return (ABOVE_PX + FEET[::-1].index(foot) * (ROW_PX + GAP_PX)) * scale


def strip_strokes(
    spans: Iterable[Span], points: Iterable[int], count: int, across: Callable[[float], float], scale: float
) -> Strokes:
    """The strip as it is drawn.

    Args:
        spans: what the feet do.
        points: frames of the result with a corrected point.
        count: frames of the result.
        across: frame of the result, or a place between two, -> pixel of the region.
        scale: see `strip_scale`.
    """
    rows = {foot: (row_bottom(foot, scale), row_bottom(foot, scale) + ROW_PX * scale) for foot in FEET}
    boxes = [((across(-0.5), across(count - 0.5), *rows[foot]), _GROUND) for foot in FEET]
    for span in spans:
        colour = (_SAID if span.standing else _LIFTED) if span.said else _FOUND
        left, right = across(span.start - 0.5), across(span.end - 0.5)
        boxes.append(((left, max(right, left + 2.0), *rows[span.foot]), colour))
    above = rows[FEET[0]][1] + GAP_PX * scale
    for frame in points:
        middle = across(float(frame))
        boxes.append(((middle - scale, middle + scale, above, above + _POINT_PX * scale), _POINT))
    return draw_boxes([box for box, _ in boxes], np.array([colour for _, colour in boxes]))


def _found(filmed: Filmed) -> np.ndarray:
    """(T,2) where the inference found the left and the right foot to stand."""
    if len(filmed.contact) == 0:
        return np.zeros((len(filmed.joints_m), 2), np.bool_)
    return np.asarray(filmed.contact >= STANDS)
