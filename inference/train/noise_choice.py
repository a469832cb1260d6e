"""The detector errors that a run trains with, by name."""

from __future__ import annotations

from typing import Final

from .noise import NoiseModel

NOISES: Final = ("none", "generic")


def noise_named(name: str) -> NoiseModel | None:
    """`none`: true 2D joints and the true focal length, as the papers' ground-truth rows; `generic`: any detector's."""
    return {"none": None, "generic": NoiseModel()}[name]
