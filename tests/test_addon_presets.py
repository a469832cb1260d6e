"""Option presets and dropped films, in each Blender at hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from blender_host import each_host, run_in_blender

SCRIPT = Path(__file__).parent / "blender" / "addon_presets.py"


@pytest.mark.bpy
@each_host
def test_presets_set_every_option_and_drops_choose_the_film(host: str) -> None:
    done = run_in_blender(host, SCRIPT)
    assert "passed all" in done.stdout and "Warning" not in done.stdout + done.stderr
