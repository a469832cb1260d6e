"""Made-up tracks: somebody who moves smoothly, as long as asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..lift.track import MODEL_FPS

SIZE_PX = (1280, 720)


def moving_track(frames: int) -> NDArray[np.float32]:
    """(T, 17, 2) pixels, at the network's own rate."""
    rng = np.random.default_rng(5)
    still = (rng.normal(size=(17, 2)) * [60.0, 120.0] + np.array(SIZE_PX) / 2).astype(np.float32)
    track = np.empty((frames, 17, 2), np.float32)
    for start in range(0, frames, 4096):  # in pieces, so that making a long clip needs no more memory than the clip
        time_s = np.arange(start, min(start + 4096, frames), dtype=np.float32)[:, None, None] / np.float32(MODEL_FPS)
        track[start : start + 4096] = still + 20.0 * np.sin(3.0 * time_s + np.arange(17, dtype=np.float32)[:, None])
    return track
