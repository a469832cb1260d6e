"""Ratios between networks that were trained alike, from the suites' results kept in docs/reports/."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..errors import InferenceError

REPORTS: Final = Path(__file__).resolve().parents[2] / "docs" / "reports"
_TABLE: Final = Path(__file__).with_name("ratios.json")

Run = Mapping[str, Any]
"""Figures of the rows that were trained with one budget, by row."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """One network's error over another's.

    Attributes:
        key: its name in reports.
        what: what it compares, in words.
        value: the ratio, or None where its rows have not been measured.
        source: rows, samples, channels and date; what is missing where `value` is None.
        goal: what it is to be at most, if anything is asked.
        paper: the same ratio on Human3.6M from the networks' papers, if they print it.
    """

    key: str
    what: str
    value: float | None
    source: str
    goal: float | None
    paper: float | None


def read_runs(paths: Sequence[Path] | None = None) -> list[Run]:
    """Results of suites, the widest networks first; by default all that docs/reports/ holds.

    Raises:
        InferenceError: a file cannot be read.
    """
    runs = []
    for path in sorted(REPORTS.glob("lifter-suites*.json")) if paths is None else paths:
        try:
            runs.append(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise InferenceError("bad-file", f"{path.name} cannot be read: {error}.", "Run its suite again.") from error
    return sorted((run for run in runs if run), key=lambda run: -max(row["channels"] for row in run.values()))


def ratios(runs: Sequence[Run]) -> list[Ratio]:
    """Every ratio of `ratios.json`, from the widest run that has both of its rows."""
    return [_ratio(entry, runs) for entry in json.loads(_TABLE.read_text(encoding="utf-8"))]


def facts(row: Mapping[str, Any]) -> str:
    """What a row's figures hold for: samples seen, channels, date."""
    return f"{row['samples'] / 1e6:.2f} M samples, {row['channels']} channels, {row['date']}"


def figure(row: Mapping[str, Any], condition: str, measure: str) -> float | None:
    """One figure of a row, or None."""
    value = row["conditions"].get(condition, {}).get(measure)
    return None if value is None else float(value)


def _ratio(entry: Mapping[str, Any], runs: Sequence[Run]) -> Ratio:
    known = entry["key"], entry["what"]
    bars = entry.get("goal"), entry.get("paper")
    for run in runs:
        for above, below in entry["pairs"]:
            if above in run and below in run:
                value = _divide(run[above], run[below], entry["condition"], entry["measure"])
                return Ratio(*known, value, f"{above} / {below}, {facts(run[below])}", *bars)
    above, below = entry["pairs"][0]
    return Ratio(*known, None, f"not measured: needs the rows {above} and {below}", *bars)


def _divide(above: Mapping[str, Any], below: Mapping[str, Any], condition: str, measure: str) -> float | None:
    a, b = figure(above, condition, measure), figure(below, condition, measure)
    return None if a is None or not b else round(a / b, 4)
