"""Draw the 17 joints: over a video frame, and as a view from three quarters."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..joints import LEFT, PARENTS, RIGHT

Image = NDArray[np.uint8]
FloatArray = NDArray[np.floating]

PAPER: Final = (245, 244, 242)
INK: Final = (60, 60, 60)
_LEFT_BGR: Final = (60, 80, 230)
_RIGHT_BGR: Final = (215, 130, 40)
_MIDDLE_BGR: Final = (70, 70, 70)
_GRID_BGR: Final = (215, 213, 210)
_SUBPIXEL_BITS: Final = 4


def joint_colour(joint: int) -> tuple[int, int, int]:
    """Red for the person's left, blue for the right, grey for the middle (BGR)."""
    if joint in LEFT:
        return _LEFT_BGR
    return _RIGHT_BGR if joint in RIGHT else _MIDDLE_BGR


def fit(image: Image, width: int, height: int) -> tuple[Image, float]:
    """Scale `image` (H,W,3) to fit into width x height, keeping its shape; returns it and the factor used."""
    factor = min(width / image.shape[1], height / image.shape[0])
    size = (max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor)))
    interpolation = cv2.INTER_AREA if factor < 1.0 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=interpolation), np.uint8), factor


def on_paper(image: Image, width: int, height: int) -> Image:
    """`image` fitted into the middle of a width x height sheet."""
    small, _ = fit(image, width, height)
    sheet = blank(width, height)
    top, left = (height - small.shape[0]) // 2, (width - small.shape[1]) // 2
    sheet[top : top + small.shape[0], left : left + small.shape[1]] = small
    return sheet


def blank(width: int, height: int) -> Image:
    """An empty sheet (height, width, 3)."""
    return np.full((height, width, 3), PAPER, np.uint8)


def draw_bones(image: Image, points_px: FloatArray, confidence: FloatArray, thickness: int = 2) -> None:
    """Draw the 17 joints into `image` in place.

    Args:
        image: (H, W, 3) BGR.
        points_px: (17, 2) pixels of `image`; joints that are not finite are left out.
        confidence: (17,) 0..1; unsure bones (below 0.3) are drawn thin.
    """
    scale = 1 << _SUBPIXEL_BITS
    finite = np.asarray(np.isfinite(points_px).all(axis=-1), np.bool_)
    whole = np.rint(np.where(finite[:, None], np.clip(points_px, -1e4, 1e4), 0.0) * scale).astype(int)
    for joint, parent in enumerate(PARENTS):
        if parent < 0 or not (finite[joint] and finite[parent]):
            continue
        start, end = (int(v) for v in whole[parent]), (int(v) for v in whole[joint])
        width = thickness if min(confidence[joint], confidence[parent]) >= 0.3 else max(1, thickness // 2)
        cv2.line(image, tuple(start), tuple(end), joint_colour(joint), width, cv2.LINE_AA, _SUBPIXEL_BITS)
    for joint in np.flatnonzero(finite).tolist():
        centre = (int(whole[joint, 0]), int(whole[joint, 1]))
        cv2.circle(image, centre, (thickness + 1) * scale, joint_colour(joint), -1, cv2.LINE_AA, _SUBPIXEL_BITS)


def view_from_three_quarters(joints_m: FloatArray, width: int, height: int, confidence: FloatArray) -> Image:
    """One pose seen from in front, 35 degrees to the side and 12 above, on a floor grid of half metres.

    Args:
        joints_m: (17, 3) world, Z up, metres.
        width: of the picture, pixels.
        height: of the picture, pixels.
        confidence: (17,) 0..1.

    Returns:
        (height, width, 3) BGR.
    """
    image = blank(width, height)
    matrix = _view_matrix(math.radians(35.0), math.radians(12.0))
    # Whoever is in the air, on a roof or in a hole stays in the picture, at the price of the floor.
    pelvis = float(joints_m[0, 2])
    centre = np.array([joints_m[0, 0], joints_m[0, 1], 0.85 + pelvis - min(max(pelvis, 0.2), 1.15)])
    per_metre = min(height / 2.3, width / 1.9)

    def project(points: FloatArray) -> FloatArray:
        seen = (points - centre) @ matrix.T
        return np.asarray(seen * (per_metre, -per_metre) + (width / 2, height / 2))

    for offset in np.arange(-1.0, 1.01, 0.5):
        x, y = centre[0], centre[1]
        for ends in (
            [[x - 1, y + offset, 0], [x + 1, y + offset, 0]],
            [[x + offset, y - 1, 0], [x + offset, y + 1, 0]],
        ):
            start, end = np.rint(project(np.array(ends))).astype(int).tolist()
            cv2.line(image, start, end, _GRID_BGR, 1, cv2.LINE_AA)
    draw_bones(image, project(joints_m), confidence, thickness=2)
    return image


def _view_matrix(azimuth_rad: float, elevation_rad: float) -> FloatArray:
    """(2,3): picture right and picture up of an orthographic view from the front (-Y), turned and raised."""
    right = np.array([math.cos(azimuth_rad), math.sin(azimuth_rad), 0.0])
    toward = np.array([-math.sin(azimuth_rad), math.cos(azimuth_rad), 0.0])
    up = np.array([0.0, 0.0, math.cos(elevation_rad)]) + toward * math.sin(elevation_rad)
    return np.stack([right, up])


def write_label(image: Image, text: str, left: int = 6, bottom: int = 18, size: float = 0.45) -> None:
    """Write `text` (plain ASCII is all that OpenCV's font has) into `image` in place."""
    plain = text.encode("ascii", "replace").decode("ascii")
    (width, height), baseline = cv2.getTextSize(plain, cv2.FONT_HERSHEY_SIMPLEX, size, 1)
    cv2.rectangle(image, (left - 3, bottom - height - 3), (left + width + 3, bottom + baseline), PAPER, -1)
    cv2.putText(image, plain, (left, bottom), cv2.FONT_HERSHEY_SIMPLEX, size, INK, 1, cv2.LINE_AA)
