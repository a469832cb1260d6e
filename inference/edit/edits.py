"""The edits file: 2D points that were corrected, left and right changed back, contacts said by the user."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from .. import joints
from ..errors import RequestError
from ..refine.arrays import BoolArray, FloatArray

SCHEMA: Final = 1
PARTS: Final = {"arms": (True, False), "legs": (False, True), "both": (True, True)}
"""What a swap changes, as in `refine.swaps.LIMBS`: arms, legs."""
FEET: Final = ("left", "right")
"""In the order of `contact` in the result."""

_KEYS: Final[Mapping[str, Mapping[str, str]]] = {
    "points": {"frame": "frame", "joint": "joint", "x_px": "number", "y_px": "number"},
    "swaps": {"start": "frame", "end": "frame", "part": "part"},
    "contacts": {"foot": "foot", "start": "frame", "end": "frame", "standing": "truth"},
}
_WORDS: Final = {"joint": joints.NAMES, "part": tuple(PARTS), "foot": FEET}


@dataclass(frozen=True, slots=True)
class Point:
    """A joint that was put where it belongs: a frame of the result, a name of the 17, pixels of the upright picture."""

    frame: int
    joint: str
    x_px: float
    y_px: float


@dataclass(frozen=True, slots=True)
class Swap:
    """Left and right changed back over a half-open range of frames."""

    start: int
    end: int
    part: str


@dataclass(frozen=True, slots=True)
class Contact:
    """Whether a foot stands, over a half-open range of frames."""

    foot: str
    start: int
    end: int
    standing: bool


@dataclass(frozen=True, slots=True)
class Edits:
    """Everything that the user set right; later entries win over earlier ones."""

    points: tuple[Point, ...] = ()
    swaps: tuple[Swap, ...] = ()
    contacts: tuple[Contact, ...] = ()

    def check(self, frames: int, name: str) -> None:
        """Refuses what lies behind the last frame.

        Raises:
            RequestError: names the file, the entry and the number of frames.
        """
        last = [("points", n, point.frame) for n, point in enumerate(self.points)]
        last += [("swaps", n, swap.end - 1) for n, swap in enumerate(self.swaps)]
        last += [("contacts", n, contact.end - 1) for n, contact in enumerate(self.contacts)]
        for group, number, frame in last:
            if frame >= frames:
                raise RequestError(
                    f"{name}: {group}[{number}] reaches frame {frame}, but the result has {frames} frames.",
                    "Frames count from 0, the result's first frame.",
                )

    def swapped(self, frames: int) -> BoolArray:
        """(T, 2) True where arms, legs are changed back; two swaps of the same frames undo each other."""
        changed = np.zeros((frames, 2), np.bool_)
        for swap in self.swaps:
            changed[swap.start : swap.end] ^= np.array(PARTS[swap.part])
        return changed

    def standing(self, frames: int) -> FloatArray:
        """(T, 2) left and right: 1 where the foot stands, 0 where it does not, NaN where nothing was said."""
        said = np.full((frames, 2), np.nan)
        for contact in self.contacts:
            said[contact.start : contact.end, FEET.index(contact.foot)] = float(contact.standing)
        return said

    def part(self, start: int, end: int) -> Edits:
        """The edits of a half-open range of frames, counted from its own first."""

        def spans(each: Swap | Contact) -> bool:
            return each.start < end and each.end > start

        def first(each: Swap | Contact) -> int:
            return max(each.start - start, 0)

        def behind(each: Swap | Contact) -> int:
            return min(each.end, end) - start

        return Edits(
            tuple(replace(each, frame=each.frame - start) for each in self.points if start <= each.frame < end),
            tuple(replace(each, start=first(each), end=behind(each)) for each in self.swaps if spans(each)),
            tuple(replace(each, start=first(each), end=behind(each)) for each in self.contacts if spans(each)),
        )


NO_EDITS: Final = Edits()


def load_edits(path: Path) -> Edits:
    """Reads and checks an edits file (docs/design.md).

    Raises:
        RequestError: the file is missing, is not JSON, or an entry is wrong; names the file, the entry and the key.
    """
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RequestError(f"The edits {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise RequestError(f"The edits {path} are not JSON: {error}.") from error
    if not isinstance(values, dict):
        raise RequestError(f"The edits {path} must be a JSON object.")
    unknown = sorted(set(values) - {"schema", *_KEYS})
    if unknown:
        raise RequestError(
            f"{path.name} has the unknown key {unknown[0]!r}.", f"Known keys: schema, {', '.join(_KEYS)}."
        )
    if values.get("schema") != SCHEMA:
        raise RequestError(f"{path.name} has schema {values.get('schema')!r}, expected {SCHEMA}.")
    return Edits(
        points=tuple(Point(**entry) for entry in _entries(values, "points", path.name)),
        swaps=tuple(Swap(**entry) for entry in _entries(values, "swaps", path.name)),
        contacts=tuple(Contact(**entry) for entry in _entries(values, "contacts", path.name)),
    )


def _entries(values: Mapping[str, object], group: str, name: str) -> list[dict[str, Any]]:
    given = values.get(group, [])
    if not isinstance(given, list):
        raise RequestError(f"{name}: {group} must be a list.")
    for number, entry in enumerate(given):
        where = f"{name}: {group}[{number}]"
        if not isinstance(entry, dict) or set(entry) != set(_KEYS[group]):
            raise RequestError(f"{where} must be an object with {', '.join(_KEYS[group])}.")
        for key, kind in _KEYS[group].items():
            _check_value(where, key, kind, entry[key])
        if "start" in entry and entry["start"] >= entry["end"]:
            raise RequestError(
                f"{where} holds no frame: {entry['start']}..{entry['end']}.", "`end` is the frame behind the last one."
            )
    return given


def _check_value(where: str, key: str, kind: str, value: object) -> None:
    expected = ""
    if kind in _WORDS:
        expected = "" if value in _WORDS[kind] else f"one of {', '.join(_WORDS[kind])}"
    elif kind == "truth":
        expected = "" if isinstance(value, bool) else "true or false"
    elif isinstance(value, bool) or not isinstance(value, int if kind == "frame" else int | float):
        expected = "a whole number" if kind == "frame" else "a number"
    elif not math.isfinite(value) or (kind == "frame" and value < 0):
        expected = "0 or more" if kind == "frame" else "a finite number"
    if expected:
        raise RequestError(f"{where}: {key} is {value!r}, expected {expected}.")
