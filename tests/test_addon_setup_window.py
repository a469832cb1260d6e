"""The runtime in the preferences of a real Blender window, under a virtual display."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from blender_host import ROOT
from blender_window import needs_window, play

from inference.detect.bundle import bundle_is_whole, bundle_path

STORY = Path(__file__).parent / "blender" / "addon_setup_window.py"


@pytest.mark.bpy
@pytest.mark.slow
def test_the_preferences_in_a_window(tmp_path: Path) -> None:
    blender = needs_window()
    if not bundle_is_whole(bundle_path()):
        pytest.skip("this environment has no model bundle: build.py setup")
    archive, folder = tmp_path / "extension.zip", tmp_path / "own é"
    build = [blender, "--command", "extension", "build", "--source-dir", str(ROOT), "--output-filepath", str(archive)]
    subprocess.run(build, capture_output=True, timeout=120, check=True)
    folder.mkdir()
    words = (str(archive), sys.executable, str(folder))
    errors = play("addon_setup_window.py", *words, user=tmp_path / "user", runtime=None, limit_s=180.0)
    assert "Traceback" not in errors, errors[-5000:]
