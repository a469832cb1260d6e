"""The add-on's exception tree; each message is one sentence that says what was expected and what to do."""

from __future__ import annotations

from ..rigs.errors import RigError


class AddonError(Exception):
    """Anything the add-on refuses, worded for the person in front of the screen."""


EXPECTED = (AddonError, RigError)
"""Errors that are worded for the user."""


class ArmatureError(AddonError):
    """The chosen object cannot be read or keyed."""


class KeyingError(AddonError):
    """The keys to be written do not fit together."""


class MotionError(AddonError):
    """A motion file cannot be used; the message names it."""


class LookError(AddonError):
    """The result cannot be shown beside its film."""


class FixError(AddonError):
    """A correction does not fit the result, or there is nothing to correct."""


class RuntimeMissingError(AddonError):
    """The Python that runs the inference was not found."""


class SetupError(RuntimeMissingError):
    """The runtime could not be made or does not work.

    Attributes:
        code: short stable name, kebab-case; ends the message, and docs/manual/troubleshooting.md says more about each.
    """

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code


class JobError(AddonError):
    """The inference child failed.

    Attributes:
        code: the child's error code, or `crashed`, `timeout`, `launch`, `protocol`; ends the message, and
            docs/manual/troubleshooting.md says more about each.
        exit_code: the child's exit status, None while it runs.
        log_tail: the last lines of its log.
    """

    def __init__(
        self, message: str, *, code: str, exit_code: int | None = None, log_tail: tuple[str, ...] = ()
    ) -> None:
        super().__init__(f"{message} ({code})")
        self.code = code
        self.exit_code = exit_code
        self.log_tail = log_tail


class JobCancelled(AddonError):
    """The job was cancelled by the person who started it."""


def last_line(error: Exception) -> str:
    """What Blender's own readers say in the end, without its full stop; an error without words, by its kind."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else type(error).__name__
