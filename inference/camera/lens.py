"""A lens whose focal length somebody knows."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..lift.normalise import default_focal_px
from .path import CameraPath

_FILM_DIAGONAL_MM: Final = float(np.hypot(36.0, 24.0))
"""Of the picture on 35 mm film, by which focal lengths are compared."""


def with_lens(camera: CameraPath, lens_mm: float, image_size_px: tuple[int, int]) -> CameraPath:
    """The path of a camera whose shots begin with a lens that is known.

    How the camera turned was found with the lens that was taken until then, and stays.

    Args:
        camera: as found.
        lens_mm: focal length as for 35 mm film, by the picture's diagonal.
        image_size_px: width and height.
    """
    size_px = np.asarray(image_size_px, np.float64)
    over_usual = lens_mm / _FILM_DIAGONAL_MM * float(np.hypot(*size_px)) / default_focal_px(size_px)
    zooms = camera.zooms.copy()
    for first, end in camera.shots():
        zooms[first:end] *= over_usual / zooms[first]
    return replace(camera, zooms=zooms)
