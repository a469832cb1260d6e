"""Compares ways of smoothing on true motion through the program's own chain: a table, a picture, a JSON beside it."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..data.options import add_data, held_out_pack
from ..errors import InferenceError
from ..files import write_text
from ..lift.lifter import Lifter
from ..lift.weights import DEFAULT_LIFTER
from . import plots
from .results import where_and_when, write_json
from .smoothing_clips import SmoothingClip, frames_of, read_clips
from .smoothing_measures import count_hits, measure_gaps, measure_smoothing
from .smoothing_methods import NONE, OWN, Candidate, OwnSmoothing, Spline, candidates, own_weights

Array = NDArray[np.float64]
_WEIGHTS: Final = {"filled frames count in full": 1.0, "hardly": None, "not at all": 0.0}
"""Of what was filled in, beside 1 for what was seen; None is the program's own."""
_COLUMNS: Final = (
    ("mpjpe_mm", "MPJPE mm", ".2f"),
    ("acceleration_error_m_s2", "acceleration error m/s²", ".2f"),
    ("rest_jitter_m_s2", "jitter at rest m/s²", ".2f"),
    ("hit_speed_kept", "hits keep", ".1%"),
    ("lag_frames", "lag frames", ".2f"),
    ("contact_late_frames", "contacts late frames", ".2f"),
    ("contact_slide_mm", "slide mm/frame", ".2f"),
)


def main(arguments: Sequence[str], own: OwnSmoothing, spline: Spline) -> int:
    """Command line of `build.py evaluate smoothing`; returns the exit code.

    Args:
        arguments: the words.
        own: the program's own smoothing.
        spline: what that is made of.
    """
    options = _parser().parse_args(arguments)
    try:
        _run(options, own, spline)
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    return 0


def _run(options: argparse.Namespace, own: OwnSmoothing, spline: Spline) -> None:
    path = held_out_pack(options.data)
    lifter = Lifter(options.lifter)
    clips = read_clips(path, lifter, options.seed)
    report: dict[str, Any] = {
        "clips": len(clips),
        "frames": frames_of(clips),
        "clean_frames": frames_of([clip for clip in clips if clip.clean]),
        "hits": count_hits(clips),
        "lifter": options.lifter,
        "seed": options.seed,
        "methods": {NONE: [{"strength": 0.0, **_rounded(measure_smoothing(clips, [clip.raw for clip in clips]))}]},
    }
    tried = candidates(own, spline)
    for name, candidate in tried.items():
        report["methods"][name] = [_measured(clips, candidate, strength, own) for strength in candidate.strengths]
    report["gaps"] = _gaps(read_clips(path, lifter, options.seed, gaps=True), own)
    report |= where_and_when("numpy", "scipy", "onnxruntime")
    write_json(options.out / "smoothing.json", report)
    text = table(report, {k: c.meaning for k, c in tried.items()})
    write_text(options.out / "smoothing.md", text)
    _draw(options.out / "smoothing.png", report)
    print(text)
    print(options.out / "smoothing.json")


def _measured(
    clips: Sequence[SmoothingClip], candidate: Candidate, strength: float, own: OwnSmoothing
) -> dict[str, float]:
    began = time.process_time()
    smoothed = [candidate.method(clip.raw, clip.times_s, _weights(clip, own), strength) for clip in clips]
    seconds = time.process_time() - began
    figures = measure_smoothing(clips, smoothed)
    return {"strength": strength, **_rounded(figures), "frames_per_second": round(frames_of(clips) / seconds)}


def _gaps(clips: Sequence[SmoothingClip], own: OwnSmoothing) -> dict[str, dict[str, float]]:
    """What the weight of filled frames does, over the frames in and next to gaps, by how much these count."""
    figures = {NONE: _rounded(measure_gaps(clips, [clip.raw for clip in clips]))}
    for name, weight in _WEIGHTS.items():
        smoothed = [own.smooth_paths(c.raw, c.times_s, own.DEFAULT_STRENGTH, _weights(c, own, weight)) for c in clips]
        figures[name] = _rounded(measure_gaps(clips, smoothed))
    return figures


def _weights(clip: SmoothingClip, own: OwnSmoothing, filled: float | None = None) -> Array:
    return own_weights(own, clip.found.astype(np.float64), clip.contact, filled)


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in figures.items()}


def table(report: dict[str, Any], meanings: dict[str, str]) -> str:
    """The figures as a Markdown table, a line for each strength of each method."""
    lines = ["| method | strength | " + " | ".join(title for _, title, _ in _COLUMNS) + " |"]
    lines.append("|---|---|" + "---|" * len(_COLUMNS))
    for name, rows in report["methods"].items():
        for row in rows:
            strength = f"{row['strength']:g} ({meanings[name]})" if name in meanings else "-"
            cells = [format(row[key], form) for key, _, form in _COLUMNS]
            lines.append(f"| {name} | {strength} | " + " | ".join(cells) + " |")
    lines += ["", "| around gaps | MPJPE mm | acceleration error m/s² |", "|---|---|---|"]
    lines += [
        f"| {name} | {row['mpjpe_mm']:.2f} | {row['acceleration_error_m_s2']:.2f} |"
        for name, row in report["gaps"].items()
    ]
    return "\n".join(lines) + "\n"


def _draw(path: Path, report: dict[str, Any]) -> None:
    series = {
        name: [(row["rest_jitter_m_s2"], 100.0 * row["hit_speed_kept"]) for row in rows]
        for name, rows in report["methods"].items()
    }
    plots.trade(path, series, "jitter left at rest, m/s²", "speed of hits kept, %", best=OWN)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="build.py evaluate smoothing", description=__doc__)
    add_data(parser, "cmu17_test.npz or its folder")
    parser.add_argument("--out", type=Path, default=Path("out/evaluate"), help="folder of the reports")
    parser.add_argument("--lifter", default=DEFAULT_LIFTER, help="weights by name")
    parser.add_argument("--seed", type=int, default=2021)
    return parser
