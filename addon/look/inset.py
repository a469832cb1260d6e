"""The film's present frame in a corner of a view, with what was found in it. No bpy here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..rotation_modes import FloatArray
from .live import Glimpse
from .strokes import BONES, Strokes, colours_of, draw_figure, merged

_SHARE = 0.34
"""Of the view's width and height that the inset takes at most."""
_LONGEST_PX, _LEAST_PX, _MARGIN_PX = 360.0, 40.0, 14.0


@dataclass(frozen=True, slots=True)
class Inset:
    """Where the picture is drawn, pixels of the region from its lower left.

    Attributes:
        left, bottom: its corner.
        width, height: its size.
    """

    left: float
    bottom: float
    width: float
    height: float

    def points(self, pixels: FloatArray, image_size_px: FloatArray) -> FloatArray:
        """(N,2) pixels of the film, y down -> (N,2) pixels of the region, y up; NaN outside the picture."""
        share = pixels / image_size_px
        share = np.where(((share >= 0.0) & (share <= 1.0)).all(axis=-1, keepdims=True), share, np.nan)
        return np.c_[self.left + share[:, 0] * self.width, self.bottom + (1.0 - share[:, 1]) * self.height]


def place_inset(
    image_size_px: FloatArray, size: tuple[float, float], covered: tuple[float, float], scale: float
) -> Inset | None:
    """The lower left corner of a view; None where there is no room for a picture.

    Args:
        image_size_px: (2,) of the film.
        size: width and height of the region, pixels.
        covered: pixels at its left and at its bottom that other regions lie over.
        scale: of the interface.
    """
    fit = min(_SHARE * side / of for side, of in zip(size, image_size_px, strict=True))
    fit = min(fit, _LONGEST_PX * scale / image_size_px.max())
    across, up = (float(side) for side in fit * image_size_px)
    margin = _MARGIN_PX * scale
    if min(across, up) < _LEAST_PX * scale or covered[0] + margin + across > size[0]:
        return None
    return Inset(covered[0] + margin, covered[1] + margin, across, up)


def inset_strokes(inset: Inset, glimpse: Glimpse, scale: float) -> Strokes:
    """The keypoints as dots and the 17 joints as a figure over the picture."""
    return merged(
        [
            draw_figure(inset.points(pixels, glimpse.image_size_px), colours_of(confidence), pairs, radius * scale)
            for pixels, confidence, pairs, radius in (
                (glimpse.keypoints_px, glimpse.keypoint_confidence, (), 1.5),
                (glimpse.joints_px, glimpse.confidence, BONES, 2.0),
            )
        ]
    )
