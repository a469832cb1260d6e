"""The job list without a window, against a child that needs no models, in each Blender at hand."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from blender_host import each_host, load_package, run_in_blender
from fake_python import fake_python
from standing import write_standing

load_package()
pace = importlib.import_module("pose_from_video.addon.queue.pace")
progress = importlib.import_module("pose_from_video.addon.progress")

SCRIPTS = Path(__file__).parent / "blender"


@pytest.mark.bpy
@each_host
def test_jobs_are_done_one_after_the_other(host: str, tmp_path: Path) -> None:
    python = fake_python(tmp_path)
    for name in ("a", "take 2", "take 10", "nobody"):
        (tmp_path / f"{name}.mp4").write_text(name)  # not looked into
    result = write_standing(tmp_path / "result.npz")
    env = {"POSE_RUNTIME_PYTHON": str(python), "FAKE_FRAMES": "2", "FAKE_RESULT": str(result), "TMPDIR": str(tmp_path)}
    done = run_in_blender(host, SCRIPTS / "addon_queue.py", str(tmp_path), env=env)
    assert "passed all" in done.stdout


def test_the_time_left_is_that_of_all_waiting_films() -> None:
    known, running = pace.Pace(), progress.Progress(stage="detect", current=50, total=100, fps=10.0)
    assert known.seconds_left([100], []) is None, "nothing has been done yet"
    whole = progress.Progress(stage="detect", current=0, total=300, fps=10.0).seconds_left
    both = known.seconds_left([100, 200], [running])
    assert both == pytest.approx(running.seconds_left + whole, rel=0.05), (
        "two films take as long as one of their length"
    )
    known.take(40.0, 200)
    assert known.seconds_left([100, 200], [running]) == both
    beside = known.seconds_left([200], [running, running])
    assert beside == pytest.approx(
        (2 * running.seconds_left + known.seconds_left([200], [running]) - running.seconds_left) / 2
    )
    running.stage = "lift"
    assert known.seconds_left([100, 200], [running]) == pytest.approx(running.seconds_left + 60.0)
    assert known.seconds_left([0], []) is None, "a film of unknown length takes an unknown time"
