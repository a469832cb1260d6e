"""The detector errors that a run trains with, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .noise import LAYOUTS, NoiseModel

NOISES: Final = ("none", "generic", "detector", "layouts")


def noise_named(name: str) -> NoiseModel | None:
    """Errors by name.

    `none`: true 2D joints and the true focal length, as the papers' ideal rows; `generic`: wide ranges that serve
    any detector; `detector`: most windows with the errors of real detectors, the others generic or clean; `layouts`:
    the same with BlazePose's, COCO's and Halpe's points mixed by window.
    """
    makers: dict[str, Callable[[], NoiseModel | None]] = {
        "none": lambda: None,
        "generic": NoiseModel,
        "detector": NoiseModel.mixed,
        "layouts": lambda: NoiseModel.mixed(LAYOUTS),
    }
    return makers[name]()
