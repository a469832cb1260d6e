"""Film camera, overlay and side-by-side film in a real Blender window, under a virtual display."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from blender_window import needs_window, play
from headless_support import walking_joints, write_film, write_result
from video_files import ffmpeg

from rigs.skeleton import H36M_17

STORY = Path(__file__).parent / "blender" / "addon_look_window.py"
FRAMES, FPS = 31, 30.0


@pytest.mark.bpy
@pytest.mark.slow
def test_the_film_is_seen_in_a_window(tmp_path: Path) -> None:
    needs_window()
    result = write_result(tmp_path / "walk.npz", walking_joints(FRAMES, FPS), FPS)
    film = write_film(tmp_path / "a film.mp4", FRAMES, FPS)
    number = np.arange(FRAMES)
    times = number / FPS
    if shutil.which("ffmpeg"):  # half the film at half the rate
        times = np.where(number < 15, number, 2 * number - 15) / FPS
        film = tmp_path / "uneven film.mp4"
        slower = f"setpts='if(lt(N,15),N,2*N-15)/{FPS}/TB'"
        ffmpeg("-i", tmp_path / "a film.mp4", "-vf", slower, "-vsync", "vfr", film)
    with np.load(result) as arrays:
        unsure = arrays["confidence"].copy()
        unsure[10:20, H36M_17.index("left_wrist")] = 0.1
        np.savez(result, **{**arrays, "confidence": unsure, "frame_times_s": times})
    words = (str(film), str(result), str(tmp_path))
    errors = play(
        "addon_look_window.py", *words, user=tmp_path / "user", runtime=sys.executable, extra={"TMPDIR": str(tmp_path)}
    )
    assert "Traceback" not in errors, errors[-5000:]  # errors of drawing only show there
