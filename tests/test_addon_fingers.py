"""Fingers on real rigs, run inside each Blender at hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from blender_host import AVATARS, each_host, run_in_blender

SCRIPT = Path(__file__).parent / "blender" / "addon_fingers.py"


@pytest.mark.bpy
@each_host
def test_fingers_are_keyed_when_asked_for_and_bend_as_told(host: str) -> None:
    rigs = [str(AVATARS / name) for name in ("woman_mixamo.glb", "athlete_vrm.glb", "big_man_game_engine.glb")]
    done = run_in_blender(host, SCRIPT, *rigs)
    assert "passed all" in done.stdout
