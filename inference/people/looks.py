"""What somebody looks like: the mean colours of what is worn, told apart when two people cross."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..layouts import load_layout
from ..video import Image
from .find import FOLLOWED_LAYOUT, Person

_LAYOUT: Final = load_layout(FOLLOWED_LAYOUT)
_PARTS: Final = (
    (("left_shoulder", "right_shoulder"), ("left_hip", "right_hip")),
    (("left_hip", "right_hip"), ("left_knee", "right_knee")),
    (("left_knee", "right_knee"), ("left_ankle", "right_ankle")),
)
"""Upper and lower ends of what is looked at, each from left to right: trunk, thighs, shins."""
_HALVES: Final = ((0.1, 0.5), (0.5, 0.9))
"""Along a part; each gives a colour of its own."""
_ALONG: Final = 8
_ACROSS: Final = (0.1, 0.25, 0.75, 0.9)
"""Where between left and right: on the legs and not between them."""
_APART_LAB: Final = 30.0
"""So far apart, in CIELAB, two colours are surely two."""


def colours(image_bgr: Image, person: Person) -> NDArray[np.float64]:
    """(6, 3) mean CIELAB colours of the halves of trunk, thighs and shins; NaN where they lie outside the picture."""
    lab = []
    for upper, lower in _PARTS:
        for near, far in _HALVES:
            lab.append(_mean_lab(image_bgr, _grid(person, upper, lower, near, far)))
    return np.array(lab)


def unlike(colours: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """How differently two people are dressed: 0 alike, 1 surely not; 0.5 when nothing can be compared."""
    away = np.linalg.norm(colours - others, axis=-1)
    if np.isnan(away).all():
        return 0.5
    return float(np.minimum(np.nanmean(away) / _APART_LAB, 1.0))


def _grid(
    person: Person, upper: tuple[str, str], lower: tuple[str, str], near: float, far: float
) -> NDArray[np.float64]:
    """(N, 2) places in pixels between the four ends of a part."""
    ends = [person.keypoints.px[_LAYOUT.points.index(name)].astype(np.float64) for name in (*upper, *lower)]
    along = np.linspace(near, far, _ALONG)[:, None, None]
    across = np.array(_ACROSS)[None, :, None]
    left, right = ends[0] * (1 - along) + ends[2] * along, ends[1] * (1 - along) + ends[3] * along
    return np.asarray((left * (1 - across) + right * across).reshape(-1, 2))


def _mean_lab(image_bgr: Image, places: NDArray[np.float64]) -> NDArray[np.float64]:
    x, y = np.round(places).astype(int).T
    height, width = image_bgr.shape[:2]
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    if not inside.any():
        return np.full(3, np.nan)
    pixels = image_bgr[y[inside], x[inside]][None].astype(np.float32) / 255.0
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGR2LAB)[0].mean(axis=0), np.float64)
