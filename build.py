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

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
WINDOW_SIZE = (800, 600)  # small: without a graphics card every pixel is drawn by the processor


def _load_environments() -> Any:
    """How environments are made; from its file, since Blender has this folder on no path."""
    spec = importlib.util.spec_from_file_location("environments", ROOT / "inference" / "environments" / "make.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


environments = _load_environments()
BuildError = environments.BuildError
ensure_environment = environments.ensure_environment


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
            str(ensure_environment(f"blender-{environments.BLENDER_WHEELS[0]}")),
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
        environments.load_package()("addon.headless.benches").begin_in_window(arguments[2:])  # type: ignore[attr-defined]
        return
    try:
        ensure_environment("runtime")
        code = int(environments.load_package()("addon.headless.cli").main(list(arguments)))
    except BuildError as error:
        code = _fail(error, debug)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # the bpy module of 4.5 hangs at a normal exit


# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────

Command = Callable[[Sequence[str], "str | None"], int]
WINDOW_BENCH = ["bench", "window"]
PLAIN_BENCHES = {"lifter": "train", "tune": "runtime"}  # parts of inference.bench, and where they run
COMPARE_SMOOTHING = """
import sys
from inference.evaluate.smoothing import main
from rigs.smoothing import adaptive, spline
sys.exit(main(sys.argv[1:], adaptive, spline.smoothing_spline))
"""  # the two rooms know nothing of each other
MEASURE_WORLD = """
import sys
from inference.evaluate.world import main
from rigs.smoothing import adaptive
sys.exit(main(sys.argv[1:], adaptive))
"""


def command_setup(arguments: Sequence[str], _blender: str | None) -> int:
    """Make the named environments (default: what `retarget` needs)."""
    for name in arguments or ["runtime", f"blender-{environments.BLENDER_WHEELS[0]}"]:
        ensure_environment(name)
    return 0


def command_test(arguments: Sequence[str], _blender: str | None) -> int:
    """Lint, types, then every test: first in the runtime's environment, then those that need torch in their own."""
    python = str(ensure_environment("test"))
    for version in environments.BLENDER_WHEELS:
        ensure_environment(f"blender-{version}")
    for version in environments.BLENDER_WHEELS_313:
        try:
            ensure_environment(f"blender-{version}")
        except environments.NoPythonError as error:
            environments.say(f"No tests in Blender {version}. {error}")
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
        python = ensure_environment(f"blender-{environments.BLENDER_WHEELS[0]}")
        matches = sorted(python.parents[1].glob("**/bl_pkg/cli/blender_ext.py"))
        if not matches:
            raise BuildError(
                "The bpy wheel holds no extension builder (bl_pkg/cli/blender_ext.py): run 'build.py setup' again."
            )
        builder = [str(python), str(matches[0])]
    manifest = (ROOT / "blender_manifest.toml").read_text(encoding="utf-8")
    version = re.search(r'^version = "([^"]+)"', manifest, flags=re.MULTILINE)
    assert version is not None
    archive = ROOT / "out" / f"{environments.PACKAGE}-{version[1]}.zip"
    environments.run_quietly(
        [*builder, "build", "--source-dir", str(ROOT), "--output-filepath", str(archive)], "The zip could not be built"
    )
    environments.run_quietly([*builder, "validate", str(archive)], "The zip is not valid")
    print(f"{archive.relative_to(ROOT)}  {archive.stat().st_size / 2**20:.1f} MiB")
    return 0


def _fetch_wheels(arguments: Sequence[str]) -> None:
    """Put the runtime's wheels into a folder that installs with no network."""
    bundle = environments.load_package()("addon.setup.bundle")
    try:
        bundle.main(ensure_environment("runtime"), ROOT / "out" / "wheels", arguments)  # type: ignore[attr-defined]
    except sys.modules[f"{environments.PACKAGE}.addon.errors"].SetupError as error:
        raise BuildError(str(error)) from error


def command_train(arguments: Sequence[str], _blender: str | None) -> int:
    """Train a lifter; see `train --help` and docs/training.md."""
    return _run_module("train", "inference.train", arguments)


def command_evaluate(arguments: Sequence[str], _blender: str | None) -> int:
    """Measure shipped weights, the `world`, Cheng's `iso`, ways of `smoothing`; train a `suite`, write the `report`."""
    if arguments[:1] == ["suite"]:
        return _run_module("train", "inference.evaluate.suite", arguments[1:])
    if arguments[:1] == ["iso"]:
        return _run_module("train", "inference.evaluate.iso_table", arguments[1:])
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
