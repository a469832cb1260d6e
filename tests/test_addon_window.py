"""The panel's button in a real Blender window, under a virtual display."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from blender_host import HOSTS, ROOT, environment
from standing import write_standing

SCRIPTS = Path(__file__).parent / "blender"


@pytest.mark.bpy
@pytest.mark.slow
def test_the_button_in_a_window(tmp_path: Path) -> None:
    if "blender" not in HOSTS or not shutil.which("xvfb-run"):
        pytest.skip("needs POSE_BLENDER, a Blender program, and xvfb-run")
    python = tmp_path / "python"
    python.write_text(f"#!{sys.executable}\n{(SCRIPTS / 'fake_child.py').read_text()}")
    python.chmod(0o755)
    (tmp_path / "a film.mp4").write_bytes(b"not looked into")
    env = {
        "POSE_RUNTIME_PYTHON": str(python),
        "FAKE_FRAMES": "20",
        "FAKE_RESULT": str(write_standing(tmp_path / "result.npz")),
        "LIBGL_ALWAYS_SOFTWARE": os.environ.get("LIBGL_ALWAYS_SOFTWARE", "1"),
    }
    display = ["xvfb-run", "-a", "-s", "-screen 0 1280x800x24"]
    blender = [str(HOSTS["blender"]), "--factory-startup", "--enable-event-simulate", "-P"]
    story = [str(SCRIPTS / "addon_window.py"), "--", str(tmp_path / "a film.mp4")]
    done = subprocess.run(
        [*display, *blender, *story],
        cwd=ROOT,
        env=environment(tmp_path / "user", env),
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stderr[-5000:]
    assert "passed all" in done.stdout
