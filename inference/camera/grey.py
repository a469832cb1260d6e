"""Small grey pictures, in which the background is looked at."""

from __future__ import annotations

import cv2
import numpy as np

from ..video import Image


def small_grey(image: Image, longest_px: int) -> Image:
    """(h, w) of an image (H, W, 3) BGR, with no side longer than that."""
    share = min(1.0, longest_px / max(image.shape[:2]))
    size = (max(round(image.shape[1] * share), 1), max(round(image.shape[0] * share), 1))
    return np.asarray(cv2.cvtColor(cv2.resize(image, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY))
