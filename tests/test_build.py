"""The command line as a user types it: every failure is one sentence, a non-zero exit and no traceback."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


def run_build(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "build.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | environment, timeout=60)


def load(path: Path) -> ModuleType:
    """A module from its file, as build.py is run."""
    spec = importlib.util.spec_from_file_location(f"{path.stem}_under_test", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """How environments are made, with those in a folder of the test's own."""
    module = load(ROOT / "inference" / "environments" / "make.py")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return module


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["dance"], "dance"),
        ([], "demo"),
        (["--fast", "demo"], "--fast"),
        (["setup", "blender-1.0"], "blender-1.0"),
        (["--blender", "/nowhere/blender", "retarget"], "/nowhere/blender"),
        (["package", "--python", "3.11"], "--with-runtime"),
        (["package", "--with-runtime", "--python", "2.7"], "2.7"),
    ],
)
def test_bad_command_is_one_sentence(arguments: list[str], word: str) -> None:
    done = run_build(*arguments)
    assert done.returncode == 1
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_debug_shows_the_traceback() -> None:
    assert "Traceback" in run_build("--debug", "--blender", "/nowhere/blender", "retarget").stderr


def test_environment_is_made_once_and_again_when_its_lock_changes(environments: ModuleType, tmp_path: Path) -> None:
    lock = tmp_path / "empty.lock"
    lock.write_text("# nothing\n")
    environments.LOCKS["train"] = ["empty.lock"]
    python = environments.ensure_environment("train")
    assert python.exists()
    stamp = python.parents[1] / "installed.json"
    first = stamp.stat().st_mtime_ns
    environments.ensure_environment("train")
    assert stamp.stat().st_mtime_ns == first
    lock.write_text("# changed\n")
    environments.ensure_environment("train")
    assert stamp.stat().st_mtime_ns != first


def test_failed_install_names_the_lock_and_leaves_no_stamp(environments: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "broken.lock").write_text("./no-such-wheel-0-py3-none-any.whl\n")
    environments.LOCKS["train"] = ["broken.lock"]
    with pytest.raises(environments.BuildError, match=r"broken\.lock could not be installed .*no-such-wheel"):
        environments.ensure_environment("train")
    assert not (environments.environment_python("train").parents[1] / "installed.json").exists()


def test_another_python_says_what_to_install(environments: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 13, 0))
    monkeypatch.setattr(environments.shutil, "which", lambda _name: None)
    with pytest.raises(environments.BuildError, match=r"Python 3\.11 .* install"):
        environments.find_python_311()


def test_no_python_for_the_newest_blenders_is_said(environments: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environments, "ROOT", ROOT)
    pythons = environments.load_package()("addon.setup.pythons")
    monkeypatch.setattr(pythons, "candidates", lambda _own: iter(()))
    with pytest.raises(environments.NoPythonError, match=r"'blender-5\.2' needs Python 3\.13"):
        environments.find_python("blender-5.2")


def test_old_blender_is_refused_by_name(tmp_path: Path) -> None:
    build = load(ROOT / "build.py")
    old = tmp_path / "blender"
    old.write_text("#!/bin/sh\necho 'Blender 3.6.5'\n")
    old.chmod(0o755)
    with pytest.raises(build.BuildError, match=r"Blender 4\.2 or newer"):
        build.find_blender(str(old))
