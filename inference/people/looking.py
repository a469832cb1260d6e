"""A detector that looks at a part of each picture only: a region, or wherever the chosen person is."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..detect.detector import Detector, Keypoints
from ..errors import RequestError
from ..layouts import Layout, load_layout
from ..video import SMALLEST_SIDE_PX, Image, VideoInfo
from .find import FOLLOWED_LAYOUT, clipped
from .follow import Route

_AROUND: Final = 0.95
"""Half the side of the part that is looked at, in longer sides of the person's box."""
_SAME: Final = 0.2
"""Somebody whose points lie so far from where they were expected, in sizes, is not the one."""


def check_region(region_px: tuple[float, float, float, float], info: VideoInfo) -> None:
    """Refuses a region that shows too little of the picture to find anybody in.

    Raises:
        RequestError: names the film and its size.
    """
    width, height = info.size_px
    x0, y0, x1, y1 = clipped(np.array(region_px), width, height)
    if min(x1 - x0, y1 - y0) < SMALLEST_SIDE_PX:
        raise RequestError(
            f"The region {[round(edge) for edge in region_px]} holds less than {SMALLEST_SIDE_PX} pixels each way of "
            f"{info.path.name}, which is {width}x{height}.",
            "Draw it around the person, with some room.",
        )


class InRegion:
    """Looks inside one box of every picture.

    Args:
        detector: does the work; closed with this.
        region_px: x0, y0, x1, y1 in pixels of the upright original picture.
        width_px: width of that.
    """

    def __init__(self, detector: Detector, region_px: tuple[float, float, float, float], width_px: int) -> None:
        self.layout = detector.layout
        self._detector = detector
        self._region_px = np.array(region_px)
        self._width_px = width_px

    def detect(self, frame_bgr: Image, time_s: float) -> Keypoints | None:
        """Points of the person in the region of (H, W, 3) BGR, or None."""
        box = self._region_px * frame_bgr.shape[1] / self._width_px
        return _detect_in(self._detector, frame_bgr, box, time_s)

    def close(self) -> None:
        """Gives up the network's memory."""
        self._detector.close()


class Along:
    """Looks around the chosen person, and takes nobody else.

    Args:
        detector: does the work; closed with this.
        route: where the person is when.
    """

    def __init__(self, detector: Detector, route: Route) -> None:
        self.layout = detector.layout
        self._detector = detector
        self._route = route

    def detect(self, frame_bgr: Image, time_s: float) -> Keypoints | None:
        """Points of the chosen person in (H, W, 3) BGR, or None where out of sight."""
        expected, others = self._route.expected(time_s)
        if expected is None:
            return None
        low, high = expected.min(axis=0), expected.max(axis=0)
        reach = _AROUND * float(max(high - low))
        box = np.concatenate([(low + high) / 2 - reach, (low + high) / 2 + reach])
        found = _detect_in(self._detector, frame_bgr, box, time_s)
        size = float(np.hypot(*(high - low)))
        if found is None or not _is_same(found, load_layout(self.layout), expected, others, size):
            return None
        return found

    def close(self) -> None:
        """Gives up the network's memory."""
        self._detector.close()


def _detect_in(detector: Detector, frame_bgr: Image, box_px: NDArray[np.float64], time_s: float) -> Keypoints | None:
    x0, y0, x1, y1 = clipped(box_px, frame_bgr.shape[1], frame_bgr.shape[0])
    found = detector.detect(np.ascontiguousarray(frame_bgr[y0:y1, x0:x1]), time_s)
    if found is None:
        return None
    return Keypoints(found.px + np.array([x0, y0], np.float32), found.confidence, found.world)


def _is_same(
    found: Keypoints, layout: Layout, expected: NDArray[np.float64], others: list[NDArray[np.float64]], size_px: float
) -> bool:
    """Whether the points found, of any layout, are those of the person expected and of none of the others."""

    def away(points: NDArray[np.float64]) -> float:
        if layout.name == FOLLOWED_LAYOUT:
            return float(np.linalg.norm(found.px - points, axis=-1).mean()) / size_px
        own = layout.to_joints(found.px[None], found.confidence[None])[0][0]
        their, _ = load_layout(FOLLOWED_LAYOUT).to_joints(
            points[None].astype(np.float32), np.ones((1, len(points)), np.float32)
        )
        return float(np.nanmean(np.linalg.norm(own - their[0], axis=-1))) / size_px

    return away(expected) < _SAME and all(away(expected) < away(other) for other in others)
