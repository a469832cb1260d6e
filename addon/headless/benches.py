"""`bench NAME` inside Blender: a table, and the same figures in out/bench/NAME.json."""

from __future__ import annotations

import importlib
import os
import platform
import time
from collections.abc import Sequence

import bpy

from ..files import write_json
from ..runtime import ROOT
from .options import BENCHES


def run_bench(name: str, words: Sequence[str]) -> str:
    """Measure.

    Args:
        name: one of `BENCHES`.
        words: the benchmark's own options.

    Returns:
        A line for each figure.

    Raises:
        AddonError: what the benchmark needs is not there.
    """
    module, function = BENCHES[name]
    figures: dict[str, object] = getattr(importlib.import_module(module, __package__), function)(words)
    return _keep(name, figures)


def _keep(name: str, figures: dict[str, object]) -> str:
    """Write the figures down, and say them."""
    path = ROOT / "out" / "bench" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, figures | _circumstances())
    return "\n".join(f"{key:32} {value}" for key, value in figures.items())


def begin_in_window(words: Sequence[str]) -> None:
    """Measure the window's redraws: returns at once, Blender ends itself when the figures are there."""
    from ..bench.window import begin

    begin(words, lambda figures: _keep("window", figures))


def _circumstances() -> dict[str, object]:
    return {
        "machine": f"{platform.machine()} {os.cpu_count()} cores",
        "date": time.strftime("%Y-%m-%d"),
        "versions": f"Blender {bpy.app.version_string}, Python {platform.python_version()}",
    }
