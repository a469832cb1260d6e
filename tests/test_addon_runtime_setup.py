"""Setting up the runtime, with a Python that only pretends to install."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from blender_host import ROOT, load_package
from child_process import alive

load_package()
setup = importlib.import_module("pose_from_video.addon.setup.runtime_setup")
pins = importlib.import_module("pose_from_video.addon.setup.pins")
words = importlib.import_module("pose_from_video.addon.setup.words")
errors = importlib.import_module("pose_from_video.addon.errors")

PACKAGES = ("alpha", "beta", "gamma")
PRETENDER = """#!{python}
import json, os, pathlib, shutil, sys, time
words = sys.argv[1:]
if words[:2] == ["-I", "-c"]:
    print(json.dumps([{version}, 64, sys.argv[0], []]))
    sys.exit()
assert words[0] == "-s" and words[1].endswith("lifeline.py"), words
words = words[2:]
here = pathlib.Path(sys.argv[0]).resolve().parent
with open({calls!r}, "a") as calls:
    print(os.getpid(), *words[:2], file=calls)
if words[0] == "venv":
    target = pathlib.Path(words[1]) / "bin" / "python"
    target.parent.mkdir(parents=True)
    shutil.copy(sys.argv[0], target)
elif words[:2] == ["pip", "download"]:
    assert {{"--require-hashes", "--no-deps", "--only-binary=:all:"}} <= set(words)
    lines = pathlib.Path(words[words.index("-r") + 1]).read_text().splitlines()
    for package in [line.split("==")[0] for line in lines if "==" in line]:
        pathlib.Path(os.environ["TMPDIR"], "half").write_bytes(bytes(3_000_000))
        until = time.monotonic() + {pause}
        while time.monotonic() < until and not pathlib.Path({calls!r} + "." + package).exists():
            time.sleep(0.01)
        if package == {fails!r}:
            print({words!r})
            sys.exit(1)
        wheel = pathlib.Path(words[words.index("--dest") + 1], package + "-1-py3-none-any.whl")
        wheel.write_text("wheel of " + package)
elif words[:2] == ["pip", "install"]:
    assert {{"--require-hashes", "--no-index"}} <= set(words)
    found = pathlib.Path(words[words.index("--find-links") + 1])
    assert len(list(found.glob("*.whl"))) >= 3
    assert os.environ["PIP_CONFIG_FILE"] == os.devnull
else:
    assert words[:2] == ["inference", "setup"], words
"""


def _wheel_hash(package: str) -> str:
    return hashlib.sha256(f"wheel of {package}".encode()).hexdigest()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with room to spare, a lock file of three packages, and their sizes: each is fetched alone."""
    monkeypatch.setattr(setup, "NEEDED_MB", 0.0)
    lines = [f"{package}==1 \\\n    --hash=sha256:{_wheel_hash(package)}\n" for package in PACKAGES]
    (tmp_path / "runtime.lock").write_text("# made by a test\n" + "".join(lines))
    (tmp_path / "runtime.sizes.json").write_text(json.dumps(dict.fromkeys(PACKAGES, 10.0)))
    return tmp_path


def _begin(
    place: Path,
    *,
    fails: str = "",
    words: str = "ERROR: it does not want to",
    pause: float = 0.02,
    wheels: Path | None = None,
    version: tuple[int, int] = (3, 12),
) -> Any:
    python = place / "python"
    values = {"python": sys.executable, "calls": str(place / "calls"), "version": list(version)}
    python.write_text(PRETENDER.format(**values, fails=fails, words=words, pause=pause))
    python.chmod(0o755)
    plan = setup.SetupPlan(
        place / "Jürgen's own é" / "runtime", None, python, wheels, root=place, lock=place / "runtime.lock"
    )
    return setup.RuntimeSetup(plan)


def _finish(job: Any) -> tuple[Path | None, list[tuple[str, str, float]]]:
    told, deadline = [], time.monotonic() + 20.0
    while not job.done:
        assert time.monotonic() < deadline
        python = job.poll(wait_s=0.02)
        told.append((job.text, job.detail, job.factor))
    return python, told


def _downloads(place: Path) -> int:
    return (place / "calls").read_text().count("pip download")


def _bundle(place: Path, packages: tuple[str, ...] = PACKAGES, tag: str = "py3-none") -> Path:
    folder = place / "wheels é"
    folder.mkdir()
    for package in packages:
        (folder / f"{package}-1-{tag}-any.whl").write_text(f"wheel of {package}")
    return folder


def test_it_makes_an_environment_and_tells_how_far_it_is(place: Path) -> None:
    job, told, seen = _begin(place, pause=20.0), [], set()
    while not job.done:
        python = job.poll(wait_s=0.02)
        told.append((job.text, job.detail, job.factor))
        if found := re.search(r"(\w+) \((\d) of 3\), (3|13|23) of 30 MB, .*MB/s, about \d+ s left", job.detail):
            seen.add(found.groups())
            (place / f"calls.{found[1]}").touch()  # that one may go on
    assert seen == {("alpha", "1", "3"), ("beta", "2", "13"), ("gamma", "3", "23")}
    assert python == place / "Jürgen's own é" / "runtime" / setup.IN_ENVIRONMENT
    factors = [factor for _, _, factor in told]
    assert factors == sorted(factors)
    assert setup.made_runtime(python.parents[1], place / "runtime.lock") == python
    assert sorted(path.name for path in python.parents[2].iterdir()) == ["runtime", "setup.lock", "setup.log"]


def test_other_pins_make_it_outdated(place: Path) -> None:
    python, _ = _finish(_begin(place))
    lock = place / "runtime.lock"
    lock.write_text(lock.read_text() + "delta==4\n")
    assert python is not None
    assert setup.made_runtime(python.parents[1], lock) is None


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ("ERROR: No matching distribution found for beta==1", "wheels-missing", "no beta==1 for this Python"),
        ("OSError: [Errno 28] No space left on device", "disk-full", "make room"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "wheel-hash", "not the pinned package"),
        ("NewConnectionError: [Errno 111] Connection refused", "offline", "check the connection"),
        ("PermissionError: [Errno 13] Permission denied: 'x'", "no-permission", "choose another Runtime Folder"),
        ("ERROR: it does not want to", "setup-failed", "it does not want to"),
    ],
)
def test_a_failure_is_worded_and_the_next_try_goes_on(place: Path, words: str, code: str, sentence: str) -> None:
    with pytest.raises(errors.SetupError, match=f"Fetching packages failed: .*{sentence}") as caught:
        _finish(_begin(place, fails="beta", words=words))
    assert caught.value.code == code
    home = place / "Jürgen's own é"
    assert not (home / "runtime").exists()
    assert not (home / "runtime.part").exists()
    assert _downloads(place) == 2
    python, told = _finish(_begin(place))
    assert python is not None
    assert _downloads(place) == 4, "what was fetched was fetched again"
    assert any("beta (2 of 3)" in detail for _, detail, _ in told)


def test_a_wheel_that_was_damaged_meanwhile_is_fetched_again(place: Path) -> None:
    with pytest.raises(errors.SetupError):
        _finish(_begin(place, fails="gamma"))
    (damaged,) = (place / "Jürgen's own é").glob("wheels/*/alpha-1-*.whl")
    damaged.write_text("half of i")
    _finish(_begin(place))
    assert _downloads(place) == 3 + 2


def test_a_cancel_ends_it_within_a_second_and_keeps_the_runtime_that_was_there(place: Path) -> None:
    old, _ = _finish(_begin(place))
    assert old is not None
    job = _begin(place, pause=30.0)
    before, deadline = _downloads(place), time.monotonic() + 20.0
    while _downloads(place) == before:  # the program itself says when it is up
        assert time.monotonic() < deadline
        job.poll(wait_s=0.05)
    child = int((place / "calls").read_text().splitlines()[-1].split()[0])
    os.kill(child, 0)
    start = time.monotonic()
    job.cancel()
    with pytest.raises(errors.SetupError, match="cancelled"):
        _finish(job)
    assert time.monotonic() - start < 1.0
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    assert setup.made_runtime(old.parents[1], place / "runtime.lock") == old
    assert not old.parents[1].with_name("runtime.part").exists()


def test_a_broken_or_deleted_runtime_is_made_again(place: Path) -> None:
    python, _ = _finish(_begin(place))
    assert python is not None
    python.unlink()
    assert setup.made_runtime(python.parents[1], place / "runtime.lock") is None
    assert _finish(_begin(place))[0] == python
    assert python.is_file()


def test_a_full_disk_is_named_before_anything_is_fetched(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "NEEDED_MB", 1e12)
    with pytest.raises(errors.SetupError, match="make room") as caught:
        _finish(_begin(place))
    assert caught.value.code == "disk-full"
    assert not (place / "calls").exists()


def test_two_at_once_are_kept_apart(place: Path) -> None:
    first = _begin(place, pause=1.0)
    while "alpha" not in first.detail:
        first.poll(wait_s=0.05)
    with pytest.raises(errors.SetupError, match=f"process {os.getpid()}") as caught:
        _finish(_begin(place, pause=0.0))
    assert caught.value.code == "setup-busy"
    first.cancel()
    with pytest.raises(errors.SetupError, match="cancelled"):
        _finish(first)
    assert _finish(_begin(place))[0] is not None


def test_a_folder_of_wheels_needs_no_fetching(place: Path) -> None:
    wheels = _bundle(place)
    python, _ = _finish(_begin(place, wheels=wheels))
    assert python is not None
    assert _downloads(place) == 0
    assert len(list(wheels.iterdir())) == 3


def test_a_folder_of_wheels_is_checked_first(place: Path) -> None:
    wheels = _bundle(place, PACKAGES[:2])
    with pytest.raises(errors.SetupError, match="lacks gamma 1") as caught:
        _finish(_begin(place, wheels=wheels))
    assert caught.value.code == "wheels-missing"
    (wheels / "gamma-1-py3-none-any.whl").write_text("wheel of somebody else")
    with pytest.raises(errors.SetupError, match=r"gamma-1-py3-none-any\.whl' is not the wheel") as caught:
        _finish(_begin(place, wheels=wheels))
    assert caught.value.code == "wheel-hash"
    assert not (place / "calls").exists()


def test_wheels_for_another_python_are_named(place: Path) -> None:
    wheels = _bundle(place, tag="cp313-cp313")
    with pytest.raises(errors.SetupError, match=r"Python 3\.12, and the packages are for 64-bit 3\.13") as caught:
        _finish(_begin(place, wheels=wheels))
    assert caught.value.code == "python-version"
    assert _finish(_begin(place, wheels=wheels, version=(3, 13)))[0] is not None


def test_what_the_set_up_runs_dies_with_blender(tmp_path: Path) -> None:
    """SIGKILL of the parent: the command ends by itself, and the lock is free."""
    (tmp_path / "sleeper.py").write_text("import time\nprint('up', flush=True)\ntime.sleep(60)\n")
    lifeline = ROOT / "addon" / "setup" / "lifeline.py"
    parent = tmp_path / "parent.py"
    parent.write_text(
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, {str(lifeline)!r}, 'sleeper'], stdin=subprocess.PIPE, "
        "stdout=subprocess.PIPE)\n"
        "child.stdout.readline()\nprint(child.pid, flush=True)\nchild.wait()\n"
    )
    process = subprocess.Popen([sys.executable, str(parent)], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 2.0
    while alive(child):
        assert time.monotonic() < deadline, "the command outlived its parent"
        time.sleep(0.02)


def test_the_lock_file_has_a_size_for_each_package() -> None:
    sizes = json.loads(pins.LOCK.with_suffix(".sizes.json").read_text())
    assert set(sizes) == {pin.name for pin in pins.read_pins()}
    assert all(pin.sha256 for pin in pins.read_pins())
