"""Setting up the runtime, with a Python that only pretends to install."""

from __future__ import annotations

import importlib
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from blender_host import load_package

load_package()
setup = importlib.import_module("pose_from_video.addon.runtime_setup")
errors = importlib.import_module("pose_from_video.addon.errors")

PRETENDER = """#!{python}
import pathlib, shutil, sys, time
words = sys.argv[2:]
if words[:2] == ["-m", "venv"]:
    target = pathlib.Path(words[2]) / "bin" / "python"
    target.parent.mkdir(parents=True)
    shutil.copy(sys.argv[0], target)
elif words[:2] == ["-m", "pip"]:
    assert "--require-hashes" in words
    for package in ("alpha", "beta", "gamma"):
        print("Collecting " + package + "==1", flush=True)
        time.sleep({pause})
        if {fails} and package == "beta":
            print("ERROR: no matching distribution for beta", flush=True)
            sys.exit(1)
    print("Installing collected packages: alpha, beta, gamma")
else:
    assert words == ["-m", "inference", "setup"], words
    print("made")
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with room to spare and a lock file of three packages."""
    monkeypatch.setattr(setup, "NEEDED_MB", 0.0)
    (tmp_path / "runtime.lock").write_text("alpha==1 \\\n    --hash=sha256:0\nbeta==2\ngamma==3\n")
    return tmp_path


def _begin(place: Path, *, fails: bool = False, pause: float = 0.02) -> Any:
    python = place / "python"
    python.write_text(PRETENDER.format(python=sys.executable, fails=fails, pause=pause))
    python.chmod(0o755)
    return setup.RuntimeSetup(python, place / "own é" / "runtime", root=place, lock=place / "runtime.lock")


def _finish(job: Any) -> tuple[Path | None, list[tuple[str, float]]]:
    told, deadline = [], time.monotonic() + 20.0
    while not job.done:
        assert time.monotonic() < deadline
        python = job.poll(wait_s=0.02)
        told.append((job.text, job.factor))
    return python, told


def test_it_makes_an_environment_and_tells_how_far_it_is(place: Path) -> None:
    python, told = _finish(_begin(place, pause=0.1))
    assert python == place / "own é" / "runtime" / setup.IN_ENVIRONMENT
    factors = [factor for text, factor in told if "packages:" in text]
    assert factors == sorted(factors)
    assert any("(3/3)" in text for text, _ in told)
    assert setup.made_runtime(place / "own é" / "runtime", place / "runtime.lock") == python


def test_other_pins_make_it_outdated(place: Path) -> None:
    python, _ = _finish(_begin(place))
    lock = place / "runtime.lock"
    lock.write_text(lock.read_text() + "delta==4\n")
    assert python is not None
    assert setup.made_runtime(place / "own é" / "runtime", lock) is None


def test_a_failure_is_worded_and_leaves_nothing(place: Path) -> None:
    with pytest.raises(errors.RuntimeMissingError, match=r"fetching packages.*no matching distribution for beta"):
        _finish(_begin(place, fails=True))
    assert not (place / "own é" / "runtime").exists()


def test_a_cancel_ends_it_within_a_second_and_leaves_nothing(place: Path) -> None:
    job = _begin(place, pause=30.0)
    while "alpha" not in job.text:
        job.poll(wait_s=0.05)
    start = time.monotonic()
    job.cancel()
    with pytest.raises(errors.RuntimeMissingError, match="cancelled"):
        _finish(job)
    assert time.monotonic() - start < 1.0
    assert not (place / "own é" / "runtime").exists()


def test_a_full_disk_is_named_before_anything_is_fetched(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "NEEDED_MB", 1e12)
    with pytest.raises(errors.RuntimeMissingError, match="make room"):
        _finish(_begin(place))


def test_a_python_without_venv_is_worded(place: Path) -> None:
    python = place / "python"
    python.write_text("#!/bin/sh\necho 'Error: ensurepip is not available'\nexit 1\n")
    python.chmod(0o755)
    job = setup.RuntimeSetup(python, place / "runtime", root=place, lock=place / "runtime.lock")
    with pytest.raises(errors.RuntimeMissingError, match="ensurepip is not available"):
        _finish(job)
