"""Typed errors become the operator's report; a bug still shows as a traceback."""

from __future__ import annotations

from ...rigs.errors import RigError
from ..errors import AddonError

EXPECTED = (AddonError, RigError)
"""Errors that are worded for the user."""


def first_sentence(error: Exception) -> str:
    """The message as one line, for the status bar."""
    return " ".join(str(error).split())
