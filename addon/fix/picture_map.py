"""Between the film's picture and the view that looks through its camera. No bpy here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...rigs.filmed import Filmed
from ..look.strokes import on_picture, project
from ..rotation_modes import FloatArray


@dataclass(frozen=True, slots=True)
class PictureMap:
    """Where a film's pixels lie in a region of the window.

    Attributes:
        corner: (2,) pixels of the region from its lower left, of the film's upper left corner.
        step: (2,) pixels of the region that a pixel of the film takes, the second one negative.
        size_px: (2,) width and height of the film.
    """

    corner: FloatArray
    step: FloatArray
    size_px: FloatArray

    def to_region(self, film_px: FloatArray) -> FloatArray:
        """(N,2) pixels of the film, y down -> (N,2) pixels of the region, y up."""
        placed: FloatArray = self.corner + np.asarray(film_px, np.float64) * self.step
        return placed

    def to_film(self, region_px: tuple[float, float]) -> tuple[float, float]:
        """The other way for one point, led back to the edge of the picture from outside."""
        x, y = np.clip((np.array(region_px) - self.corner) / self.step, 0.0, self.size_px)
        return float(x), float(y)


def picture_map(
    filmed: Filmed, frame: int, camera: FloatArray, perspective: FloatArray, size: tuple[int, int]
) -> PictureMap:
    """How a view through the film camera shows the film.

    Args:
        filmed: the film's size and lens.
        frame: of the result.
        camera: (4,4) scene place of the camera.
        perspective: (4,4) of the view.
        size: width and height of the region, pixels.
    """
    focal_px = float(filmed.focals_px[frame])
    corners = np.array([[0.0, 0.0], filmed.image_size_px])
    first, last = project(on_picture(corners, filmed.image_size_px, focal_px, camera), perspective, size)
    return PictureMap(first, (last - first) / filmed.image_size_px, np.array(filmed.image_size_px))
