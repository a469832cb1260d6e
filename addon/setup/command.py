"""One command of the set-up: run beside Blender, its output in a log, ended within a moment when it has to be."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..child import clean_environment, own_group
from ..errors import SetupError

LIFELINE = Path(__file__).parent / "lifeline.py"
LOOK_S = 0.1
"""Seconds between two looks at a command."""
_STEERS_ELSEWHERE = ("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_REQUIRE_VIRTUALENV", "PIP_NO_INDEX")


def module_command(python: Path, *words: str) -> list[str]:
    """Command line of a module that ends with Blender."""
    return [str(python), "-s", str(LIFELINE), *words]


def setup_environment(temporary: Path, *, offline: bool) -> dict[str, str]:
    """Variables for the commands.

    The user's own index, proxy and certificates count, but nothing that would lead the packages elsewhere.

    Args:
        temporary: folder for what is half fetched.
        offline: leave out every setting of pip: only what the command line names is looked at.
    """
    kept = {
        key: value
        for key, value in clean_environment().items()
        if not (offline and key.startswith("PIP_")) and key not in _STEERS_ELSEWHERE
    }
    kept |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    return kept | ({"PIP_CONFIG_FILE": os.devnull} if offline else {})


def run_command(
    words: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    log: Path,
    stop: threading.Event,
    tick: Callable[[], None] = lambda: None,
) -> tuple[int, str]:
    """Run a command to its end.

    Args:
        words: program and arguments.
        cwd: working directory.
        env: variables.
        log: file that its output is appended to.
        stop: ends it, and whatever it has started, once set.
        tick: called every `LOOK_S` while it runs.

    Returns:
        The exit status, and what it printed.

    Raises:
        SetupError: it was stopped (`cancelled`).
        OSError: it cannot be started.
    """
    with log.open("ab") as stream:
        start = stream.tell()
        process = subprocess.Popen(
            list(words),
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=stream,
            stderr=subprocess.STDOUT,
            **own_group(),
        )
    try:
        while process.poll() is None:
            if stop.wait(LOOK_S):
                break
            tick()
    finally:
        _kill(process)
    if stop.is_set():
        raise SetupError("Setting up the runtime was cancelled; what was fetched is kept.", code="cancelled")
    with log.open("rb") as stream:
        stream.seek(start)
        return process.returncode, stream.read().decode("utf-8", "replace")


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End it and its children; nothing happens to one that has ended by itself."""
    if process.poll() is None:
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
    if process.stdin is not None:
        process.stdin.close()
