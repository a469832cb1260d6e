"""Which joints a body hides from the camera, by ten cylinders (Cheng et al., "Occlusion-aware networks", section 3.2).

The cheap path for training, where no mesh is at hand: head, trunk, and two for each limb, seen under orthographic
projection. `python -m inference.train.compare_visibility` says how far it agrees with a real body's mesh.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..joints import COUNT, INDEX

HEAD_RADIUS_M = 0.10
LIMB_RADIUS_M = 0.05

_CYLINDERS = [
    (INDEX[a], INDEX[b])
    for a, b in (
        ("thorax", "head"), ("pelvis", "thorax"),
        ("right_hip", "right_knee"), ("right_knee", "right_ankle"),
        ("left_hip", "left_knee"), ("left_knee", "left_ankle"),
        ("left_shoulder", "left_elbow"), ("left_elbow", "left_wrist"),
        ("right_shoulder", "right_elbow"), ("right_elbow", "right_wrist"),
    )
]  # fmt: skip
_HEAD, _TRUNK = 0, 1
_FROM, _TO = (np.array(ends) for ends in zip(*_CYLINDERS, strict=True))
# A joint is never hidden by a cylinder that it is part of: its own ends, and for the trunk all that lie on its surface.
_OWN = np.zeros((COUNT, len(_CYLINDERS)), bool)
for _number, _ends in enumerate(_CYLINDERS):
    _OWN[list(_ends), _number] = True
for _name in ("pelvis", "spine", "thorax", "right_hip", "left_hip", "right_shoulder", "left_shoulder"):
    _OWN[INDEX[_name], _TRUNK] = True
_OWN[[INDEX["nose"], INDEX["head"], INDEX["thorax"]], _HEAD] = True


def visible(joints_m: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether each joint is free of the body's own cylinders.

    Args:
        joints_m: (..., 17, 3) metres, x right, y down, z away from the camera; seen along z.

    Returns:
        (..., 17).
    """
    start, end = joints_m[..., _FROM, :], joints_m[..., _TO, :]
    axis = (end - start)[..., None, :, :]
    offset = joints_m[..., :, None, :] - start[..., None, :, :]
    length = np.maximum((axis[..., :2] ** 2).sum(axis=-1), np.float32(1e-8))
    along = np.clip((offset[..., :2] * axis[..., :2]).sum(axis=-1) / length, 0.0, 1.0)
    nearest = offset - along[..., None] * axis
    radius = _radii(joints_m)[..., None, :]
    aside = (nearest[..., :2] ** 2).sum(axis=-1)
    # The surface lies before the axis by this much where the ray passes it.
    depth = np.sqrt(np.maximum(radius**2 - aside, 0.0))
    hidden = (aside < radius**2) & (nearest[..., 2] > -depth) & (nearest[..., 2] > 0.0) & ~_OWN
    return np.asarray(~hidden.any(axis=-1))


def _radii(joints_m: NDArray[np.float32]) -> NDArray[np.float32]:
    """(..., 10) metres; the trunk is as thick as the neck is far from the shoulders."""
    shoulders = joints_m[..., INDEX["left_shoulder"], :] - joints_m[..., INDEX["right_shoulder"], :]
    radii = np.full((*joints_m.shape[:-2], len(_CYLINDERS)), LIMB_RADIUS_M, np.float32)
    radii[..., _HEAD] = HEAD_RADIUS_M
    radii[..., _TRUNK] = np.linalg.norm(shoulders, axis=-1) / 2.0
    return radii
