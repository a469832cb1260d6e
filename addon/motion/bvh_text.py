"""Look a BVH file over before Blender's importer, which plays what is missing or no number as zeros. No bpy here."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ..errors import MotionError

_MOTION = re.compile(r"\bMOTION\s+Frames:\s*(\d+)\s+Frame\s+Time:\s*(\S+)", re.IGNORECASE)
_CHANNELS = re.compile(r"\bCHANNELS\s+(\d+)", re.IGNORECASE)


def check_bvh(path: Path) -> None:
    """Refuse a BVH file without whole frames of finite numbers.

    Raises:
        MotionError: it is no BVH, has no frames or no rate, or a frame lacks values or holds one that is not finite;
            names the file and the frame, counted from 1.
    """
    text = path.read_text(encoding="utf-8", errors="replace")
    head = _MOTION.search(text)
    if head is None:
        raise MotionError(
            f"'{path.name}' is no BVH file: it has no MOTION with Frames and Frame Time; export it again."
        )
    channels = sum(int(count) for count in _CHANNELS.findall(text[: head.start()]))
    try:
        seconds, values = float(head[2]), np.array(text[head.end() :].split(), dtype=np.float64)
    except ValueError as error:
        raise MotionError(f"'{path.name}' holds something else than numbers in its frames ({error}).") from error
    if not 0.0 < seconds < np.inf:
        raise MotionError(f"'{path.name}' has the frame time {head[2]}; expected seconds above zero.")
    frames = int(head[1])
    if frames == 0 or channels == 0:
        raise MotionError(f"'{path.name}' holds no frames of motion; export it again.")
    if len(values) < frames * channels:
        raise MotionError(
            f"'{path.name}' ends in frame {len(values) // channels + 1} of {frames}: it needs {channels} values for "
            "each; export it again."
        )
    bad = np.flatnonzero(~np.isfinite(values[: frames * channels]))
    if len(bad):
        raise MotionError(
            f"'{path.name}' holds a value that is not finite in frame {bad[0] // channels + 1}; mend that frame."
        )
