"""Keying, run inside each Blender at hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from blender_host import AVATAR, each_host, newest_host, run_in_blender

SCRIPTS = Path(__file__).parent / "blender"

BENCH = """
import json, sys
from pose_from_video.addon.bench.keying import bench_keying
open(sys.argv[2], "w").write(json.dumps(bench_keying()))
"""


@pytest.mark.bpy
@each_host
def test_keys_move_the_bones_as_told(host: str) -> None:
    done = run_in_blender(host, SCRIPTS / "addon_keying.py")
    assert done.stdout.count("passed test_") == 7


@pytest.mark.bpy
@each_host
def test_reduced_keys_and_strips_play_as_told(host: str) -> None:
    done = run_in_blender(host, SCRIPTS / "addon_reduced_keys.py")
    assert done.stdout.count("passed test_") == 5


@pytest.mark.bpy
@pytest.mark.slow
@each_host
def test_nothing_else_in_the_file_changes(host: str) -> None:
    done = run_in_blender(host, SCRIPTS / "addon_untouched.py", str(AVATAR))
    assert "passed all" in done.stdout


@pytest.mark.bpy
@pytest.mark.slow
@newest_host
def test_keys_are_written_fast(host: str, tmp_path: Path) -> None:
    run_in_blender(host, BENCH, str(tmp_path / "bench.json"))
    figures = json.loads((tmp_path / "bench.json").read_text())
    assert figures["seconds_10000x60"] < 2.0
    assert figures["ratio_to_keyframe_insert"] >= 100.0
