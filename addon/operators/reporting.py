"""Typed errors become the operator's report; a bug still shows as a traceback."""

from __future__ import annotations

from ...rigs.errors import RigError
from ..errors import AddonError

EXPECTED = (AddonError, RigError)
"""Errors that are worded for the user."""


def first_sentence(error: Exception) -> str:
    """The message as one line, for the status bar."""
    return " ".join(str(error).split())


def reported(error: Exception) -> str:
    """The same of an error that came from calling an operator: what that one reported."""
    return first_sentence(error).removeprefix("Error: ")
