"""python -m inference.evaluate.film_quality: what each level of quality costs and brings on the sample film."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from ..errors import InferenceError
from ..protocol import CAUSAL_LIFTER, DEFAULT_LIFTER, QUALITIES
from .film_run import film_figures

COLUMNS: Final = {
    "MPJPE, mm": "mpjpe_mm",
    "P-MPJPE, mm": "p_mpjpe_mm",
    "MPJVE, mm/s": "mpjve_mm",
    "limbs, degrees": "limb_direction_error_deg",
}


def measure(folder: Path) -> list[tuple[str, str, dict[str, float]]]:
    """Quality, lifter and figures of each pair, `cpu_ms` a frame among them: other work on the machine stays out.

    Raises:
        InferenceError: the film or its truth is missing, or the child process fails.
    """
    rows = []
    for quality in QUALITIES:
        for lifter in (DEFAULT_LIFTER, CAUSAL_LIFTER):
            before = os.times()
            figures = film_figures(lifter, folder, quality)
            after = os.times()
            spent_s = after.children_user + after.children_system - before.children_user - before.children_system
            rows.append((quality, lifter, {**figures, "cpu_ms": 1000.0 * spent_s / figures["frames"]}))
    return rows


def table(rows: list[tuple[str, str, dict[str, float]]]) -> str:
    """The rows in Markdown."""
    heads = ("quality", "lifter", "processor time a frame, ms", *COLUMNS)
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for quality, lifter, figures in rows:
        cells = (f"{figures['cpu_ms']:.0f}", *(f"{figures[name]:.1f}" for name in COLUMNS.values()))
        lines.append(f"| {quality} | {lifter} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        try:
            print(table(measure(Path(scratch))))
        except InferenceError as problem:
            sys.exit(f"{problem.message} {problem.hint}")
