"""Corrections by mouse in a real Blender window, under a virtual display, lifted by the real child."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from blender_host import AVATAR, FILM
from blender_window import needs_window, play
from child_process import needs_pose_model
from fake_python import fake_python
from headless_support import walking_joints, write_film, write_result

FRAMES, FPS = 40, 30.0


@pytest.mark.bpy
@pytest.mark.slow
@needs_pose_model
def test_points_are_dragged_in_a_window(tmp_path: Path) -> None:
    needs_window()
    errors = play(
        "addon_fix_window.py",
        str(FILM),
        user=tmp_path / "user",
        runtime=sys.executable,
        options=("--enable-event-simulate",),
        extra={"TMPDIR": str(tmp_path)},
        limit_s=300.0,
    )
    assert "Traceback" not in errors, errors[-5000:]  # errors of drawing only show there


@pytest.mark.bpy
@pytest.mark.slow
def test_interrupted_corrections_end_well(tmp_path: Path) -> None:
    needs_window()
    python = fake_python(tmp_path)
    film = write_film(tmp_path / "a film.mp4", FRAMES, FPS)
    result = write_result(tmp_path / "walk.npz", walking_joints(FRAMES, FPS), FPS)
    other = write_result(tmp_path / "other.npz", walking_joints(FRAMES, FPS)[::-1], FPS)
    extra = {"FAKE_FRAMES": "15", "FAKE_RESULT": str(result), "TMPDIR": str(tmp_path)}
    words = tuple(map(str, (film, AVATAR, result, other, tmp_path)))
    errors = play(
        "addon_fix_interrupted.py", *words, user=tmp_path / "user", runtime=str(python), extra=extra, limit_s=170.0
    )
    assert "Traceback" not in errors, errors[-5000:]
