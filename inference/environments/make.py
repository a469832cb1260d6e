"""Makes the project's environments in `.venv`, each from its lock files: for developers, tests and the demo.

Standard library alone, and loaded from its file: `build.py` runs before there is any environment, inside Blender too.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "pose_from_video"
BLENDER_WHEELS = ("5.0", "4.5", "4.2")  # the first is the host when there is no Blender
BLENDER_WHEELS_313 = ("5.2", "5.1")  # these need Python 3.13; tests leave them out where there is none
RUNTIME_LOCK = "inference/environments/runtime.lock"
MODELS_LOCK = "inference/environments/models.lock"  # not installed: set-up takes the networks out of its wheel
LOCKS: dict[str, list[str]] = {
    "runtime": [RUNTIME_LOCK, MODELS_LOCK],
    "test": [
        RUNTIME_LOCK,
        MODELS_LOCK,
        "tests/environments/check.lock",
    ],  # the runtime's folder with the test tools added
    "train": ["inference/environments/train.lock"],
    **{
        f"blender-{version}": [f"addon/environments/blender-{version}.lock"]
        for version in (*BLENDER_WHEELS, *BLENDER_WHEELS_313)
    },
}


class BuildError(Exception):
    """A failure whose message is one sentence for the user."""


def environment_python(name: str) -> Path:
    """Where environment `name` has its interpreter, whether or not it exists yet."""
    folder = ROOT / ".venv" / ("runtime" if name == "test" else name)
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ensure_environment(name: str) -> Path:
    """Make environment `name` from its lock files unless they are installed already; returns its interpreter."""
    if name not in LOCKS:
        raise BuildError(f"There is no environment '{name}'; choose from {', '.join(LOCKS)}.")
    python = environment_python(name)
    stamp = python.parents[1] / "installed.json"
    installed: dict[str, str] = json.loads(stamp.read_text()) if stamp.exists() else {}
    for lock in LOCKS[name]:
        digest = hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()
        if installed.get(lock) == digest:
            continue
        if not python.exists():
            say(f"{name}: making {python.parents[1].relative_to(ROOT)}")
            run_quietly(
                [find_python(name), "-m", "venv", str(python.parents[1])], f"Python could not make {python.parents[1]}"
            )
        if lock == MODELS_LOCK:
            say(f"{name}: making the detectors' model bundles")
            run_quietly([str(python), "-m", "inference", "setup"], "The detectors' model bundles could not be made")
        else:
            _install(name, python, ROOT / lock)
        installed[lock] = digest
        stamp.with_suffix(".tmp").write_text(json.dumps(installed, indent=1))
        stamp.with_suffix(".tmp").replace(stamp)
    return python


class NoPythonError(BuildError):
    """There is no Python of the version that an environment needs."""


def find_python(name: str) -> str:
    """The Python that environment `name` is made with."""
    if name not in {f"blender-{version}" for version in BLENDER_WHEELS_313}:
        return find_python_311()
    pythons: Any = load_package()("addon.setup.pythons")
    try:
        return str(pythons.choose_python(None, Path(sys.executable), {(3, 13)}).path)
    except sys.modules[f"{PACKAGE}.addon.errors"].SetupError:
        raise NoPythonError(
            f"Environment '{name}' needs Python 3.13 with its venv module, and none was found on this machine: "
            "install it, for example with 'pyenv install 3.13' or 'uv python install 3.13', and try again."
        ) from None


def find_python_311() -> str:
    """The Python 3.11 that the environments are made with: this one, else `python3.11` on PATH."""
    candidates = [sys.executable] if sys.version_info[:2] == (3, 11) and "bpy" not in sys.modules else []
    candidates += [found for found in [shutil.which("python3.11")] if found]
    for candidate in candidates:
        probe = [candidate, "-c", "import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))"]
        if subprocess.run(probe, capture_output=True).returncode == 0:
            return candidate
    raise NoPythonError(
        f"Python 3.11 with its venv module was not found (this is {platform.python_version()}): install it, "
        "for example with 'sudo apt install python3.11 python3.11-venv' or 'pyenv install 3.11', and try again."
    )


def _install(name: str, python: Path, lock: Path) -> None:
    """pip-install a lock file, showing which package of how many is being fetched; the full log lies beside."""
    pins = re.findall(r"^[A-Za-z0-9][^=\s]*==", lock.read_text(), flags=re.MULTILINE)
    hashed = ["--require-hashes"] if "--hash=" in lock.read_text() else []
    command = [
        str(python),
        "-m",
        "pip",
        "install",
        "--no-input",
        "--disable-pip-version-check",
        *hashed,
        "-r",
        str(lock),
    ]
    log_path = python.parents[1] / "install.log"
    started, seen, last_error = time.monotonic(), 0, ""
    with (
        log_path.open("w", encoding="utf-8") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as pip,
    ):
        assert pip.stdout is not None
        for line in pip.stdout:
            log.write(line)
            last_error = line.strip() if line.startswith("ERROR") else last_error
            package = re.match(r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)", line)
            seen += package is not None
            if package:
                say(f"{name}: {min(seen, len(pins))}/{len(pins)} {package[1]}", transient=True)
            elif line.startswith("Installing"):
                say(f"{name}: unpacking {len(pins)} packages", transient=True)
    if pip.returncode != 0:
        raise BuildError(
            f"Packages of {lock.name} could not be installed ({last_error or 'see the log'}); log: {log_path}."
        )
    say(f"{name}: ready in {time.monotonic() - started:.0f} s")


def run_quietly(command: Sequence[str], failure: str) -> None:
    """Run a command, and show nothing of it.

    Raises:
        BuildError: it failed; says `failure` and its last words.
    """
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise BuildError(f"{failure}: {lines[-1] if lines else f'exit code {done.returncode}'}")


def say(text: str, transient: bool = False) -> None:
    """Progress on stderr: a terminal overwrites transient lines, a log file only gets the others."""
    if sys.stderr.isatty():
        print(f"\r\x1b[2K{text}", end="" if transient else "\n", file=sys.stderr, flush=True)
    elif not transient:
        print(text, file=sys.stderr, flush=True)


def load_package() -> Callable[[str], object]:
    """Load the checkout under the package's own name, as Blender does; returns what imports a module of it."""
    spec = importlib.util.spec_from_file_location(PACKAGE, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)
    return lambda name: importlib.import_module(f"{PACKAGE}.{name}")
