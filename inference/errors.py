"""The one exception tree of this room. A message is one sentence; a hint says what to do."""

from __future__ import annotations

from collections.abc import Sequence


class InferenceError(Exception):
    """Something that the user can read and act on.

    Attributes:
        code: short stable name, kebab-case, for programs.
        message: one sentence that names the file, the frame or the key.
        hint: what to do about it; may be empty.
    """

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class RequestError(InferenceError):
    """The request itself is wrong: exit code 2."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__("bad-request", message, hint)


class VideoError(InferenceError):
    """The video cannot be used."""


class KeypointsError(InferenceError):
    """A keypoint file cannot be used."""


class ModelError(InferenceError):
    """A model file is missing or broken."""


class LayoutError(InferenceError):
    """A keypoint layout is unknown or inconsistent."""

    @classmethod
    def unknown(cls, name: str, known: Sequence[str]) -> LayoutError:
        """For a layout name without a file; lists the valid names."""
        return cls("unknown-layout", f"There is no keypoint layout {name!r}.", f"Use one of: {', '.join(known)}.")


class Cancelled(Exception):
    """The job was asked to stop. Not an error: exit code 3."""
