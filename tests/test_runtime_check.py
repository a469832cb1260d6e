"""The check of a runtime: in the child itself, and as the add-on reads it."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import Any

import pytest
from blender_host import load_package

from inference.check import packages, stages
from inference.detect import bundle
from inference.errors import ModelError
from inference.video import FrameReader, probe

load_package()
check = importlib.import_module("pose_from_video.addon.setup.check")

needs_model = pytest.mark.skipif(
    not bundle.bundle_is_whole(bundle.bundle_path()), reason="this environment has no model bundle: build.py setup"
)


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """An environment's Python without one package."""
    folder = tmp_path / "bäre"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _checked(python: Path, folder: Path) -> Any:
    run, deadline = check.RuntimeCheck(python, folder / "check.log"), time.monotonic() + 60.0
    while not run.poll(wait_s=0.1):
        assert time.monotonic() < deadline
    return run


@needs_model
def test_this_runtime_passes_and_says_what_it_computes_on(tmp_path: Path) -> None:
    run = _checked(Path(sys.executable), tmp_path)
    assert run.passed, run.findings
    found = {finding.name: finding.text for finding in run.findings}
    assert list(found) == ["packages", "import", "detect", "hands", "device", "write"]
    assert f"in {stages.FRAMES} of {stages.FRAMES} frames" in found["detect"]
    assert " runs on " in found["device"]


def test_a_python_without_the_packages_lists_them(bare: Path, tmp_path: Path) -> None:
    run = _checked(bare, tmp_path)
    assert not run.passed
    (finding,) = run.findings
    assert finding.name == "missing-package"
    assert not finding.good
    assert all(name in finding.text for name in packages.NEEDED)
    assert "Set Up Runtime" in finding.text


def test_an_environment_without_the_model_is_told_apart(bare: Path, tmp_path: Path) -> None:
    (site,) = (path for path in bare.parents[1].glob("[Ll]ib/**/site-packages"))
    (site / "packages.pth").write_text(sysconfig.get_paths()["purelib"])
    run = _checked(bare, tmp_path)
    assert [finding.name for finding in run.findings] == ["packages", "import", "model-missing"]


@pytest.mark.skipif(os.name == "nt", reason="needs a program that is a script")
def test_what_is_no_python_is_worded(tmp_path: Path) -> None:
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho 'hello there'\necho 'Error: wrong program' >&2\nexit 4\n")
    program.chmod(0o755)
    (finding,) = _checked(program, tmp_path).findings
    assert finding.name == "crashed"
    assert "wrong program" in finding.text
    with pytest.raises(Exception, match="cannot be started"):
        check.RuntimeCheck(tmp_path / "nowhere", tmp_path / "check.log")


def test_a_cancel_ends_the_child(tmp_path: Path) -> None:
    run = check.RuntimeCheck(Path(sys.executable), tmp_path / "check.log")
    start = time.monotonic()
    run.cancel()
    assert time.monotonic() - start < 1.0
    assert run.done
    assert not run.passed


def test_the_film_is_decoded_as_it_was_written(tmp_path: Path) -> None:
    film = tmp_path / "film.avi"
    stages.write_film(film)
    with FrameReader(probe(film)) as reader:
        frames = [frame.image.astype(float) for frame in reader if frame is not None]
    assert len(frames) == stages.FRAMES
    still = abs(frames[0] - frames[-1]).mean()
    shifted = abs(frames[0][:, : -4 * (stages.FRAMES - 1)] - frames[-1][:, 4 * (stages.FRAMES - 1) :]).mean()
    assert shifted < still / 2.0, "the person does not glide"


def test_versions_that_are_not_pinned_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "installed_version", lambda _name: "0.0.1")
    assert "numpy 0.0.1 (pinned: " in packages.check_packages()


def test_a_model_wheel_is_found_and_another_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"lacks the wheel mediapipe"):
        bundle.model_wheel(tmp_path, online=False)
    name, version, _ = bundle._pinned()
    (tmp_path / f"{name}-{version}-cp311-cp311-any.whl").write_bytes(b"something else")
    with pytest.raises(ModelError, match="not the wheel that was pinned") as caught:
        bundle.model_wheel(tmp_path, online=False)
    assert caught.value.code == "model-hash"
