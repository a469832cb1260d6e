"""The detector errors that a run trains with, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .noise import NoiseModel

NOISES: Final = ("none", "generic", "detector")


def noise_named(name: str) -> NoiseModel | None:
    """Errors by name.

    `none`: true 2D joints and the true focal length, as the papers' ideal rows; `generic`: wide ranges that serve
    any detector; `detector`: most windows with the errors of real detectors, the others generic or clean.
    """
    makers: dict[str, Callable[[], NoiseModel | None]] = {
        "none": lambda: None,
        "generic": NoiseModel,
        "detector": NoiseModel.mixed,
    }
    return makers[name]()
