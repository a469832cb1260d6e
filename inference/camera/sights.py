"""What was seen of the background in each frame of a shot, and the camera's turns and focal length that explain it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from .turn_fit import FloatArray, fit_turn, misfit_px

_MOVED: Final = 0.04
"""Of the picture's longer side: points that moved at least so far tell the focal length."""
_ASKED: Final = 24
"""Frames that are asked for it."""
_WIDEST: Final = 0.45
_NARROWEST: Final = 4.0
"""Focal lengths that are tried, in longer sides of the picture: 96 to 14 degrees."""
_FLOOR_PX: Final = 0.05
"""No misfit is smaller, however clean the film."""
_USUAL_SPREAD: Final = 0.35
"""Of the logarithm of lenses around the usual one: what is believed before the turns speak."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Points of the background in a frame, beside where they were in its key frame.

    Attributes:
        key: the frame that it is compared with.
        before, after: (N, 2) pixels from the middle of the small picture, in the key frame and in this one.
    """

    key: int
    before: NDArray[np.float32]
    after: NDArray[np.float32]


def find_focal(sights: Sequence[Sight | None], first: int, zooms: FloatArray, side_px: float, usual_px: float) -> float:
    """The first frame's focal length in pixels of the small picture, told by how a turning camera bends the picture.

    The most likely one: each frame's misfit counts beside the smallest, and lenses far from the usual one are rare.

    Args:
        sights: of a shot.
        first: number of the shot's first frame.
        zooms: (N,) focal length of the shot's frames over the first one's.
        side_px: the small picture's longer side.
        usual_px: focal length that is taken where the camera turns too little to tell.
    """
    told = [
        (sight.before.astype(np.float64), sight.after.astype(np.float64), float(zooms[sight.key - first]))
        for sight in sights
        if sight is not None and _moved(sight) > _MOVED * side_px
    ]
    if not told:
        return usual_px
    asked = np.unique(np.linspace(0, len(told) - 1, _ASKED).round().astype(int))

    def misfit(log_focal: float) -> float:
        focal_px = float(np.exp(log_focal))
        chosen = (told[number] for number in asked)
        return float(np.mean([misfit_px(before, after, zoom * focal_px) for before, after, zoom in chosen]))

    # A coarse look first: the misfit has plateaus far from its minimum.
    coarse = np.linspace(np.log(_WIDEST * side_px), np.log(_NARROWEST * side_px), 12)
    misfits = np.array([misfit(each) for each in coarse])
    scale = len(asked) / max(float(misfits.min()), _FLOOR_PX) ** 2

    def unlikely(log_focal: float, found: float | None = None) -> float:
        away = (log_focal - np.log(usual_px)) / _USUAL_SPREAD
        return float(scale * (misfit(log_focal) if found is None else found) ** 2 + away**2)

    best = int(np.argmin([unlikely(each, found) for each, found in zip(coarse, misfits, strict=True)]))
    bounds = coarse[max(best - 1, 0)], coarse[min(best + 1, len(coarse) - 1)]
    return float(np.exp(minimize_scalar(unlikely, bounds=bounds, method="bounded", options={"xatol": 0.01}).x))


def turns_of(
    sights: Sequence[Sight | None], first: int, focal_px: float
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Turns (N, 3, 3) and zooms (N,) of a shot's frames from its first one, and (N,) where they are known.

    Args:
        sights: of the shot's frames; None where nothing could be told.
        first: number of the shot's first frame.
        focal_px: of that frame, in pixels of the small picture.
    """
    turns, zooms = np.tile(np.eye(3), (len(sights), 1, 1)), np.ones(len(sights))
    known = np.zeros(len(sights), np.bool_)
    known[:1] = True
    for number, sight in enumerate(sights[1:], start=1):
        turn = None
        if sight is not None:
            key = sight.key - first
            turn = fit_turn(sight.before.astype(float), sight.after.astype(float), focal_px * zooms[key])
        if turn is None or sight is None:
            turns[number], zooms[number] = turns[number - 1], zooms[number - 1]
        else:
            turns[number], zooms[number] = turns[key] @ turn.rotation, zooms[key] * turn.zoom
            known[number] = True
    return turns, zooms, known


def _moved(sight: Sight) -> float:
    return float(np.linalg.norm(np.median(sight.after - sight.before, axis=0)))
