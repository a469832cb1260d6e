"""When an imported action has its frames, in the scene's frames and in seconds. No bpy here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..rotation_modes import FloatArray

_RATES = (10.0, 500.0)
_UNEVEN_SHARE, _EVEN = 0.1, 0.05
_NTSC = 1000.0 / 1001.0
_NEAR = 2e-4


@dataclass(frozen=True, slots=True)
class Sampling:
    """Frames to look at.

    Attributes:
        frames: (T,) scene frames, with fractions.
        fps: how many of them make a second.
    """

    frames: FloatArray
    fps: float


def sampling(key_frames: Sequence[FloatArray], frames_per_second: float, fallback: float) -> Sampling:
    """The frames at which the curves of an action were made, or a fixed rate where their keys lie unevenly.

    Args:
        key_frames: for every curve, the (K,) frames of its keys; at least one curve with a key.
        frames_per_second: scene frames to a second of the file.
        fallback: frames a second to take where the keys do not tell.
    """
    first = min(float(keys.min()) for keys in key_frames)
    last = max(float(keys.max()) for keys in key_frames)
    spacing = _spacing(max(key_frames, key=len))
    fps = fallback
    if spacing is not None and _RATES[0] <= frames_per_second / spacing <= _RATES[1]:
        fps = _snapped(frames_per_second / spacing)
    step = frames_per_second / fps
    count = round((last - first) / step) + 1
    return Sampling(first + step * np.arange(count), fps)


def _spacing(keys: FloatArray) -> float | None:
    """Frames between neighbouring keys, None where they lie unevenly."""
    if len(keys) < 3:
        return None
    steps = np.diff(np.sort(keys))
    usual = float(np.median(steps))
    if usual <= 0.0 or np.mean(np.abs(steps - usual) > _EVEN * usual) > _UNEVEN_SHARE:
        return None
    # single precision blurs each step; over the even stretch as a whole it does not
    even = steps[np.abs(steps - usual) <= _EVEN * usual]
    return float(even.mean())


def _snapped(fps: float) -> float:
    """A rate as people mean it: whole, or one of television's."""
    for meant in (float(round(fps)), round(fps / _NTSC) * _NTSC):
        if abs(fps - meant) < _NEAR * fps:
            return meant
    return fps
