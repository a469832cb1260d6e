"""What a take is made from, and so when it is out of date. No bpy here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ..errors import FixError
from .edits import Edits, read_edits, text_of

_LATER_CHOICES = {"fingers": False}
"""Choices that takes of earlier versions lack, as those were made."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what a take looks like.

    Attributes:
        base: the result whose detection the corrections are about.
        request: what the inference was asked for, without files: height, weights ...
        edits: what was corrected.
        choices: choice of `PoseFromVideoSettings` -> value, of those in `POSE_CHOICES`.
    """

    base: Path
    request: Mapping[str, Any]
    edits: Edits
    choices: Mapping[str, Any]

    def text(self) -> str:
        """As it is kept; equal recipes give equal text."""
        return text_of(
            {
                "base": str(self.base),
                "request": dict(self.request),
                "edits": self.edits.words(),
                "choices": dict(self.choices),
            }
        )

    def lift_key(self) -> str:
        """Short text that is equal for recipes with the same result; empty where that is the base itself."""
        if not self.edits:
            return ""
        words = {"base": self.base.name, "request": dict(self.request), "edits": self.edits.words()}
        return hashlib.sha256(text_of(words).encode()).hexdigest()[:24]

    def namespace(self) -> SimpleNamespace:
        """The choices as attributes."""
        return SimpleNamespace(**{**_LATER_CHOICES, **self.choices})


def read_recipe(text: str) -> Recipe:
    """What `Recipe.text` gave.

    Raises:
        FixError: it is damaged.
    """
    try:
        values = json.loads(text)
        return Recipe(Path(values["base"]), values["request"], read_edits(values["edits"]), values["choices"])
    except (KeyError, TypeError, ValueError) as error:
        raise FixError(f"What this action was made from cannot be read ({error}); process the video again.") from error
