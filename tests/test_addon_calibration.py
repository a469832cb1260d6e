"""Calibration inside Blender, run in each Blender at hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from blender_host import each_host, run_in_blender

SCRIPT = Path(__file__).parent / "blender" / "addon_calibration.py"


@pytest.mark.bpy
@each_host
def test_a_crooked_rig_is_told_how_it_stands(host: str, tmp_path: Path) -> None:
    done = run_in_blender(host, SCRIPT, env={"TMPDIR": str(tmp_path)})
    assert "passed all" in done.stdout
