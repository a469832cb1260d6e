"""The runtime in the preferences of a real Blender window, under a virtual display."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from blender_host import HOSTS, ROOT, environment

from inference.detect.bundle import bundle_is_whole, bundle_path

STORY = Path(__file__).parent / "blender" / "addon_setup_window.py"


@pytest.mark.bpy
@pytest.mark.slow
def test_the_preferences_in_a_window(tmp_path: Path) -> None:
    if "blender" not in HOSTS or not shutil.which("xvfb-run"):
        pytest.skip("needs POSE_BLENDER, a Blender program, and xvfb-run")
    if not bundle_is_whole(bundle_path()):
        pytest.skip("this environment has no model bundle: build.py setup")
    blender, archive, folder = str(HOSTS["blender"]), tmp_path / "extension.zip", tmp_path / "own é"
    build = [blender, "--command", "extension", "build", "--source-dir", str(ROOT), "--output-filepath", str(archive)]
    subprocess.run(build, capture_output=True, timeout=120, check=True)
    folder.mkdir()
    software = {"LIBGL_ALWAYS_SOFTWARE": os.environ.get("LIBGL_ALWAYS_SOFTWARE", "1")}
    own = environment(tmp_path / "user", software)
    own.pop("POSE_RUNTIME_PYTHON", None)
    display = ["xvfb-run", "-a", "-s", "-screen 0 1280x800x24"]
    done = subprocess.run(
        [*display, blender, "--factory-startup", "-P", str(STORY), "--", str(archive), sys.executable, str(folder)],
        cwd=ROOT,
        env=own,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stderr[-5000:]
    assert "passed all" in done.stdout
    assert "Traceback" not in done.stderr, done.stderr[-5000:]
