"""The operators without a window, against a child that needs no models, in each Blender at hand."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from blender_host import ROOT, each_host, run_in_blender
from standing import write_standing

SCRIPTS = Path(__file__).parent / "blender"
AVATAR = ROOT / "samples" / "avatars" / "woman_mixamo.glb"


@pytest.mark.bpy
@each_host
def test_operators_work_or_say_why_not(host: str, tmp_path: Path) -> None:
    if not AVATAR.is_file():
        pytest.skip("samples/avatars has no woman_mixamo.glb")
    python = tmp_path / "python"
    python.write_text(f"#!{sys.executable}\n{(SCRIPTS / 'fake_child.py').read_text()}")
    python.chmod(0o755)
    video = tmp_path / "a film é.mp4"
    video.write_bytes(b"not looked into")
    result = write_standing(tmp_path / "result.npz")
    env = {"POSE_RUNTIME_PYTHON": str(python), "FAKE_FRAMES": "3", "FAKE_RESULT": str(result)}
    done = run_in_blender(host, SCRIPTS / "addon_operator.py", str(video), str(AVATAR), env=env)
    assert "passed all" in done.stdout
