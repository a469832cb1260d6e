"""Bone map, panels and dropped films in a real Blender window, under a virtual display."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from blender_window import needs_window, play
from video_files import write_plain


@pytest.mark.bpy
@pytest.mark.slow
def test_map_panels_and_drops_in_a_window(tmp_path: Path) -> None:
    needs_window()
    film = write_plain(tmp_path / "a film.mp4", frames=3)
    errors = play("addon_editor_window.py", str(film), user=tmp_path / "user", runtime=sys.executable)
    assert "Traceback" not in errors, errors[-5000:]  # errors of drawing only show there
