"""Motion files on the command line: one, many, and those that are none; without the runtime that films need."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from blender_host import AVATAR, ROOT, newest_host, run_in_blender
from headless_support import walking_joints, write_result

pytestmark = pytest.mark.bpy

CLI = ROOT / "tests" / "blender" / "headless_cli.py"


def run_cli(host: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run_in_blender(host, CLI, *words, env=variables, check=False)


@newest_host
def test_a_library_goes_onto_a_character(host: str, tmp_path: Path) -> None:
    result = write_result(tmp_path / "walk.npz", walking_joints(9, 25.0), 25.0)
    library, takes = tmp_path / "library", tmp_path / "takes"
    library.mkdir()
    walk = library / "a walk.bvh"
    done = run_cli(host, "retarget", f"--result={result}", f"--rig={AVATAR}", f"--out={walk}")
    assert done.returncode == 0, done.stderr
    (library / "broken.bvh").write_text("HIERARCHY\n")
    nowhere = {"POSE_RUNTIME_PYTHON": "/nowhere/python"}
    words = ["batch", "--motion", str(library / "*.bvh"), f"--rig={AVATAR}", f"--out={takes}", "--format=bvh"]
    done = run_cli(host, *words, **nowhere)
    assert done.returncode == 1, done.stderr
    assert "1 made, 0 kept, 1 failed" in done.stdout
    assert "broken.bvh" in done.stdout
    assert "Frames: 9" in (takes / walk.name).read_text()
    assert list(json.loads((takes / "batch.json").read_text())["clips"]) == [walk.name]
    assert "0 made, 1 kept, 1 failed" in run_cli(host, *words, **nowhere).stdout
    for source, out, told in (
        (walk, walk, "the motion that is read"),
        (ROOT / "README.md", tmp_path / "o.fbx", "README.md"),
        (library / "absent.bvh", tmp_path / "o.fbx", "absent.bvh"),
    ):
        done = run_cli(host, "retarget", f"--motion={source}", f"--rig={AVATAR}", f"--out={out}", **nowhere)
        assert done.returncode == 1, done.stderr
        assert told in done.stderr.splitlines()[-1], done.stderr
        assert "Traceback" not in done.stderr
    part = ["--start=2", "--end=6", f"--out={tmp_path / 'part.bvh'}"]
    done = run_cli(host, "retarget", f"--motion={walk}", f"--rig={AVATAR}", *part, **nowhere)
    assert "  4 frames  " in done.stdout, done.stderr
