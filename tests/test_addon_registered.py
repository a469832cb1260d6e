"""Switching the add-on on and off, again and again, in every Blender."""

from __future__ import annotations

from pathlib import Path

import pytest
from blender_host import each_host, run_in_blender

SCRIPT = Path(__file__).parent / "blender" / "addon_registered.py"


@pytest.mark.bpy
@each_host
def test_ten_times_on_and_off_leave_nothing_and_say_nothing(host: str) -> None:
    done = run_in_blender(host, SCRIPT)
    assert "left nothing behind" in done.stdout
    for stream in (done.stdout, done.stderr):
        _, began, rest = stream.partition("=== from here on in silence ===")
        said, ended, _ = rest.partition("=== to here ===")
        assert began and ended
        assert said.strip() == ""
