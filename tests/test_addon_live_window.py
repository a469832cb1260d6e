"""The running job in the 3D view of a real Blender window, under a virtual display."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from blender_window import needs_window, play
from child_process import needs_pose_model, needs_weights


@pytest.mark.bpy
@pytest.mark.slow
@needs_pose_model
@needs_weights
def test_the_job_is_seen_in_a_window(tmp_path: Path) -> None:
    needs_window()
    errors = play("addon_live_window.py", user=tmp_path / "user", runtime=sys.executable, limit_s=300.0)
    assert "Traceback" not in errors, errors[-5000:]  # errors of drawing only show there
