"""Stories in a real Blender's window, under a virtual display; see tests/blender/story.py."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from blender_host import HOSTS, ROOT, environment

SCRIPTS = Path(__file__).parent / "blender"


def needs_window() -> str:
    """The Blender program; skips the test where there is none, or no virtual display."""
    if "blender" not in HOSTS or not shutil.which("xvfb-run"):
        pytest.skip("needs POSE_BLENDER, a Blender program, and xvfb-run")
    return str(HOSTS["blender"])


def play(
    script: str,
    *words: str,
    user: Path,
    runtime: str | None,
    options: tuple[str, ...] = (),
    extra: dict[str, str] | None = None,
    limit_s: float = 150.0,
) -> str:
    """Let a script in tests/blender tell its story; fails the test unless it was told whole.

    Args:
        script: its name.
        words: in `sys.argv` after `--`.
        user: folder for Blender's own files.
        runtime: interpreter for the child; None: whatever the preferences say.
        options: of Blender.
        extra: variables to add.
        limit_s: after which the window is killed.

    Returns:
        What Blender wrote to stderr, where errors of drawing show.
    """
    blender = needs_window()
    software = {"LIBGL_ALWAYS_SOFTWARE": os.environ.get("LIBGL_ALWAYS_SOFTWARE", "1")}
    env = environment(user, software | (extra or {}))
    env.pop("POSE_RUNTIME_PYTHON", None)
    if runtime is not None:
        env["POSE_RUNTIME_PYTHON"] = runtime
    display = ["xvfb-run", "-a", "-s", "-screen 0 1280x800x24"]
    program = [blender, "--factory-startup", *options, "-P", str(SCRIPTS / script), "--", *words]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*display, *program], cwd=ROOT, env=env, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as told:
        try:
            said, errors = told.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(told.pid, signal.SIGKILL)  # the display and Blender, not only what started them
            raise
    print(said)
    assert told.returncode == 0, errors[-5000:]
    assert "passed all" in said
    return errors
