"""What the contact network is shown: how each leg moves, in axes of up and the line of sight, 30 times a second."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy import ndimage

from .. import joints
from ..lift.track import MODEL_FPS
from .arrays import FloatArray
from .vectors import unit

_NEAR_FRAMES: Final = 31
"""The lowest place of a foot is looked for half a second before and after."""
_HIGHEST_M: Final = 1.0
_SLIP_FRAMES: Final = 5
"""Median over as many frames: a foot that the detector loses for two of them has not left the floor."""
_LEGS: Final = tuple(
    tuple(joints.INDEX[f"{side}_{part}"] for part in ("hip", "knee", "ankle")) for side in ("left", "right")
)
_THORAX: Final = joints.INDEX["thorax"]
_MIRRORED: Final = (np.array([1.0, 1.0, 1.0]), np.array([-1.0, 1.0, 1.0]))
CHANNELS: Final = 45


def contact_inputs(
    poses: FloatArray, path: FloatArray, sights: FloatArray, confidence: FloatArray, up: FloatArray
) -> FloatArray:
    """One row for each foot: its own leg first, then the other one, mirrored for the right foot.

    How the image moves is given apart from how the joints do: it tells what happens across the line of sight best.

    Args:
        poses: (T, 17, 3) root-relative metres, reference height, 30 frames a second, axes of a still camera.
        path: (T, 3) root, same axes.
        sights: (T, 17, 3) directions in which the joints are seen, unit vectors, same axes.
        confidence: (T, 17) 0..1.
        up: (3,) unit vector, same axes.

    Returns:
        (2, T, `CHANNELS`) metres and metres a second in axes across, along and up; left foot and right foot.
    """
    along = unit(path - (path @ up)[:, None] * up)
    axes = np.stack([np.cross(along, up), along, np.broadcast_to(up, along.shape)], axis=1)
    poses, sights = (_without_slips(values, axes[len(axes) // 2]) for values in (poses, sights))
    placed = poses + path[:, None]
    body, moved = np.einsum("tac,tjc->tja", axes, poses), np.einsum("tac,tjc->tja", axes, _rate(placed))
    away = np.linalg.norm(placed, axis=-1, keepdims=True)
    seen = np.einsum("tac,tjc->tja", axes, _rate(sights) * away)
    height = placed[:, joints.ANKLES] @ up
    lowest = ndimage.minimum_filter1d(height.min(axis=1), _NEAR_FRAMES, mode="nearest")
    above = np.minimum(height - lowest[:, None], _HIGHEST_M)
    rows = []
    for own, mirror in enumerate(_MIRRORED):
        parts = [moved[:, 0] * mirror, body[:, _THORAX] * mirror, body[:, _LEGS[own][0], :1] * mirror[0]]
        for side in (own, 1 - own):
            _, knee, ankle = _LEGS[side]
            parts += [moved[:, ankle] * mirror, seen[:, ankle] * mirror, moved[:, knee] * mirror]
            parts += [_length(moved[:, ankle]), _length(seen[:, ankle]), above[:, side, None]]
            parts += [body[:, knee] * mirror, body[:, ankle] * mirror, confidence[:, ankle, None]]
        rows.append(np.concatenate(parts, axis=-1))
    return np.asarray(rows)


def _without_slips(values: FloatArray, axes: FloatArray) -> FloatArray:
    """Values (T, 17, 3) by medians over time along axes (3, 3), which turn as the camera does."""
    return np.asarray(ndimage.median_filter(values @ axes.T, size=(_SLIP_FRAMES, 1, 1), mode="nearest") @ axes)


def _length(vectors: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.norm(vectors, axis=-1, keepdims=True))


def _rate(values: FloatArray) -> FloatArray:
    """Change a second."""
    return np.asarray(np.gradient(values, axis=0) * MODEL_FPS) if len(values) > 1 else np.zeros_like(values)
