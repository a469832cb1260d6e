"""What a person has said about a film: corrected points, swapped sides, standing feet. No bpy here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ...rigs.skeleton import H36M_17
from ..errors import FixError

SCHEMA = 1
PARTS = ("arms", "legs")
FEET = ("left", "right")


@dataclass(frozen=True, slots=True)
class Edits:
    """Everything said about one result; frames count from its first, pixels are those of the upright picture.

    Attributes:
        points: (frame, joint) -> (x, y) where it is, pixels, x right, y down.
        swaps: part of the body -> frames in which its sides are swapped.
        contacts: foot -> frame -> whether it stands.
    """

    points: Mapping[tuple[int, str], tuple[float, float]] = field(default_factory=dict)
    swaps: Mapping[str, frozenset[int]] = field(default_factory=dict)
    contacts: Mapping[str, Mapping[int, bool]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.points or any(self.swaps.values()) or any(self.contacts.values()))

    def with_point(self, frame: int, joint: str, x_px: float, y_px: float) -> Edits:
        """A joint is there in a frame.

        Raises:
            FixError: there is no such joint.
        """
        if joint not in H36M_17.joint_names:
            raise FixError(f"There is no joint '{joint}'; use one of {', '.join(H36M_17.joint_names)}.")
        return replace(self, points={**self.points, (frame, joint): (round(float(x_px), 2), round(float(y_px), 2))})

    def without_points(self, frames: Iterable[int], joint: str | None = None) -> Edits:
        """Nothing is said of a joint in these frames any more; of all joints for None."""
        gone = set(frames)
        kept = {
            key: place
            for key, place in self.points.items()
            if key[0] not in gone or (joint is not None and key[1] != joint)
        }
        return replace(self, points=kept)

    def with_swap(self, frames: Iterable[int], parts: Iterable[str]) -> Edits:
        """The sides are swapped there; where they were swapped already, they are back."""
        toggled = frozenset(frames)
        return replace(
            self, swaps={**self.swaps, **{part: self.swaps.get(part, frozenset()) ^ toggled for part in parts}}
        )

    def with_contact(self, foot: str, frames: Iterable[int], standing: bool | None) -> Edits:
        """A foot stands there, or does not; None: as the inference thinks."""
        said = dict(self.contacts.get(foot, {}))
        for frame in frames:
            said.pop(frame, None)
            if standing is not None:
                said[frame] = standing
        return replace(self, contacts={**self.contacts, foot: said})

    def words(self) -> dict[str, Any]:
        """As the inference reads it, docs/design.md; equal edits give equal words."""
        points = [
            {"frame": frame, "joint": joint, "x_px": x, "y_px": y}
            for (frame, joint), (x, y) in sorted(self.points.items())
        ]
        swaps = [
            {"start": start, "end": end, "part": part}
            for part in PARTS
            for start, end in runs(self.swaps.get(part, ()))
        ]
        contacts = [
            {"foot": foot, "start": start, "end": end, "standing": standing}
            for foot in FEET
            for standing in (True, False)
            for start, end in runs(frame for frame, state in self.contacts.get(foot, {}).items() if state == standing)
        ]
        return {"schema": SCHEMA, "points": points, "swaps": swaps, "contacts": contacts}


def read_edits(words: Mapping[str, Any]) -> Edits:
    """What `Edits.words` gave.

    Raises:
        FixError: it is of another schema, or damaged.
    """
    try:
        if words["schema"] != SCHEMA:
            raise FixError(f"Corrections have schema {words['schema']}, this version reads {SCHEMA}; make them again.")
        edits = Edits()
        for point in words["points"]:
            edits = edits.with_point(int(point["frame"]), point["joint"], point["x_px"], point["y_px"])
        for swap in words["swaps"]:
            parts = PARTS if swap["part"] == "both" else (swap["part"],)
            edits = edits.with_swap(range(swap["start"], swap["end"]), parts)
        for contact in words["contacts"]:
            edits = edits.with_contact(
                contact["foot"], range(contact["start"], contact["end"]), bool(contact["standing"])
            )
    except (KeyError, TypeError, ValueError) as error:
        raise FixError(f"The corrections cannot be read ({error}); make them again.") from error
    return edits


def runs(frames: Iterable[int]) -> list[tuple[int, int]]:
    """Half-open (start, end) of each unbroken run of frames, in order."""
    found: list[tuple[int, int]] = []
    for frame in sorted(set(frames)):
        if found and found[-1][1] == frame:
            found[-1] = found[-1][0], frame + 1
        else:
            found.append((frame, frame + 1))
    return found


def text_of(words: Mapping[str, Any]) -> str:
    """Equal words give equal text."""
    return json.dumps(words, sort_keys=True, separators=(",", ":"))
