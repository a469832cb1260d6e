"""How many frames of a film a job looks at."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..footage import are_pictures, pictures_of
from ..motion.load import is_motion
from ..settings import PoseFromVideoSettings


def frames_of(choices: PoseFromVideoSettings) -> int:
    """Frames of the film between the chosen first and last; 0 for motion files and where Blender cannot tell."""
    video = Path(bpy.path.abspath(choices.video))
    if is_motion(video) or not video.exists():
        return 0
    if choices.video_end:
        return max(choices.video_end - choices.video_start, 0)
    if are_pictures(video):
        return max(len(pictures_of(video).paths) - choices.video_start, 0)
    try:
        clip = bpy.data.movieclips.load(str(video), check_existing=False)
    except RuntimeError:
        return 0
    count = int(clip.frame_duration)
    bpy.data.movieclips.remove(clip)
    return max(count - choices.video_start, 0)
