"""Exports read back in each Blender at hand: the same joints, frames, rate and name."""

from __future__ import annotations

from pathlib import Path

import pytest
from blender_host import AVATARS, each_host, newest_host, run_in_blender
from headless_support import walking_joints, write_result

SCRIPT = Path(__file__).parent / "blender" / "headless_round_trip.py"


def check(host: str, avatar: str, folder: Path, *rates: float) -> None:
    result = write_result(folder / "walk.npz", walking_joints(8, 25.0), 25.0)
    done = run_in_blender(host, SCRIPT, str(result), str(AVATARS / avatar), *map(str, rates))
    assert "passed all" in done.stdout


@pytest.mark.bpy
@each_host
def test_television_rate(host: str, tmp_path: Path) -> None:
    check(host, "woman_mixamo.glb", tmp_path, 30000 / 1001)


@pytest.mark.bpy
@pytest.mark.slow
@newest_host
def test_every_rate(host: str, tmp_path: Path) -> None:
    check(host, "old_man_cmu.glb", tmp_path, 24.0, 25.0, 30.0, 60.0)
