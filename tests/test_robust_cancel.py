"""The real child is stopped in each stage, loses its runtime, and loses its Blender: never an orphan."""

from __future__ import annotations

import importlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from blender_host import NEWEST, ROOT, command, environment, load_package
from child_process import alive, needs_pose_model, needs_weights
from test_child_results import write_walk

from inference.protocol import STAGES

load_package()
session = importlib.import_module("pose_from_video.addon.session")
errors = importlib.import_module("pose_from_video.addon.errors")

FILM = ROOT / "samples" / "film.mp4"
SCRIPTS = Path(__file__).parent / "blender"
FRAMES = 4000
"""So many that each stage after detection takes some tenths of a second."""
pytestmark = [needs_weights, pytest.mark.skipif(sys.platform == "win32", reason="reads /proc")]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One session for all stages: whatever a cancel leaves, the next job has to cope with it."""
    made = session.Session()
    yield made
    made.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("jobs")
    write_walk(place / "walk.npz", frames=FRAMES)
    return place


def wait_for(done: Callable[[], bool], limit_s: float, what: str) -> float:
    """Seconds that it took."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() - began < limit_s, f"{what} took more than {limit_s} s"
        time.sleep(0.02)
    return time.monotonic() - began


@needs_pose_model
@pytest.mark.parametrize("stage", ["", *STAGES])
def test_a_cancel_is_heeded_within_a_second_in_each_stage(running: Any, folder: Path, stage: str) -> None:
    filmed = stage in ("", "decode", "detect")
    request = {"video": str(FILM)} if filmed else {"keypoints": str(folder / "walk.npz")}
    running.start(Path(sys.executable), folder / "jobs", request)
    while running.progress.stage != stage:
        assert running.busy, f"the job was done before it was seen in the stage '{stage}'"
        running.poll(wait_s=0.01)
    pid = running._client.pid
    began = time.monotonic()
    running.cancel_requested = True
    with pytest.raises(errors.JobCancelled):
        while True:
            running.poll(wait_s=0.01)
    took = time.monotonic() - began
    assert took < 1.0
    assert not running.busy
    assert running.known_result(folder / "jobs", request) is None
    if running._client.pid != pid:  # it was busy in native code, else it stays for the next job
        wait_for(lambda: not alive(pid), 1.0 - took, "the child's end")
    wait_for(lambda: not list((folder / "jobs").rglob("*.tmp*")), 1.0, "clearing away")


def test_after_all_those_cancels_a_job_is_done(running: Any, folder: Path) -> None:
    write_walk(folder / "short.npz", frames=30)
    running.start(Path(sys.executable), folder / "jobs", {"keypoints": str(folder / "short.npz")})
    result = None
    while running.busy:
        result = running.poll(wait_s=0.05)
    assert result is not None
    assert result.is_file()


def own_runtime(folder: Path) -> Path:
    """An environment of its own that borrows the packages of this one, so that it may be deleted."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", "--symlinks", str(folder)], check=True)
    inside = next(folder.glob("lib/python*/site-packages"))
    import numpy

    (inside / "borrowed.pth").write_text(f"{Path(numpy.__file__).parents[1]}\n")
    return folder / "bin" / "python"


def test_a_runtime_that_is_deleted_in_mid_job_ends_in_a_result_or_a_sentence(folder: Path, tmp_path: Path) -> None:
    python = own_runtime(tmp_path / "runtime")
    running = session.Session()
    try:
        running.start(python, folder / "jobs", {"keypoints": str(folder / "walk.npz")})
        while running.progress.stage != "lift":
            assert running.busy
            running.poll(wait_s=0.01)
        shutil.rmtree(tmp_path / "runtime")
        pid = running._client.pid
        try:
            while running.busy:
                running.poll(wait_s=0.05)
        except errors.JobError as error:
            assert str(error)
        running.abandon()
        wait_for(lambda: not alive(pid), 3.0, "the child")
        with pytest.raises(errors.JobError, match="could not be started"):
            running.start(python, folder / "jobs", {"keypoints": str(folder / "walk.npz")})
        assert not running.busy
    finally:
        running.close()


@pytest.mark.bpy
@needs_pose_model
def test_a_blender_that_is_killed_takes_its_child_along(tmp_path: Path) -> None:
    if NEWEST is None:
        pytest.skip("no bpy wheel under .venv and no POSE_BLENDER")
    words = command(NEWEST, SCRIPTS / "bootstrap.py", str(SCRIPTS / "robust_busy.py"), str(FILM))
    env = environment(tmp_path, {"POSE_RUNTIME_PYTHON": sys.executable, "TMPDIR": str(tmp_path)})
    blender = subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    try:
        assert blender.stdout is not None
        pid = next(int(line.split()[1]) for line in blender.stdout if line.startswith("child "))
        assert alive(pid)
        blender.kill()
        blender.wait(5)
        wait_for(lambda: not alive(pid), 3.0, "the child's end")
    finally:
        blender.kill()
        blender.communicate()
        if alive(pid):
            os.kill(pid, signal.SIGKILL)
