"""Jobs on a disk that is full, and two Blenders in one folder: the real child, the add-on's own session."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from child_process import ROOT, needs_weights
from test_child_results import write_walk

JOB = Path(__file__).parent / "blender" / "robust_job.py"
REFUSED = 77
pytestmark = [needs_weights, pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX system")]


def job(*words: object) -> list[str]:
    return [sys.executable, "-s", str(JOB), *map(str, words)]


def on_small_disk(folder: Path, size_kib: int, *words: object) -> dict[str, list]:
    """What became of a job whose folder is a disk of its own, of that size, which only the job sees."""
    folder.mkdir()
    if not shutil.which("unshare"):
        pytest.skip("needs unshare, to mount a small disk")
    script = f'mount -t tmpfs -o size={size_kib}k none "$0" || exit {REFUSED}; exec "$@"'
    inside = ["sh", "-c", script, str(folder), *job("--folder", folder, *words)]
    done = subprocess.run(
        ["unshare", "--mount", "--map-root-user", *inside],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode == REFUSED or done.stderr.startswith("unshare:"):
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()[-200:]}")
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


def test_a_result_that_does_not_fit_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    write_walk(tmp_path / "walk.npz", frames=400)
    became = on_small_disk(tmp_path / "disk", 24, "--keypoints", tmp_path / "walk.npz")
    assert became["made"] == []
    code, sentence = became["said"][0]
    assert code == "cannot-write"
    assert "No space left" in sentence
    assert {name for name in became["left"] if not name.startswith("job-")} == {"inference.log", "request.json"}


def test_a_full_disk_is_said_before_anything_is_started(tmp_path: Path) -> None:
    write_walk(tmp_path / "walk.npz")
    became = on_small_disk(tmp_path / "disk", 64, "--keypoints", tmp_path / "walk.npz", "--fill", "before")
    assert became["said"][0][0] == "jobs-folder"
    assert "No space left" in became["said"][0][1]
    assert became["left"] == ["filler"]


def test_a_disk_that_fills_up_meanwhile_is_said_though_the_log_takes_no_word(tmp_path: Path) -> None:
    write_walk(tmp_path / "walk.npz")
    became = on_small_disk(tmp_path / "disk", 64, "--keypoints", tmp_path / "walk.npz", "--fill", "meanwhile")
    assert became["said"][0][0] == "cannot-write", became
    assert "No space left" in became["said"][0][1]


def test_two_blenders_share_a_folder(tmp_path: Path) -> None:
    """At the same time, each its own jobs; each finds afterwards what the other has made."""
    write_walk(tmp_path / "walk.npz")
    words = job("--folder", tmp_path / "jobs", "--keypoints", tmp_path / "walk.npz", "--jobs", 3)
    both = [subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    became = [json.loads(each.communicate(timeout=60)[0]) for each in both]
    assert [each["said"] for each in became] == [[], []]
    made = [path for each in became for path in each["made"]]
    assert len(set(made)) == 6
    assert all(Path(path).is_file() for path in made)
    index = json.loads((tmp_path / "jobs" / "results.json").read_text())
    assert all((tmp_path / "jobs" / name).is_file() for name in index.values())
    assert not list((tmp_path / "jobs").glob("*.tmp"))
