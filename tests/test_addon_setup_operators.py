"""The operators of the runtime in each Blender at hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from blender_host import each_host, run_in_blender

from inference.detect.bundle import bundle_is_whole, bundle_path

SCRIPT = Path(__file__).parent / "blender" / "addon_setup.py"


@pytest.mark.bpy
@each_host
def test_the_runtime_is_set_up_and_checked_or_refused_in_words(host: str, tmp_path: Path) -> None:
    if not bundle_is_whole(bundle_path()):
        pytest.skip("this environment has no model bundle: build.py setup")
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    python = bare / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = run_in_blender(host, SCRIPT, sys.executable, str(python), str(tmp_path / "own é"))
    assert "passed all" in done.stdout
