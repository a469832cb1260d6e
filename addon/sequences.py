"""The performer's joints, whichever file holds them."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..rigs.sequence import PoseSequence, load_result
from ..rigs.smoothing.adaptive import smooth_sequence
from .motion.load import is_motion, load_motion


def load_sequence(
    path: Path,
    context: bpy.types.Context,
    smoothing: float,
    frames: tuple[int | None, int | None] = (None, None),
    rig_maps: str | None = None,
) -> PoseSequence:
    """The joints of a motion file as they are, or those of a result file smoothed.

    Args:
        path: a motion file, or a result .npz.
        context: of the operator, or `bpy.context`.
        smoothing: of a result, 0 raw .. 1 smoothest.
        frames: half-open range of a motion file's frames; a result holds only those that were asked for.
        rig_maps: folder of the user's own map files for motion files, or None.

    Raises:
        MotionError, RigError: the file cannot be used; names it.
    """
    if is_motion(path):
        return load_motion(path, context, rig_maps, *frames)
    return smooth_sequence(load_result(path), smoothing)
