"""Exports from the user's own scene, run inside each Blender at hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from blender_host import each_host, run_in_blender


@pytest.mark.bpy
@each_host
def test_exports_come_back_and_leave_the_scene_alone(host: str) -> None:
    done = run_in_blender(host, Path(__file__).parent / "blender" / "addon_export.py")
    assert "passed all" in done.stdout


@pytest.mark.bpy
@each_host
def test_every_program_gets_what_it_wants(host: str) -> None:
    done = run_in_blender(host, Path(__file__).parent / "blender" / "addon_export_targets.py")
    assert "passed all" in done.stdout
