"""A detector that looks at a part of each picture only: a region, or wherever the chosen person is."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..detect.detector import Detector, Keypoints
from ..errors import RequestError
from ..layouts import Layout, load_layout
from ..video import SMALLEST_SIDE_PX, Image, VideoInfo
from .find import FOLLOWED_LAYOUT, Person
from .follow import Route
from .view import AROUND, clipped, detect_in, look_afresh, square

_LESS_SURE: Final = 0.8
"""Points between two sights of the route are this much less sure than those."""
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
        return detect_in(self._detector, frame_bgr, box, time_s)

    def close(self) -> None:
        """Gives up the network's memory."""
        self._detector.close()


class Along:
    """Looks around the chosen person, and takes nobody else: while the detector is with somebody who stands close, the
    points are those of the route, where they are of the same layout.

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
        low, high = expected.px.min(axis=0), expected.px.max(axis=0)
        reach = AROUND * float(max(high - low))
        found = detect_in(self._detector, frame_bgr, square((low + high) / 2, reach), time_s)
        if found is not None and _is_same(
            found, load_layout(self.layout), expected, others, float(np.hypot(*(high - low)))
        ):
            return found
        if found is not None:  # it goes where it went last: a picture of nothing makes it look afresh
            look_afresh(self._detector, time_s)
        if self.layout != FOLLOWED_LAYOUT:
            return None
        return Keypoints(expected.px, expected.confidence * np.float32(_LESS_SURE), expected.world)

    def close(self) -> None:
        """Gives up the network's memory."""
        self._detector.close()


def _is_same(found: Keypoints, layout: Layout, expected: Keypoints, others: tuple[Person, ...], size_px: float) -> bool:
    """Whether the points found, of any layout, are those of the person expected and of none of the others."""

    def away(points: Keypoints) -> float:
        if layout.name == FOLLOWED_LAYOUT:
            return float(np.linalg.norm(found.px - points.px, axis=-1).mean()) / size_px
        own, _ = layout.to_joints(found.px[None], found.confidence[None])
        their, _ = load_layout(FOLLOWED_LAYOUT).to_joints(points.px[None], np.ones_like(points.confidence)[None])
        return float(np.nanmean(np.linalg.norm(own - their, axis=-1))) / size_px

    return away(expected) < _SAME and all(away(expected) < away(other.keypoints) for other in others)
