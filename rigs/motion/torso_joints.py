"""Joints of the trunk and the head from which `rigs.solve.body.read_body` reads given frames."""

from __future__ import annotations

import numpy as np

from .. import quaternions
from ..arrays import FloatArray
from ..solve.body import FACE_AREA_M2, HEAD_TILT
from ..vectors import dot

_LOWER_SHARE = 0.44
"""Of the way from the hips to the shoulders: where the trunk's middle joint lies."""
_FACE_M, _FACE_SHARE, _HEAD_AREA_M2, _BODY_M = 0.2, 0.4, 0.037, 1.75
"""Nose to crown, where the nose lies along that line, and the area that the neck's base spans with it, on a body of
that height."""


def trunk_joints(pelvis: FloatArray, thorax: FloatArray, length_m: float) -> tuple[FloatArray, FloatArray]:
    """(T,3) middle and upper joint of a trunk, from the pelvis joint, for (T,3,3) frames (left, back, up)."""
    middle = _LOWER_SHARE * length_m * pelvis[..., 2]
    upper: FloatArray = middle + (1.0 - _LOWER_SHARE) * length_m * thorax[..., 2]
    return middle, upper


def head_joints(thorax: FloatArray, head: FloatArray, height_m: float) -> tuple[FloatArray, FloatArray]:
    """(T,3) tip of the nose and top of the head, from the thorax joint.

    The reader mixes a little of the thorax's left into the face's own, and tilts the face's line: both are undone here.

    Args:
        thorax, head: (T,3,3) frames, columns left, back, up.
        height_m: standing height of the body.
    """
    size = height_m / _BODY_M
    area = max(_HEAD_AREA_M2 * size**2, 3.0 * FACE_AREA_M2)
    left = head[..., 0]
    # crown x nose: what the reader adds to is left out
    spanned = area * left - FACE_AREA_M2 * thorax[..., 0]
    rising = quaternions.rotate(quaternions.exp(-HEAD_TILT * left), head[..., 2])
    aside = -dot(rising, spanned) / dot(left, spanned)
    line = _FACE_M * size * (rising + aside[:, None] * left)
    nose = np.cross(spanned, line) / dot(line, line)[:, None] + _FACE_SHARE * line
    return nose, nose + line
