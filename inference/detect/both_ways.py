"""A detector that looks twice: at the picture and at its mirror image."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..layouts import load_layout
from ..video import Image
from .detector import Detector, Keypoints

_APART: Final = 0.3
"""Two finds whose points lie further apart than this share of the person's extent, usually, are two people."""
_LEAST_WEIGHT: Final = 1e-3


class BothWays:
    """The mean of what two detectors find, one of them in the mirror; they look side by side.

    Args:
        make: makes a detector; two are made.
    """

    def __init__(self, make: Callable[[], Detector]) -> None:
        self._plain, self._mirrored = make(), make()
        self.layout = self._plain.layout
        self._twins = load_layout(self.layout).mirrored
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="mirror")

    def detect(self, frame_bgr: Image, time_s: float) -> Keypoints | None:
        """Points of the person in (H, W, 3) BGR, or None. Times increase from call to call."""
        other = self._pool.submit(self._mirrored.detect, np.ascontiguousarray(frame_bgr[:, ::-1]), time_s)
        found, seen = self._plain.detect(frame_bgr, time_s), other.result()
        if seen is None:
            return found
        seen = mirrored(seen, frame_bgr.shape[1], self._twins)
        return seen if found is None else mean_of(found, seen)

    def close(self) -> None:
        """Gives up both networks' memory."""
        self._pool.shutdown(wait=True)
        self._plain.close()
        self._mirrored.close()


def mirrored(found: Keypoints, width: int, twins: NDArray[np.intp]) -> Keypoints:
    """What was found in a mirror image of a picture `width` pixels wide, as it is in the picture itself."""
    px = np.array([width, 0.0], np.float32) + found.px[twins] * np.array([-1.0, 1.0], np.float32)
    world = None if found.world is None else found.world[twins] * np.array([-1.0, 1.0, 1.0], np.float32)
    return Keypoints(px, found.confidence[twins], world)


def mean_of(first: Keypoints, second: Keypoints) -> Keypoints:
    """The mean of two finds of one person, each point weighted by its confidence; of two people, the first."""
    extent = float(np.nanmax(np.nanmax(first.px, axis=0) - np.nanmin(first.px, axis=0)))
    if np.nanmedian(np.linalg.norm(second.px - first.px, axis=-1)) > _APART * extent:
        return first
    weight = np.stack([first.confidence, second.confidence])[..., None] + np.float32(_LEAST_WEIGHT)
    share = (weight / weight.sum(axis=0)).astype(np.float32)
    world = None
    if first.world is not None and second.world is not None:
        world = share[0] * first.world + share[1] * second.world
    confidence = (first.confidence + second.confidence) / np.float32(2.0)
    return Keypoints(share[0] * first.px + share[1] * second.px, confidence, world)
