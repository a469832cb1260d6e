"""Timeline markers where the result needs a look."""

from __future__ import annotations

import bpy

from ..rotation_modes import FloatArray
from .doubts import Doubt
from .take import Take

PREFIX = "Look: "
"""How the names of our markers begin; others are never touched."""


def frame_range(doubt: Doubt, take: Take, times_s: FloatArray) -> tuple[int, int]:
    """First and last scene frame of a stretch."""
    first, last = take.frames(times_s[[doubt.first, doubt.last]])
    return round(float(first)), round(float(last))


def add_marks(scene: bpy.types.Scene, doubts: tuple[Doubt, ...], take: Take, times_s: FloatArray) -> int:
    """Set a marker at the start of each stretch, in the place of those set before; returns how many."""
    clear_marks(scene)
    for doubt in doubts:
        first, last = frame_range(doubt, take, times_s)
        scene.timeline_markers.new(f"{PREFIX}{doubt.limb}, frames {first}–{last}", frame=first)
    return len(doubts)


def clear_marks(scene: bpy.types.Scene) -> int:
    """Remove our markers; returns how many there were."""
    ours = [marker for marker in scene.timeline_markers if marker.name.startswith(PREFIX)]
    for marker in ours:
        scene.timeline_markers.remove(marker)
    return len(ours)
