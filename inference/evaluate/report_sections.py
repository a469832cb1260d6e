"""What the report on the lifter says, from the figures kept in docs/reports/."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from . import plots
from .conditions import GAUSSIAN_PX, TRUE
from .document import Picture, Section, Table, number
from .keys import best_name
from .lifter import HIDDEN_S, HIDDEN_SHARE
from .ratios import Run, figure, ratios, read_runs
from .rows import read_suite, suite_names
from .suite_tables import CONDITION_NAMES, MEASURE_NAMES, budget_words, digits, first_with, suite_table

_GOALS: Final = Path(__file__).with_name("goals.json")
_WORDS: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("report_words.json").read_text(encoding="utf-8"))

ATTENTIVE: Final = ("atcn-27", "atcn-243", "atcn-243-causal")
"""Rows whose attention is drawn."""


def sections(reports: Path) -> list[Section]:
    """The report; pictures are written into `reports`.

    Raises:
        InferenceError: figures cannot be read.
    """
    runs = read_runs(sorted(reports.glob("lifter-suites*.json")))
    lifter = _optional(reports / "lifter.json")
    bench = _optional(reports / "lifter-bench.json")
    made = [Section("", [_WORDS["introduction"], *_where(lifter, runs)])]
    made += [Section("What it shows", [_goals(lifter, bench, runs)]), *_shipped(lifter, reports)]
    made += _suites(runs, reports)
    made.append(Section("How it is measured", _method(lifter, runs)))
    made.append(Section("Again", [text.format(suites=", ".join(suite_names())) for text in _WORDS["again"]]))
    notes = reports / "lifter-notes.md"
    if notes.is_file():
        made.append(Section("Notes", notes.read_text(encoding="utf-8").strip().split("\n\n")))
    return made


def _where(lifter: Mapping[str, Any], runs: Sequence[Run]) -> list[str]:
    said = [f"Suites: {budget_words(run)}" for run in runs]
    if lifter:
        said.insert(0, f"Shipped weights: {lifter['machine']}; {lifter['date']}; onnxruntime {lifter['onnxruntime']}.")
    return said


def _goals(lifter: Mapping[str, Any], bench: Mapping[str, Any], runs: Sequence[Run]) -> Table:
    """Every promised figure beside its goal and the paper's own."""
    rows = [["figure", "measured", "goal", "paper", "holds", "from"]]
    keys = lifter.get("keys", {})
    for goal in json.loads(_GOALS.read_text(encoding="utf-8")):
        value = keys.get(goal["key"], bench.get(goal["key"]))
        source = keys.get(f"{goal['key']}_from") or _bench_source(goal["key"], bench)
        least, most = goal.get("at_least"), goal.get("at_most")
        bar = f"at most {most:g}" if most is not None else f"at least {least:g}"
        holds = None if value is None else (value <= most if most is not None else value >= least)
        rows.append([goal["what"], number(value, 2), bar, "–", _yes(holds), str(source)])
    for ratio in ratios(runs):
        bar = "–" if ratio.goal is None else (f"at most {ratio.goal:g}" if ratio.goal != 1.0 else "below 1")
        holds = None if ratio.value is None or ratio.goal is None else _within(ratio.value, ratio.goal)
        rows.append([ratio.what, number(ratio.value, 3), bar, number(ratio.paper, 3), _yes(holds), ratio.source])
    return Table(rows)


def _bench_source(key: str, bench: Mapping[str, Any]) -> str:
    if not bench:
        return "not measured"
    missing = "" if key in bench else f"; GPU: {bench.get('gpu', 'not tried')}"
    return f"bench lifter, {bench['date']}{missing}"


def _within(value: float, goal: float) -> bool:
    return value < 1.0 if goal == 1.0 else value <= goal


def _yes(holds: bool | None) -> str:
    return "–" if holds is None else ("yes" if holds else "no")


def _shipped(lifter: Mapping[str, Any], reports: Path) -> list[Section]:
    weights: Mapping[str, Any] = lifter.get("weights", {})
    if not weights:
        return []
    measures = [name for name in MEASURE_NAMES if name in next(iter(weights.values()))["conditions"][TRUE]]
    rows = [["weights", "2D", *(MEASURE_NAMES[name] for name in measures), "frames/s"]]
    for name, figures in weights.items():
        for condition, measured in figures["conditions"].items():
            speed = number(figures["frames_per_second"], 0) if condition == TRUE else ""
            cells = [number(measured[measure], digits(measure)) for measure in measures]
            rows.append([name, CONDITION_NAMES[condition], *cells, speed])
    hidden = _WORDS["hidden"].format(share=100.0 * HIDDEN_SHARE, seconds=HIDDEN_S)
    best = best_name(weights)
    assert best is not None
    return [
        Section("Shipped weights", [Table(rows), hidden, *_film(weights)]),
        Section(f"By joint and by action: {best}", _details(best, weights[best]["conditions"], reports)),
    ]


def _film(weights: Mapping[str, Any]) -> list[str | Table]:
    films = {name: figures["film"] for name, figures in weights.items() if "p_mpjpe_mm" in figures.get("film", {})}
    if not films:
        return []
    columns = {
        "p_mpjpe_mm": "P-MPJPE, 13 joints",
        "detector_world_p_mpjpe_mm": "the detector's own 3D",
        "p_mpjpe_over_detector": "ratio",
        "mpjve_mm": "MPJVE, mm/s",
        "limb_direction_error_deg": "limb direction, °",
    }
    rows = [["sample film, whole program", *columns.values()]]
    for name, film in films.items():
        rows.append([name, *(number(film.get(key), 2 if "over" in key else 1) for key in columns)])
    return [Table(rows)]


def _details(name: str, conditions: Mapping[str, Any], reports: Path) -> list[str | Table | Picture]:
    joints = {CONDITION_NAMES[c]: figures["joints"]["n_mpjpe_mm"] for c, figures in conditions.items()}
    actions = {
        CONDITION_NAMES[c]: {kind: figures["n_mpjpe_mm"] for kind, figures in measured["actions"].items()}
        for c, measured in conditions.items()
    }
    rows = [["action", "clips", *(f"{MEASURE_NAMES[m]}, {CONDITION_NAMES[c]}" for c in conditions for m in _SHORT)]]
    for kind, figures in conditions[TRUE]["actions"].items():
        cells = [number(conditions[c]["actions"][kind][m], digits(m)) for c in conditions for m in _SHORT]
        rows.append([kind, str(figures["clips"]), *cells])
    return [
        Picture(plots.bars(reports / "lifter-joints.png", joints, "N-MPJPE, mm"), f"{name}: error by joint"),
        Picture(plots.bars(reports / "lifter-actions.png", actions, "N-MPJPE, mm"), f"{name}: error by action"),
        Table(rows),
    ]


_SHORT: Final = ("n_mpjpe_mm", "p_mpjpe_mm")


def _suites(runs: Sequence[Run], reports: Path) -> list[Section]:
    made = []
    for name in suite_names():
        suite = read_suite(name)
        fitting = first_with(suite, runs)
        if not fitting:
            continue
        blocks: list[str | Table | Picture] = [suite.question]
        for run in fitting:
            blocks += [f"{_width(run)} channels, mm:", suite_table(suite, run)]
        made.append(Section(suite.title, [*blocks, *suite.notes, *_picture(name, fitting[0], reports)]))
    return made + _attention(runs, reports)


def _picture(suite: str, run: Run, reports: Path) -> list[Picture]:
    """The suite's plot, where a curve says more than its table."""
    if suite == "table11":
        series = {row: _noise_curve(run[row]) for row in run if row in _NOISE_ROWS}
        path = plots.lines(reports / "lifter-noise.png", series, "noise, px", "P-MPJPE, mm")
        return [Picture(path, "Error over the noise of the 2D joints, trained on true 2D")]
    if suite == "table1":
        series = {}
        for label, pattern in (
            ("VideoPose3D", "videopose3d-{}"),
            ("ATCN+MDC", "atcn-{}"),
            ("causal", "atcn-{}-causal"),
        ):
            points = [(n, run[pattern.format(n)]) for n in (27, 81, 243) if pattern.format(n) in run]
            values = [(float(n), value) for n, row in points if (value := figure(row, TRUE, "n_mpjpe_mm")) is not None]
            if values:
                series[label] = values
        path = plots.lines(reports / "lifter-frames.png", series, "frames", "N-MPJPE, mm")
        return [Picture(path, "Error over the receptive field, true 2D")]
    return []


_NOISE_ROWS: Final = ("videopose3d-243", "atcn-243", "videopose3d-27", "atcn-27")


def _noise_curve(row: Mapping[str, Any]) -> list[tuple[float, float]]:
    levels = {TRUE: 0.0, **GAUSSIAN_PX}
    errors = {px: figure(row, condition, "p_mpjpe_mm") for condition, px in levels.items()}
    return [(px, error) for px, error in errors.items() if error is not None]


def _attention(runs: Sequence[Run], reports: Path) -> list[Section]:
    rows = {name: row["attention"] for run in reversed(runs) for name, row in run.items() if row.get("attention")}
    blocks: list[str | Table | Picture] = []
    shares = [["share of branches", "block", "1", "2", "3"]]
    for name in (name for name in ATTENTIVE if name in rows):
        path = plots.attention(reports / f"lifter-attention-{name}.png", rows[name]["windows"])
        blocks.append(Picture(path, f"{name}: likeness of frames, weights of each block's tensors, and their product"))
        for block, branches in enumerate(rows[name]["branches"], start=1):
            if len(branches) == 3:
                shares.append([name, str(block), *(number(share, 2) for share in branches)])
    return [Section("Attention", [_WORDS["attention"], *blocks, Table(shares)])] if blocks else []


def _method(lifter: Mapping[str, Any], runs: Sequence[Run]) -> list[str]:
    example = next(iter(runs[0].values())) if runs else lifter
    facts = {"frames": example.get("frames_a_clip", 60), "clips": example.get("clips", "–")}
    facts |= {"side": example.get("long_side_px", 1000.0), "height": example.get("person_height_px", "–")}
    return [text.format(**facts) for text in _WORDS["method"]]


def _width(run: Run) -> int:
    return int(max(row["channels"] for row in run.values()))


def _optional(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return figures
