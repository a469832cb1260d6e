"""Setting up with the real venv and pip, from wheels of the test's own: no network; and what ends it from outside."""

from __future__ import annotations

import base64
import hashlib
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from blender_host import ROOT, load_package

load_package()
setup = importlib.import_module("pose_from_video.addon.setup.runtime_setup")
command = importlib.import_module("pose_from_video.addon.setup.command")
pythons = importlib.import_module("pose_from_video.addon.setup.pythons")
errors = importlib.import_module("pose_from_video.addon.errors")

STUB = "import sys; sys.exit(sys.argv[1:2] != ['setup'])\n"
DRIVER = """
import importlib, json, sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from blender_host import load_package
load_package()
setup = importlib.import_module("pose_from_video.addon.setup.runtime_setup")
setup.NEEDED_MB = 0.0
home, place = map(Path, sys.argv[1:3])
python = Path(sys.argv[3])
job = setup.RuntimeSetup(setup.SetupPlan(home / "runtime", None, python, place / "wheels", place, place / "my.lock"))
try:
    while not job.done:
        job.poll(0.02)
        print(job.text, flush=True)
    print("made")
except Exception as error:
    print(error.code, error)
"""


def _write_wheel(folder: Path, name: str, megabytes: int = 0) -> Path:
    """A package with one module, as pip wants it."""
    path, info = folder / f"{name}-1.0-py3-none-any.whl", f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": b"answer = 42\n",
        f"{name}_data.bin": os.urandom(megabytes * 1_000_000),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = [f"{file},sha256={_urlsafe(data)},{len(data)}\n" for file, data in files.items()]
    files[f"{info}/RECORD"] = ("".join(rows) + f"{info}/RECORD,,\n").encode()
    with zipfile.ZipFile(path, "w") as archive:
        for file, data in files.items():
            archive.writestr(file, data)
    return path


def _urlsafe(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two wheels, their lock file, and an `inference` that can do nothing but `setup`."""
    monkeypatch.setattr(setup, "NEEDED_MB", 0.0)
    root = tmp_path / "plàce with spaces"
    for folder in (root / "wheels", root / "inference"):
        folder.mkdir(parents=True)
    (root / "inference" / "__init__.py").touch()
    (root / "inference" / "__main__.py").write_text(STUB)
    wheels = [_write_wheel(root / "wheels", name) for name in ("posealpha", "posebeta")]
    _write_lock(root, wheels)
    return root


def _write_lock(root: Path, wheels: list[Path]) -> None:
    lines = []
    for wheel in wheels:
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        lines.append(f"{wheel.name.split('-')[0]}==1.0 \\\n    --hash=sha256:{digest}\n")
    (root / "my.lock").write_text("".join(lines))


def _base() -> Path:
    return Path(sys.executable)


def _plan(place: Path, **changes: Any) -> Any:
    given = {"base_python": _base(), "wheels": place / "wheels", "root": place, "lock": place / "my.lock"}
    return setup.SetupPlan(place / "hôme" / "runtime", **(given | changes))


def _finish(job: Any) -> Path | None:
    python, deadline = None, time.monotonic() + 90.0
    while not job.done:
        assert time.monotonic() < deadline
        python = job.poll(wait_s=0.05)
    return python


def test_wheels_install_where_no_setting_of_pip_can_lead_them_elsewhere(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_TARGET", str(place / "elsewhere"))
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PYTHONPATH", str(place / "nowhere"))
    python = _finish(setup.RuntimeSetup(_plan(place)))
    assert python is not None
    code = "import posealpha, posebeta, sys; print(posealpha.answer, posebeta.__file__)"
    done = subprocess.run([python, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("42 ")
    assert "runtime.part" not in done.stdout
    assert not (place / "elsewhere").exists()


def test_pip_itself_refuses_a_wheel_with_another_hash(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "check_wheels", lambda *_: None)
    _write_wheel(place / "wheels", "posebeta", megabytes=1)
    with pytest.raises(errors.SetupError, match="not the pinned package") as caught:
        _finish(setup.RuntimeSetup(_plan(place)))
    assert caught.value.code == "wheel-hash"
    assert not (place / "hôme" / "runtime").exists()


def test_a_set_up_that_was_killed_is_mended_by_the_next(place: Path) -> None:
    driver = place / "driver.py"
    driver.write_text(DRIVER.format(tests=str(ROOT / "tests")))
    words = [sys.executable, str(driver), str(place / "hôme"), str(place), str(_base())]
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Unpacking"):
            break
    process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
    process.wait()
    process.stdout.close()
    assert (place / "hôme" / "runtime.part").exists()
    assert not (place / "hôme" / "runtime").exists()
    assert _finish(setup.RuntimeSetup(_plan(place))) is not None
    assert not (place / "hôme" / "runtime.part").exists()


@pytest.mark.parametrize("size", ["3m", "90m"])
def test_a_disk_that_gets_full_is_named(place: Path, size: str) -> None:
    unshare, disk = shutil.which("unshare"), place / "small disk"
    disk.mkdir()
    mount = f"mount -t tmpfs -o size={size} tmpfs '{disk}'"
    if unshare is None or subprocess.run([unshare, "-rm", "sh", "-c", mount], capture_output=True).returncode != 0:
        pytest.skip("no small disk can be mounted here: it needs Linux and 'unshare -rm'")
    _write_lock(place, [_write_wheel(place / "wheels", name, megabytes=60) for name in ("posealpha", "posebeta")])
    driver = place / "driver.py"
    driver.write_text(DRIVER.format(tests=str(ROOT / "tests")))
    script = f"{mount} && exec '{sys.executable}' '{driver}' '{disk}' '{place}' '{_base()}'"
    done = subprocess.run([unshare, "-rm", "sh", "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=90)
    assert done.stdout.splitlines()[-1].startswith("disk-full "), done.stdout + done.stderr


def test_another_python_is_found_and_each_refusal_has_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert pythons.choose_python(None, _base()).version == sys.version_info[:2]
    with pytest.raises(errors.SetupError, match="There is no Python at"):
        pythons.choose_python(tmp_path / "nowhere", _base())
    with pytest.raises(errors.SetupError, match=r"the packages are for 64-bit 3\.99") as caught:
        pythons.probe(_base(), {(3, 99)})
    assert caught.value.code == "python-version"
    old, bare = (_pretender(tmp_path / name, version, lacks) for name, version, lacks in _PRETENDERS)
    with pytest.raises(errors.SetupError, match=r"python3\.12-venv holds it") as caught:
        pythons.choose_python(bare, None)
    assert caught.value.code == "python-without-venv"
    monkeypatch.setattr(pythons, "_places", lambda own: iter([own, bare, _base()]))
    assert pythons.choose_python(None, old).version == sys.version_info[:2]
    monkeypatch.setattr(pythons, "_places", lambda own: iter([own, bare]))
    with pytest.raises(errors.SetupError, match=r"No Python .* was found .*3\.9.*venv") as caught:
        pythons.choose_python(None, old)
    assert caught.value.code == "no-python"


_PRETENDERS = (("python3.9", (3, 9), []), ("python3.12", (3, 12), ["ensurepip"]))


def _pretender(path: Path, version: tuple[int, int], lacks: list[str]) -> Path:
    if os.name == "nt":
        pytest.skip("needs programs that are scripts")
    answer = json.dumps([list(version), 64, str(path), lacks])
    path.write_text(f"#!/bin/sh\necho '{answer}'\n")
    path.chmod(0o755)
    return path
