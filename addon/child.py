"""How processes of another Python are started: the inference child, its check, the set-up's commands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal


def clean_environment() -> dict[str, str]:
    """This process's environment without what would lead another Python to Blender's modules."""
    kept = {key: value for key, value in os.environ.items() if not key.upper().startswith("PYTHON")}
    # The extension's folder is not ours to write into: no byte code beside the sources.
    return kept | {"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def launch_inference(
    python: Path, command: str, root: Path, log: Path, mode: Literal["ab", "wb"], apart: dict[str, Any]
) -> subprocess.Popen[bytes]:
    """Start a command of `python -m inference` that ends with this process: pipes for input and output, log for errors.

    Args:
        python: the runtime's interpreter.
        command: of `inference`.
        root: folder that holds the package `inference`; the working directory of the child.
        log: its folder is made.
        mode: append to the log, or begin it anew.
        apart: options that keep the child's signals from this process's.

    Raises:
        OSError: it cannot be started, or the log cannot be written.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open(mode) as stream:
        return subprocess.Popen(
            [str(python), "-s", "-u", "-m", "inference", command, "--lifeline"],
            cwd=root,
            env=clean_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stream,
            **apart,
        )


def own_group() -> dict[str, Any]:
    """Keeps a Ctrl-C meant for Blender from reaching the child, and on Windows its console out of sight."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}
