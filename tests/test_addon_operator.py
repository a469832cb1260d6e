"""The operators without a window, against a child that needs no models, in each Blender at hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from blender_host import AVATAR, each_host, run_in_blender
from fake_python import fake_python
from standing import write_standing

SCRIPTS = Path(__file__).parent / "blender"


@pytest.mark.bpy
@each_host
def test_operators_work_or_say_why_not(host: str, tmp_path: Path) -> None:
    python = fake_python(tmp_path)
    video = tmp_path / "a film é.mp4"
    video.write_bytes(b"not looked into")
    result = write_standing(tmp_path / "result.npz")
    env = {"POSE_RUNTIME_PYTHON": str(python), "FAKE_FRAMES": "3", "FAKE_RESULT": str(result)}
    done = run_in_blender(host, SCRIPTS / "addon_operator.py", str(video), str(AVATAR), env=env)
    assert "passed all" in done.stdout
