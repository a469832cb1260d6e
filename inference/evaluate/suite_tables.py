"""A suite's table from results: what was measured here beside what the paper prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from .document import Table, number
from .ratios import Run, figure
from .rows import Suite

MEASURE_NAMES: Final = {
    "mpjpe_mm": "MPJPE",
    "n_mpjpe_mm": "N-MPJPE",
    "p_mpjpe_mm": "P-MPJPE",
    "mpjve_mm_s": "MPJVE, mm/s",
    "pck_150mm": "PCK@150",
    "auc_150mm": "AUC",
    "limb_direction_deg": "limb direction, °",
    "occluded_over_clean": "hidden / seen",
}
CONDITION_NAMES: Final = {
    "true_2d": "true 2D",
    "noise_5px": "+ N(0, 5 px)",
    "noise_10px": "+ N(0, 10 px)",
    "noise_15px": "+ N(0, 15 px)",
    "noise_20px": "+ N(0, 20 px)",
    "detected_2d": "detected",
}
_DIGITS: Final = {"pck_150mm": 3, "auc_150mm": 3, "mpjve_mm_s": 0, "occluded_over_clean": 2}


def digits(measure: str) -> int:
    """Digits behind the point that a measure is printed with."""
    return _DIGITS.get(measure, 1)


def suite_table(suite: Suite, run: Run) -> Table:
    """Rows of the suite: parameters at the published width, our figures, the paper's figures, samples seen."""
    paper = list(dict.fromkeys(key for line in suite.lines for key in line.paper))
    head = ["", "parameters, M", *(_column_name(*column) for column in suite.columns)]
    head += [f"paper: {_paper_name(key)}" for key in paper] + ["samples, M"]
    rows = [head]
    for line in suite.lines:
        row = run.get(line.row)
        cells = [_millions(row, "parameters_published_width", 2)]
        cells += [
            number(None if row is None else figure(row, condition, measure), digits(measure))
            for condition, measure in suite.columns
        ]
        cells += [number(line.paper.get(key), 2 if key == "parameters_m" else 1) for key in paper]
        rows.append([line.label, *cells, _millions(row, "samples", 2)])
    return Table(rows)


def measured_lines(suite: Suite, run: Run) -> int:
    """How many of the suite's rows the results have."""
    return sum(line.row in run for line in suite.lines)


def budget_words(run: Run) -> str:
    """What all rows of a run had in common, and where and when they were measured."""

    def span(key: str, unit: str = "", scale: float = 1.0, places: int = 0) -> str:
        values = sorted({round(row[key] / scale, places) for row in run.values()})
        texts = [f"{value:.{places}f}" for value in values]
        return (texts[0] if len(texts) == 1 else f"{texts[0]} to {texts[-1]}") + unit

    dates = sorted({row["date"] for row in run.values()})
    machines = sorted({f"{row['machine']}, {row.get('device', 'processor')}" for row in run.values()})
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    return (
        f"{len(run)} rows; {span('channels')} channels (1024 as published), "
        f"{span('samples', ' M samples', 1e6, 2)} each, batches of {span('batch')}, seed {span('seed')}; "
        f"{'; '.join(machines)}; {when}."
    )


def first_with(suite: Suite, runs: Sequence[Run]) -> list[Run]:
    """The runs that have two or more of the suite's rows: one alone compares nothing."""
    return [run for run in runs if measured_lines(suite, run) >= 2]


def _column_name(condition: str, measure: str) -> str:
    return f"{CONDITION_NAMES.get(condition, condition)}: {MEASURE_NAMES.get(measure, measure)}"


def _paper_name(key: str) -> str:
    return {"parameters_m": "parameters, M"}.get(key) or MEASURE_NAMES.get(key) or CONDITION_NAMES.get(key, key)


def _millions(row: Mapping[str, Any] | None, key: str, places: int) -> str:
    return number(None if row is None else row[key] / 1e6, places)
