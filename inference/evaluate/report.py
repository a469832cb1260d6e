"""python -m inference.evaluate.report: docs/lifter.md and an HTML page from measured figures, none typed by hand.

What was measured elsewhere is kept first: --suites DIR/results.json, --lifter out/evaluate/lifter-full.json and
--bench out/bench/lifter.json copy figures into docs/reports/, which the report is then made from.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ..errors import InferenceError
from ..files import write_text
from .document import to_html, to_markdown
from .ratios import REPORTS
from .report_sections import ATTENTIVE, sections
from .results import write_json

_IN_FULL: Final = ("true_2d", "detected_2d")
"""Conditions whose figures by joint and by action are kept."""
TITLE: Final = "The lifter, measured"


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    reports: Path = options.reports
    try:
        for path in options.suites or ():
            keep_suites(_read(path), reports)
        for path, name in ((options.lifter, "lifter.json"), (options.bench, "lifter-bench.json")):
            if path is not None:
                write_json(reports / name, _read(path))
        made = sections(reports)
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    folder = reports.parent
    write_text(folder / "lifter.md", to_markdown(TITLE, made, folder))
    write_text(options.html, to_html(TITLE, made))
    print(folder / "lifter.md", options.html)
    return 0


def keep_suites(run: Mapping[str, Any], reports: Path) -> Path:
    """Keeps a suite's results, one row a line, without what no table shows; joined to rows of the same width there."""
    widths = {row["channels"] for row in run.values()}
    if len(widths) != 1:
        raise InferenceError(
            "bad-file", f"The results mix rows of {sorted(widths)} channels.", "Use one --out a width."
        )
    path = reports / f"lifter-suites-{widths.pop()}.json"
    known = _read(path) if path.is_file() else {}
    rows = {**known, **{name: _slim(row) for name, row in run.items()}}
    lines = [f"{json.dumps(name)}: {json.dumps(row, ensure_ascii=False)}" for name, row in sorted(rows.items())]
    write_text(path, "{\n" + ",\n".join(lines) + "\n}\n")
    return path


def _slim(row: Mapping[str, Any]) -> dict[str, Any]:
    conditions = {
        name: figures if name in _IN_FULL else {k: v for k, v in figures.items() if k not in ("joints", "actions")}
        for name, figures in row["conditions"].items()
    }
    attention = row.get("attention") if row["row"] in ATTENTIVE else None
    return {**row, "conditions": conditions, "attention": attention}


def _read(path: Path) -> dict[str, Any]:
    try:
        figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InferenceError("bad-file", f"{path} cannot be read: {error}.", "Measure again.") from error
    return figures


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference.evaluate.report", description=__doc__)
    parser.add_argument("--suites", type=Path, nargs="+", metavar="JSON", help="results.json of suites, to keep")
    parser.add_argument("--lifter", type=Path, metavar="JSON", help="lifter-full.json of `evaluate lifter`, to keep")
    parser.add_argument("--bench", type=Path, metavar="JSON", help="lifter.json of `bench lifter`, to keep")
    parser.add_argument("--reports", type=Path, default=REPORTS, help="folder of the figures that are kept")
    parser.add_argument("--html", type=Path, default=Path("out/evaluate/lifter.html"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
