#!/usr/bin/env python3
"""One command line, two hosts: plain Python sets up and drives, Blender (or the bpy wheel) does the work.

    python3 build.py demo                      six characters move as the sample film's person does -> out/demo
    python3 build.py test [PYTEST ARGS]        lint, types and every test
    python3 build.py retarget --video V --rig R --out O
    python3 build.py batch --videos 'shots/*.mp4' --rig R --out DIR
    python3 build.py people --video V --frame F --out P.json
    python3 build.py package                   the extension's .zip -> out/; --with-runtime: its wheels too, for offline
    python3 build.py train | evaluate NAME | bench NAME | sample | pictures | setup [ENVIRONMENT ...]

    blender -b -P build.py -- retarget --video V --rig R --out O        the same, inside your own Blender

`COMMAND --help` lists a command's options. Before the command: --debug (tracebacks), --blender PATH.
The Blender used is --blender, else $POSE_BLENDER, else `blender` on PATH (4.2 or newer), else the bpy wheel.
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
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
PACKAGE = "pose_from_video"
WINDOW_SIZE = (800, 600)  # small: without a graphics card every pixel is drawn by the processor
BLENDER_WHEELS = ("5.0", "4.5", "4.2")  # the first is the host when there is no Blender
BLENDER_WHEELS_313 = ("5.2", "5.1")  # these need Python 3.13; tests leave them out where there is none
RUNTIME_LOCK = "inference/environments/runtime.lock"
LOCKS: dict[str, list[str]] = {
    "runtime": [RUNTIME_LOCK],
    "test": [RUNTIME_LOCK, "tests/environments/check.lock"],  # the runtime's folder with the test tools added
    "train": ["inference/environments/train.lock"],
    **{
        f"blender-{version}": [f"addon/environments/blender-{version}.lock"]
        for version in (*BLENDER_WHEELS, *BLENDER_WHEELS_313)
    },
}


class BuildError(Exception):
    """A failure whose message is one sentence for the user."""


# ── Environments ─────────────────────────────────────────────────────────────────────────────────────────────────────


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
            _say(f"{name}: making {python.parents[1].relative_to(ROOT)}")
            _check(
                [find_python(name), "-m", "venv", str(python.parents[1])], f"Python could not make {python.parents[1]}"
            )
        _install(name, python, ROOT / lock)
        if lock == RUNTIME_LOCK:
            _say(f"{name}: making the detector's model bundle")
            _check([str(python), "-m", "inference", "setup"], "The detector's model bundle could not be made")
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
    pythons: Any = _load_package()("addon.setup.pythons")
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
                _say(f"{name}: {min(seen, len(pins))}/{len(pins)} {package[1]}", transient=True)
            elif line.startswith("Installing"):
                _say(f"{name}: unpacking {len(pins)} packages", transient=True)
    if pip.returncode != 0:
        raise BuildError(
            f"Packages of {lock.name} could not be installed ({last_error or 'see the log'}); log: {log_path}."
        )
    _say(f"{name}: ready in {time.monotonic() - started:.0f} s")


def _check(command: Sequence[str], failure: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise BuildError(f"{failure}: {lines[-1] if lines else f'exit code {done.returncode}'}")


def _say(text: str, transient: bool = False) -> None:
    """Progress on stderr: a terminal overwrites transient lines, a log file only gets the others."""
    if sys.stderr.isatty():
        print(f"\r\x1b[2K{text}", end="" if transient else "\n", file=sys.stderr, flush=True)
    elif not transient:
        print(text, file=sys.stderr, flush=True)


# ── Hosts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def find_blender(wanted: str | None) -> list[str] | None:
    """Command prefix of the Blender to use, or None for the bpy wheel."""
    explicit = wanted or os.environ.get("POSE_BLENDER")
    path = shutil.which(explicit or "blender")
    if explicit and not path:
        raise BuildError(f"There is no Blender program at '{explicit}': give the path of its executable.")
    if not path:
        return None
    output = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
    version = re.search(r"Blender (\d+)\.(\d+)", output)
    if version and (int(version[1]), int(version[2])) >= (4, 2):
        return [path]
    if explicit:
        raise BuildError(f"'{explicit}' is not Blender 4.2 or newer: it answers '{output.splitlines()[:1]}'.")
    return None


def run_in_host(arguments: Sequence[str], blender: str | None) -> int:
    """Run a command inside Blender or, without one, the bpy wheel; this process becomes that one where it can."""
    found = find_blender(blender)
    ensure_environment("runtime")
    if found:
        host = [*found, "-b", "--factory-startup", "--python-exit-code", "1", "-P", str(Path(__file__).resolve()), "--"]
    else:
        host = [
            str(ensure_environment(f"blender-{BLENDER_WHEELS[0]}")),
            str(Path(__file__).resolve()),
            "--in-bpy",
            "--",
        ]
    return _become([*host, *arguments])


def _become(command: Sequence[str]) -> int:
    if os.name == "posix":  # signals then reach the worker itself, and nothing waits beside it
        sys.stdout.flush()
        os.execv(command[0], list(command))
    return subprocess.run(command).returncode


def run_in_window(arguments: Sequence[str], blender: str | None) -> int:
    """Run a command in the window of a real Blender, on a virtual display where there is none, as a new user's."""
    found = find_blender(blender)
    if not found:
        raise BuildError("A window needs a real Blender, 4.2 or newer: put it on PATH, or give --blender PATH.")
    ensure_environment("runtime")
    display: list[str] = []
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        if not shutil.which("xvfb-run"):
            raise BuildError("There is no display: install xvfb-run (Debian: apt install xvfb), or use a desktop.")
        display = ["xvfb-run", "-a", "-s", f"-screen 0 {WINDOW_SIZE[0]}x{WINDOW_SIZE[1]}x24"]
    window = ["--factory-startup", "--window-geometry", "0", "0", *map(str, WINDOW_SIZE)]
    with tempfile.TemporaryDirectory(prefix="pose_") as user:
        script = str(Path(__file__).resolve())
        command = [*display, *found, *window, "-P", script, "--", *arguments]
        return subprocess.run(command, cwd=ROOT, env={**os.environ, "BLENDER_USER_RESOURCES": user}).returncode


def main_in_blender(arguments: Sequence[str]) -> None:
    """Entry inside Blender: load the add-on's package from this checkout and hand over to its command line."""
    debug = "--debug" in arguments
    if list(arguments[:2]) == WINDOW_BENCH:
        _load_package()("addon.headless.benches").begin_in_window(arguments[2:])  # type: ignore[attr-defined]
        return
    try:
        ensure_environment("runtime")
        code = int(_load_package()("addon.headless.cli").main(list(arguments)))
    except BuildError as error:
        code = _fail(error, debug)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # the bpy module of 4.5 hangs at a normal exit


def _load_package() -> Callable[[str], object]:
    """Load the checkout under the package's own name, as Blender does for an installed extension."""
    spec = importlib.util.spec_from_file_location(PACKAGE, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)
    return lambda name: importlib.import_module(f"{PACKAGE}.{name}")


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────

Command = Callable[[Sequence[str], "str | None"], int]
WINDOW_BENCH = ["bench", "window"]
PLAIN_BENCHES = {"lifter": "train", "tune": "runtime"}  # parts of inference.bench, and where they run
COMPARE_SMOOTHING = """
import sys
from inference.evaluate.smoothing import main
from rigs.smoothing import adaptive, spline
sys.exit(main(sys.argv[1:], adaptive.smooth_paths, spline.smoothing_spline))
"""  # the two rooms know nothing of each other
MEASURE_WORLD = """
import sys
from inference.evaluate.world import main
from rigs.smoothing import adaptive
sys.exit(main(sys.argv[1:], adaptive.smooth_paths))
"""


def command_setup(arguments: Sequence[str], _blender: str | None) -> int:
    """Make the named environments (default: what `retarget` needs)."""
    for name in arguments or ["runtime", f"blender-{BLENDER_WHEELS[0]}"]:
        ensure_environment(name)
    return 0


def command_test(arguments: Sequence[str], _blender: str | None) -> int:
    """Lint, types, then every test: first in the runtime's environment, then those that need torch in their own."""
    python = str(ensure_environment("test"))
    for version in BLENDER_WHEELS:
        ensure_environment(f"blender-{version}")
    for version in BLENDER_WHEELS_313:
        try:
            ensure_environment(f"blender-{version}")
        except NoPythonError as error:
            _say(f"No tests in Blender {version}. {error}")
    train = str(ensure_environment("train"))
    steps = [[python, "-m", "ruff", "check", "."], [python, "-m", "mypy"]]
    tests = [
        [python, "-m", "pytest", "-m", "not torch", *arguments],
        [train, "-m", "pytest", "-m", "torch", *arguments],
    ]
    no_tests_collected = 5
    codes = [subprocess.run(step, cwd=ROOT).returncode for step in [*([] if arguments else steps), *tests]]
    return int(any(code not in (0, no_tests_collected) for code in codes) or set(codes) == {no_tests_collected})


def command_package(arguments: Sequence[str], blender: str | None) -> int:
    """Build the extension's zip with Blender's own builder, and validate it; see `package --help` for its runtime."""
    if arguments:
        _fetch_wheels(arguments)
    (ROOT / "out").mkdir(exist_ok=True)
    found = find_blender(blender)
    if found:
        builder = [*found, "--command", "extension"]
    else:
        python = ensure_environment(f"blender-{BLENDER_WHEELS[0]}")
        matches = sorted(python.parents[1].glob("**/bl_pkg/cli/blender_ext.py"))
        if not matches:
            raise BuildError(
                "The bpy wheel holds no extension builder (bl_pkg/cli/blender_ext.py): run 'build.py setup' again."
            )
        builder = [str(python), str(matches[0])]
    manifest = (ROOT / "blender_manifest.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "([^"]+)"', manifest, flags=re.MULTILINE)
    assert version is not None
    archive = ROOT / "out" / f"{PACKAGE}-{version[1]}.zip"
    _check(
        [*builder, "build", "--source-dir", str(ROOT), "--output-filepath", str(archive)], "The zip could not be built"
    )
    _check([*builder, "validate", str(archive)], "The zip is not valid")
    print(f"{archive.relative_to(ROOT)}  {archive.stat().st_size / 2**20:.1f} MiB")
    return 0


def _fetch_wheels(arguments: Sequence[str]) -> None:
    """Put the runtime's wheels into a folder that installs with no network."""
    bundle = _load_package()("addon.setup.bundle")
    try:
        bundle.main(ensure_environment("runtime"), ROOT / "out" / "wheels", arguments)  # type: ignore[attr-defined]
    except sys.modules[f"{PACKAGE}.addon.errors"].SetupError as error:
        raise BuildError(str(error)) from error


def command_train(arguments: Sequence[str], _blender: str | None) -> int:
    """Train a lifter; see `train --help` and docs/training.md."""
    return _run_module("train", "inference.train", arguments)


def command_evaluate(arguments: Sequence[str], _blender: str | None) -> int:
    """Measure shipped weights, the `world` or ways of `smoothing`; train a `suite`, write the `report`."""
    if arguments[:1] == ["suite"]:
        return _run_module("train", "inference.evaluate.suite", arguments[1:])
    if arguments[:1] == ["report"]:
        return _run_module("runtime", "inference.evaluate.report", arguments[1:])
    if arguments[:1] == ["smoothing"]:
        return _run_in("runtime", ["-c", COMPARE_SMOOTHING, *arguments[1:]])
    if arguments[:1] == ["world"]:
        return _run_in("runtime", ["-c", MEASURE_WORLD, *arguments[1:]])
    return _run_module("runtime", "inference.evaluate", arguments)


def command_bench(arguments: Sequence[str], _blender: str | None) -> int:
    """Measure the lifter's speed and memory (out/bench/lifter.json), or `tune` it to this machine."""
    return _run_module(PLAIN_BENCHES[arguments[0]], "inference.bench", arguments)


def command_pictures(_arguments: Sequence[str], blender: str | None) -> int:
    """Take the manual's pictures again with a real Blender under a virtual display; needs Xvfb, xdotool and ffmpeg."""
    found = find_blender(blender)
    if not found:
        raise BuildError("Pictures need a Blender program: name one with --blender or POSE_BLENDER.")
    lacking = [name for name in ("Xvfb", "xdotool", "ffmpeg") if not shutil.which(name)]
    if lacking:
        raise BuildError(f"Pictures need {' and '.join(lacking)}: install the package, and try again.")
    _fetch_wheels(["--with-runtime", "--python", "3.11"])
    return _run_in("test", [str(ROOT / "tests" / "manual_pictures.py"), *found])


def command_sample(_arguments: Sequence[str], _blender: str | None) -> int:
    """Make the sample avatars and film again, from nothing but pinned packages and the motion capture."""
    steps = [("train", "make_bodies.py"), ("blender-4.2", "make_avatars.py"), ("blender-5.0", "make_film.py")]
    for environment, script in steps:  # a .blend of a newer Blender would not open in 4.2
        python = str(ensure_environment(environment))
        code = subprocess.run([python, str(ROOT / "samples" / script)], cwd=ROOT).returncode
        if code != 0:
            return code
    return 0


def _run_module(environment: str, module: str, arguments: Sequence[str]) -> int:
    return _run_in(environment, ["-m", module, *arguments])


def _run_in(environment: str, words: Sequence[str]) -> int:
    python = ensure_environment(environment)
    os.chdir(ROOT)
    return _become([str(python), *words])


COMMANDS: dict[str, Command] = {
    "setup": command_setup,
    "test": command_test,
    "package": command_package,
    "train": command_train,
    "evaluate": command_evaluate,
    "sample": command_sample,
    "pictures": command_pictures,
}
HOST_COMMANDS = ("demo", "retarget", "batch", "people", "bench")


def main(arguments: list[str]) -> int:
    """Plain Python's entry: global options, then one command."""
    debug, blender = False, None
    while arguments and arguments[0].startswith("-"):
        option = arguments.pop(0)
        if option in ("-h", "--help"):
            print(__doc__)
            return 0
        if option == "--debug":
            debug = True
        elif option == "--blender" and arguments:
            blender = arguments.pop(0)
        else:
            return _fail(BuildError(f"Option '{option}' is not known here; see 'build.py --help'."), debug)
    name = arguments[0] if arguments else ""
    try:
        if name == "bench" and arguments[1:2] and arguments[1] in PLAIN_BENCHES:
            return command_bench(arguments[1:], blender)
        if arguments[:2] == WINDOW_BENCH:
            return run_in_window(arguments, blender)
        if name in HOST_COMMANDS:
            return run_in_host([*arguments, *(["--debug"] if debug else [])], blender)
        if name in COMMANDS:
            return COMMANDS[name](arguments[1:], blender)
        raise BuildError(f"'{name}' is not a command; choose from {', '.join([*HOST_COMMANDS, *COMMANDS])}.")
    except BuildError as error:
        return _fail(error, debug)
    except KeyboardInterrupt:
        print("Cancelled.", file=sys.stderr)
        return 130


def _fail(error: Exception, debug: bool) -> int:
    if debug:
        import traceback

        traceback.print_exception(error)
    print(f"build.py: {error}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    if "--in-bpy" in sys.argv:
        import bpy  # noqa: F401  the wheel has no program of its own: this import starts it
    if "bpy" in sys.modules:
        main_in_blender(sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else [])
    else:
        sys.exit(main(sys.argv[1:]))
