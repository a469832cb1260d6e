"""The use case on real rigs, run inside each Blender at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from blender_host import AVATAR, AVATARS, each_host, newest_host, run_in_blender

SCRIPT = Path(__file__).parent / "blender" / "addon_retarget.py"


@pytest.mark.bpy
@each_host
def test_a_walk_goes_onto_the_samples_rigs(host: str) -> None:
    done = run_in_blender(host, SCRIPT, str(AVATAR), str(AVATARS / "child_makehuman.glb"))
    assert "passed all" in done.stdout


@pytest.mark.bpy
@pytest.mark.slow
@newest_host
@pytest.mark.parametrize(
    "rig",
    [
        "mpfb_mixamo.fbx",
        "mpfb_cmu_mb.fbx",
        "mpfb_default.blend",
        "kenney_zombie_ue.glb",
    ],
)
def test_a_walk_goes_onto_foreign_rigs(host: str, rig: str) -> None:
    data = os.environ.get("POSE_DATA")
    if not data or not (Path(data) / "rigs" / rig).is_file():
        pytest.skip(f"POSE_DATA names no folder with rigs/{rig}")
    done = run_in_blender(host, SCRIPT, str(Path(data) / "rigs" / rig))
    assert "passed all" in done.stdout
