"""Pictures of a far world through a camera that turns and zooms: the truth for what is told from a background."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.video import Frame

Array = NDArray[np.float64]
SIZE_PX = (640, 360)
FOCAL_PX = 520.0
_SKY_PX = (2048, 1024)
_GRAIN = 3.0


class Panorama:
    """Clouds of noise all around."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        sky = cv2.GaussianBlur(self.rng.uniform(size=_SKY_PX[::-1]).astype(np.float32), (0, 0), 4)
        self._sky = np.clip(128 + 55 * (sky - sky.mean()) / sky.std(), 0, 255).astype(np.uint8)

    def frame(self, number: int, turn: Array, zoom: float = 1.0) -> Frame:
        """What a camera sees: `turn` (3, 3) are the world's axes from its own, x right, y down, z forward."""
        width, height = SIZE_PX
        x, y = np.meshgrid(np.arange(width) + 0.5 - width / 2, np.arange(height) + 0.5 - height / 2)
        rays = np.stack([x, y, np.full_like(x, FOCAL_PX * zoom)], axis=-1) @ turn.T
        rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
        east = (np.arctan2(rays[..., 0], rays[..., 2]) / (2 * np.pi) + 0.5) * _SKY_PX[0] - 0.5
        down = (np.arcsin(rays[..., 1]) / np.pi + 0.5) * _SKY_PX[1] - 0.5
        seen = cv2.remap(
            self._sky, east.astype(np.float32), down.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
        )
        picture = np.repeat(seen[..., None], 3, axis=-1) + self.rng.normal(0.0, _GRAIN, (height, width, 3))
        return Frame(number, number / 30.0, np.clip(picture, 0, 255).astype(np.uint8), 1.0)
