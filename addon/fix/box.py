"""A box on the film's picture. No bpy here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LEAST_PX = 16.0
"""Smaller boxes, in pixels of the film, were clicks."""


@dataclass(slots=True)
class Box:
    """What is drawn so far: two opposite corners, pixels of the film; None before the first click."""

    first: tuple[float, float] | None = None
    second: tuple[float, float] | None = None

    def corners(self) -> np.ndarray | None:
        """(4,2) around the box, None while there is none."""
        if self.first is None or self.second is None:
            return None
        (x0, y0), (x1, y1) = self.first, self.second
        return np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])

    def region(self) -> tuple[int, int, int, int] | None:
        """Left, top, right, bottom in whole pixels of the film; None while it is too small."""
        corners = self.corners()
        if corners is None or np.min(np.ptp(corners, axis=0)) < LEAST_PX:
            return None
        left, top = (round(float(edge)) for edge in corners.min(axis=0))
        right, bottom = (round(float(edge)) for edge in corners.max(axis=0))
        return left, top, right, bottom
