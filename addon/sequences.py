"""The performer's joints, whichever file holds them."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..rigs.repair.repair import repaired
from ..rigs.sequence import PoseSequence, load_result
from ..rigs.smoothing.adaptive import DEFAULT_STRENGTH, smooth_sequence
from .motion.load import load_motion


def load_sequence(
    path: Path,
    context: bpy.types.Context,
    smoothing: float | None,
    frames: tuple[int | None, int | None] = (None, None),
    rig_maps: str | None = None,
) -> PoseSequence:
    """The joints of a motion file or a result, smoothed; those of a result without their jumps.

    Args:
        path: a motion file, or a result .npz.
        context: of the operator, or `bpy.context`.
        smoothing: 0 raw .. 1 smoothest; None = 0 for motion files, which come clean, 0.5 for results.
        frames: half-open range of a motion file's frames; a result holds only those that were asked for.
        rig_maps: folder of the user's own map files for motion files, or None.

    Raises:
        MotionError, RigError: the file cannot be used; names it.
    """
    if path.suffix == ".npz":
        return smooth_sequence(repaired(load_result(path)), DEFAULT_STRENGTH if smoothing is None else smoothing)
    return smooth_sequence(load_motion(path, context, rig_maps, *frames), smoothing or 0.0)
