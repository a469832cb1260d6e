"""How many frames a film has, before anybody looks at it."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..footage import are_pictures, pictures_of
from ..motion.load import is_motion


def film_length(video: Path) -> int:
    """Frames of a film, or its pictures; 0 for motion files and where Blender cannot tell.

    Raises:
        AddonError: pictures make no film.
    """
    if is_motion(video) or not video.exists():
        return 0
    if are_pictures(video):
        return len(pictures_of(video).paths)
    try:
        clip = bpy.data.movieclips.load(str(video), check_existing=False)
    except RuntimeError:
        return 0
    count = int(clip.frame_duration)
    bpy.data.movieclips.remove(clip)
    return count
