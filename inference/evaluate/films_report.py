"""`evaluate world` on films with truth: the promised figures beside the goals, and a row for each film."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ..errors import InferenceError
from ..lift.lifter import Lifter
from .films import detect_cases, read_films
from .films_measures import (
    BEFORE,
    LIFTER,
    REFINED,
    SMOOTHED,
    Figures,
    MeasuredCase,
    case_figures,
    identity_ok_pct,
    moving_gain,
    stage_figures,
)
from .smoothing_methods import OwnSmoothing
from .world_measures import true_acceleration

GOALS: Final[Mapping[str, tuple[str, str]]] = {
    "p_mpjpe_mm": (".1f", ""),
    "p_mpjpe_over_lifter": (".3f", "at most 0.90"),
    "p_mpjpe_over_detector": (".3f", "at most 0.60"),
    "root_error_pct": (".2f", "under 5, still camera"),
    "lean_deg": (".2f", "under 2, tilted camera"),
    "moving_camera_gain": (".2f", "at most 0.5"),
    "bone_length_change": (".4f", "0"),
    "foot_slide_mm": (".2f", "under 4"),
    "jitter_over_lifter": (".3f", "at most 0.5, smoothed"),
    "jitter_if_still": (".3f", "(that of whoever does not move at all)"),
    "lag_frames": (".2f", "at most 1, smoothed"),
    "punch_peak_kept": (".3f", "at least 0.95, smoothed"),
    "identity_ok_pct": (".0f", "at least 90"),
    "occluded_over_clean": (".2f", "at most 1.6"),
    "refine_fps": (".0f", "at least 300"),
}
"""Key -> how it is written, and what is wanted."""
_ROW: Final = (
    ("p_mpjpe_mm", ".1f"),
    ("p_mpjpe_before_mm", ".1f"),
    ("p_mpjpe_over_lifter", ".2f"),
    ("p_mpjpe_over_detector", ".2f"),
    ("root_error_pct", ".1f"),
    ("lean_deg", ".1f"),
    ("foot_slide_mm", ".1f"),
    ("followed", ".2f"),
    ("identity_ok", ".0f"),
)


def films_report(folder: Path, lifter: Lifter, results: Path, own: OwnSmoothing) -> dict[str, Any]:
    """All films of a folder, each through the whole program, measured.

    Args:
        folder: of films with their truth beside them.
        lifter: what lifts.
        results: folder for the program's results.
        own: the program's own smoothing.

    Returns:
        `keys`, the promised figures; `before`, those of the previous stage; `stages`; `clips`, a row for each person of
        each film; `moving`; `failed`, films in which somebody was not found.

    Raises:
        InferenceError: there are no films.
    """
    cases: list[MeasuredCase] = []
    failed: dict[str, str] = {}
    for film in read_films(folder):
        try:
            cases += [MeasuredCase(case, own) for case in detect_cases(film, lifter, results)]
        except InferenceError as error:
            failed[film.path.stem] = error.message
        print(film.path.stem, flush=True)
    return report_of(cases, failed, lifter)


def report_of(cases: Sequence[MeasuredCase], failed: Mapping[str, str], lifter: Lifter) -> dict[str, Any]:
    """`films_report` of measured cases."""
    stages = {stage: stage_figures(cases, stage) for stage in (LIFTER, BEFORE, REFINED, SMOOTHED)}
    moving = moving_gain(cases, lifter)
    ratio = stages[SMOOTHED]["acceleration_error_m_s2"] / stages[LIFTER]["acceleration_error_m_s2"]
    keys: Figures = {name: value for name, value in stages[REFINED].items() if name in GOALS}
    keys |= {name: stages[SMOOTHED][name] for name in ("lag_frames", "punch_peak_kept")}
    keys |= {
        "jitter_over_lifter": ratio,
        "jitter_if_still": true_acceleration([one.clip for one in cases]) / stages[LIFTER]["acceleration_error_m_s2"],
        "identity_ok_pct": identity_ok_pct(cases, tuple(failed)),
        "refine_fps": sum(len(one.clip.truth_m) for one in cases) / sum(one.seconds for one in cases),
    }
    if moving:
        known, blind = (sum(errors[k] for errors in moving.values()) for k in range(2))
        keys["moving_camera_gain"] = known / blind
    ratio = stages[BEFORE]["acceleration_error_m_s2"] / stages[LIFTER]["acceleration_error_m_s2"]
    before = {name: value for name, value in stages[BEFORE].items() if name in GOALS} | {"jitter_over_lifter": ratio}
    return {
        "films": len({one.case.truth.path for one in cases}),
        "cases": len(cases),
        "frames": sum(len(one.clip.truth_m) for one in cases),
        "keys": {name: keys[name] for name in GOALS if name in keys},
        "before": before,
        "stages": stages,
        "clips": [case_figures(one) for one in cases],
        "moving": {name: {"root_error_pct": a, "still_root_error_pct": b} for name, (a, b) in moving.items()},
        "failed": dict(failed),
    }


def films_tables(report: Mapping[str, Any]) -> str:
    """The promised figures, then the films, as Markdown."""
    lines = ["| on films | before | refined | wanted |", "|---|---:|---:|---|"]
    for key, (form, wanted) in GOALS.items():
        cells = [format(report[stage][key], form) if key in report[stage] else "" for stage in ("before", "keys")]
        lines.append(f"| {key} | {cells[0]} | {cells[1]} | {wanted} |")
    lines += ["", "| film | kind | " + " | ".join(key for key, _ in _ROW) + " |", "|---|---|" + "---:|" * len(_ROW)]
    for row in report["clips"]:
        written = (format(row[key], form) if key in row else "" for key, form in _ROW)
        lines.append(f"| {row['film']} | {row['kind']} | " + " | ".join(written) + " |")
    lines += [f"| {name} | failed: {said} |" for name, said in report["failed"].items()]
    lines += ["", "| moving camera | root error % | taken for still % |", "|---|---:|---:|"]
    for name, row in report["moving"].items():
        lines.append(f"| {name} | {row['root_error_pct']:.2f} | {row['still_root_error_pct']:.2f} |")
    return "\n".join(lines) + "\n"
