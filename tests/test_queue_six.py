"""Several films on several characters in one scene, with the real child."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from blender_host import newest_host, run_in_blender
from child_process import needs_pose_model, needs_weights


@pytest.mark.bpy
@pytest.mark.slow
@needs_pose_model
@needs_weights
@newest_host
def test_each_character_gets_its_own_film_and_keeps_its_place(host: str, tmp_path: Path) -> None:
    script = Path(__file__).parent / "blender" / "queue_six.py"
    env = {"POSE_RUNTIME_PYTHON": sys.executable, "TMPDIR": str(tmp_path)}
    assert "passed all" in run_in_blender(host, script, env=env).stdout
