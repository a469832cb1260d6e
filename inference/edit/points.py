"""Puts corrected joints into a track."""

from __future__ import annotations

from .. import joints
from ..refine.arrays import FloatArray
from .edits import Edits


def put_points(joints_px: FloatArray, confidence: FloatArray, edits: Edits) -> tuple[FloatArray, FloatArray]:
    """The track with each corrected joint where the user put it, at confidence 1.

    Args:
        joints_px: (T, 17, 2) pixels, finite.
        confidence: (T, 17) 0..1.
        edits: whose points lie within the T frames.

    Returns:
        joints and confidence of the same shapes.
    """
    placed, sure = joints_px.copy(), confidence.copy()
    for point in edits.points:
        joint = joints.INDEX[point.joint]
        placed[point.frame, joint] = point.x_px, point.y_px
        sure[point.frame, joint] = 1.0
    return placed, sure
