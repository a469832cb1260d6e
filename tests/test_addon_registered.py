"""Switching the add-on on and off, again and again, in every Blender."""

from __future__ import annotations

from pathlib import Path

import pytest
from blender_host import each_host, run_in_blender

SCRIPT = Path(__file__).parent / "blender" / "addon_registered.py"


EVERY_MODULE = """
import importlib, pkgutil
from pose_from_video import addon
found = pkgutil.walk_packages(addon.__path__, f"{addon.__name__}.")
names = [each.name for each in found if ".presets" not in each.name]
for name in names:
    importlib.import_module(name)
print("imported", len(names))
"""


@pytest.mark.bpy
@each_host
def test_every_module_finds_what_it_imports(host: str) -> None:
    """Those too that only one command needs."""
    assert int(run_in_blender(host, EVERY_MODULE).stdout.split("imported ")[1]) > 100


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
