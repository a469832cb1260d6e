"""Corrections by mouse in a real Blender window, under a virtual display, lifted by the real child."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from blender_host import ROOT
from blender_window import needs_window, play
from child_process import needs_pose_model

FILM = ROOT / "samples" / "film.mp4"


@pytest.mark.bpy
@pytest.mark.slow
@needs_pose_model
def test_points_are_dragged_in_a_window(tmp_path: Path) -> None:
    needs_window()
    if not FILM.is_file():
        pytest.skip("samples has no film.mp4")
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
