"""What the inference is asked for corrections: a base result and what was said about it become another. No bpy here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..files import write_text
from .edits import text_of
from .recipe import Recipe

_OF_PICTURES = ("fps",)
"""What of a request is about the film's pictures, which nobody looks at to lift again."""


@dataclass(frozen=True, slots=True)
class Lifts:
    """Where results and the files of corrections lie.

    Attributes:
        folder: of the results that are kept.
    """

    folder: Path

    def path(self, recipe: Recipe) -> Path:
        """Where the result of a recipe lies once it is made; the base itself where nothing was corrected."""
        key = recipe.lift_key()
        return self.folder / f"{key}.npz" if key else recipe.base

    def request(self, recipe: Recipe) -> dict[str, Any]:
        """Lift again what was detected, with the corrections."""
        asked = {key: value for key, value in recipe.request.items() if key not in _OF_PICTURES}
        return {
            **asked,
            "keypoints": str(recipe.base),
            "edits": str(self._edits(recipe)),
            "output": str(self.path(recipe)),
        }

    def redo_request(
        self,
        recipe: Recipe,
        video: Path,
        frames: tuple[int, int],
        region: tuple[int, ...] | None = None,
        person: tuple[int, float, float] | None = None,
    ) -> dict[str, Any]:
        """Detect some frames again and lift everything, without the corrections: the result is another base for them.

        Args:
            recipe: of the take.
            video: its film.
            frames: half-open range of the result's frames.
            region: (x0, y0, x1, y1) pixels to look inside; None: everywhere.
            person: (frame of the film, x, y) of the one to follow; None: whoever is found.
        """
        return {
            **recipe.request,
            "video": str(video),
            "keypoints": str(recipe.base),
            "redo": list(frames),
            "region": list(region) if region else None,
            "person": list(person) if person else None,
        }

    def _edits(self, recipe: Recipe) -> Path:
        """The file of the corrections; its name tells its content, so that it is written once."""
        return _written(self.folder / f"{recipe.lift_key()}.json", recipe.edits.words())


def _written(path: Path, words: Mapping[str, Any]) -> Path:
    if not path.is_file():
        write_text(path, text_of(words))
    return path
