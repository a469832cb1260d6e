"""How many keys a retargeted motion needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..arrays import FloatArray
from .bound import Bound
from .reduce import Keys, reduce_keys


def key_reduction_pct(
    bone_names: Sequence[str],
    rotations: FloatArray,
    locations: Mapping[str, FloatArray],
    angle_rad: float,
    distance: float,
) -> float:
    """How many fewer keys a motion has when reduced than with one on each frame, in per cent of all channels' keys.

    Args:
        bone_names: B bones.
        rotations: (T,B,4) quaternions wxyz, sign-continuous over time.
        locations: bone -> (T,3); such bones need not turn.
        angle_rad, distance: the bound, see `Bound`.
    """
    frames = np.arange(len(rotations), dtype=np.float64)
    turned = dict(zip(bone_names, np.swapaxes(rotations, 0, 1), strict=True))
    both = [np.concatenate([turned.pop(name), path], axis=1) for name, path in locations.items() if name in turned]
    moved = [path for name, path in locations.items() if name not in bone_names]
    keys: list[Keys] = []
    for mode, group in (("QUATERNION", [*turned.values()]), ("QUATERNION", both), ("", moved)):
        if group:
            keys += reduce_keys(frames, np.stack(group), Bound(mode, angle_rad, distance))
    full = len(frames) * sum(bone.values.shape[1] for bone in keys)
    left = sum(bone.values.size for bone in keys)
    return 100.0 * (1.0 - left / full) if full else 0.0
