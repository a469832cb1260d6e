"""What the inference process says to its parent: one JSON object a line, a closed set of messages.

Standard library alone: the add-on imports this file inside Blender, the child uses it to send. Both sides check every
message against `MESSAGES`, so that a field that one side forgot is found by the first test and not by a user.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

PROTOCOL: Final = 1
REQUEST_SCHEMA: Final = 1
RESULT_SCHEMA: Final = 1

EXIT_RESULT: Final = 0
EXIT_ERROR: Final = 1
EXIT_BAD_REQUEST: Final = 2
EXIT_CANCELLED: Final = 3

STAGES: Final = ("decode", "detect", "lift", "refine", "write")
TERMINAL: Final = frozenset({"result", "cancelled", "error"})

MESSAGES: Final[Mapping[str, Mapping[str, type]]] = {
    "hello": {"protocol": int, "pid": int, "python": str},
    "status": {"text": str},
    "progress": {"stage": str, "current": int, "total": int, "fps": float},
    "warning": {"code": str, "text": str},
    "preview": {"path": str, "frame": int},
    "check": {"name": str, "text": str},
    "result": {"path": str, "frames": int, "fps": float},
    "cancelled": {},
    "error": {"code": str, "message": str, "hint": str},
}

DEFAULT_LIFTER: Final = "sequence-237"
"""Weights that lift where nobody chooses others."""
CAUSAL_LIFTER: Final = "sequence-237-causal"
"""Weights that see no frame behind the one that they lift."""

QUALITIES: Final = ("fast", "balanced", "best")
"""How closely the film is looked at, the fastest first."""
DEFAULT_QUALITY: Final = "balanced"

REQUEST_DEFAULTS: Final[Mapping[str, object]] = {
    "schema": REQUEST_SCHEMA,
    "video": None,
    "output": None,
    "keypoints": None,
    "detector": "blazepose",
    "detector_models": None,
    "quality": DEFAULT_QUALITY,
    "lifter": DEFAULT_LIFTER,
    "frame_start": None,
    "frame_end": None,
    "person_height_m": None,
    "lens_mm": None,
    "fps": None,
    "preview": False,
    "fingers": False,
    "edits": None,
    "redo": None,
    "region": None,
    "person": None,
    "people": None,
}
"""Every key of request.json with its default; `output` has none and must be given."""

KEEP_LINE: Final = {"keep": True}
"""What the parent writes to end the detection where it is and make a result of that."""

_TYPE: Final = "type"


class ProtocolError(ValueError):
    """A line or a message that is not in the closed set; the text names the field."""


@dataclass(frozen=True, slots=True)
class Message:
    """One checked message.

    Attributes:
        type: a key of `MESSAGES`.
        fields: exactly the fields that `MESSAGES` lists for that type.
    """

    type: str
    fields: Mapping[str, str | int | float]

    def __post_init__(self) -> None:
        expected = MESSAGES.get(self.type)
        if expected is None:
            raise ProtocolError(f"unknown message type {self.type!r}, expected one of {', '.join(MESSAGES)}")
        if set(self.fields) != set(expected):
            raise ProtocolError(f"{self.type} takes the fields {sorted(expected)}, got {sorted(self.fields)}")
        for name, kind in expected.items():
            _check_field(self.type, name, kind, self.fields[name])

    @property
    def terminal(self) -> bool:
        """True for the last message of a job."""
        return self.type in TERMINAL

    def text(self, name: str) -> str:
        """A field as text, for example `message.text("path")`."""
        return str(self.fields[name])

    def number(self, name: str) -> float:
        """A numeric field as float."""
        return float(self.fields[name])


def encode(message: Message) -> str:
    """One line of JSON without its line end; non-ASCII text is escaped, so any pipe encoding carries it."""
    return json.dumps({_TYPE: message.type, **message.fields}, allow_nan=False)


def parse(line: str) -> Message:
    """Reads one line.

    Raises:
        ProtocolError: not a JSON object, an unknown type, or fields that do not belong to the type.
    """
    try:
        values = json.loads(line)
    except ValueError as error:
        raise ProtocolError(f"not a line of JSON: {line[:120]!r}") from error
    if not isinstance(values, dict) or not isinstance(values.get(_TYPE), str):
        raise ProtocolError(f"not an object with a type: {line[:120]!r}")
    return Message(values.pop(_TYPE), values)


def _check_field(message: str, name: str, kind: type, value: object) -> None:
    # bool is an int to Python, and JSON writes 25.0 as 25 on some sides.
    accepted = (int, float) if kind is float else (kind,)
    if isinstance(value, bool) or not isinstance(value, accepted):
        raise ProtocolError(f"{message}.{name} must be {kind.__name__}, got {value!r}")
    if name == "stage" and value not in STAGES:
        raise ProtocolError(f"{message}.stage must be one of {', '.join(STAGES)}, got {value!r}")
