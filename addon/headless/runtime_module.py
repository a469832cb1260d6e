"""Run a module of `inference` to its end in the runtime's Python, for what needs no progress and no cancel."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from ..child import clean_environment
from ..errors import AddonError
from ..runtime import ROOT


def run_module(runtime: Path, module: str, arguments: Sequence[str], failure: str) -> None:
    """Run `python -m module arguments`.

    Args:
        runtime: the runtime's interpreter.
        module: for example `inference.pictures`.
        arguments: its command line.
        failure: how the sentence begins when it fails.

    Raises:
        AddonError: it failed; `failure`, then the last line that it said.
    """
    done = subprocess.run(
        [str(runtime), "-s", "-m", module, *arguments],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise AddonError(f"{failure}: {lines[-1] if lines else f'exit code {done.returncode}'}")
