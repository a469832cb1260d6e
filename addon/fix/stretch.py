"""Which frames are meant: given ones, the preview range, or those between selected markers."""

from __future__ import annotations

import bpy

from ...rigs.filmed import Filmed
from ..errors import FixError
from ..look.take import Take


def chosen_frames(scene: bpy.types.Scene, first: int = 0, last: int = -1) -> tuple[int, int] | None:
    """First and last scene frame that are meant; None where nothing tells.

    Args:
        scene: has the preview range and the markers.
        first, last: given ones; not given where the last lies before the first.
    """
    if last >= first:
        return first, last
    if scene.use_preview_range:
        return scene.frame_preview_start, scene.frame_preview_end
    marks = [marker.frame for marker in scene.timeline_markers if marker.select]
    return (min(marks), max(marks)) if len(marks) > 1 else None


def result_frames(
    scene: bpy.types.Scene, take: Take, filmed: Filmed, first: int = 0, last: int = -1
) -> tuple[int, int]:
    """Half-open range of the result's frames that are meant; arguments as `chosen_frames`.

    Raises:
        FixError: nothing tells which, or the take has none of them.
    """
    chosen = chosen_frames(scene, first, last)
    if chosen is None:
        raise FixError("No frames are chosen; set a preview range (P in the timeline), or select two markers.")
    begin, end = take.second(chosen[0]), take.second(chosen[1])
    last_s = float(filmed.frame_times_s[-1])
    margin = 0.5 / take.rate
    if end < -margin or begin > last_s + margin:
        low, high = take.frames(filmed.frame_times_s[[0, -1]])
        raise FixError(
            f"Frames {chosen[0]} to {chosen[1]} are none of the take's; it has frames {low:.0f} to {high:.0f}."
        )
    return filmed.nearest(begin), filmed.nearest(end) + 1
