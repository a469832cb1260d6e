"""Measures what happens between lifter and result: pose, path, lean, feet, jitter, occlusion; and the sample film."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ..clip import place_clip
from ..data.options import add_data, held_out_pack
from ..errors import InferenceError
from ..files import write_text
from ..lift.lifter import Lifter
from ..lift.weights import DEFAULT_LIFTER
from ..refine.settings import DEFAULT, PREVIOUS, RefineSettings
from ..train.pack import read_pack
from .films_report import films_report, films_tables
from .lean import lean_figures, lean_rows, lean_table
from .moving import moving_figures, moving_table
from .results import where_and_when, write_json
from .smoothing_limit import best_filter_error
from .smoothing_methods import OwnSmoothing, smoothed_by_default
from .weightings import WEIGHTINGS, row_head, row_of
from .world_clips import CONDITIONS, OCCLUDED, PLAIN, TILTED, WorldClip, read_world_clips
from .world_film import FilmClip, Stage, film_stage_figures, read_film
from .world_measures import (
    as_smoothing,
    contact_figures,
    hidden_error_mm,
    motion_figures,
    path_figures,
    pose_figures,
    true_acceleration,
    with_true_path,
)

Figures = dict[str, float]

LIFTER, REFINED, SMOOTHED = "lifter alone", "refined", "refined, smoothed"
_COLUMNS: Final = (
    ("p_mpjpe_mm", ".1f"),
    ("n_mpjpe_mm", ".1f"),
    ("root_error_pct", ".2f"),
    ("root_end_error_pct", ".2f"),
    ("lean_deg", ".2f"),
    ("lean_all_deg", ".2f"),
    ("bone_length_change", ".3f"),
    ("foot_slide_mm", ".2f"),
    ("foot_height_error_mm", ".1f"),
    ("contact_auc", ".3f"),
    ("contact_f1", ".3f"),
    ("acceleration_error_m_s2", ".2f"),
    ("true_acceleration_m_s2", ".2f"),
    ("best_filter_error_m_s2", ".2f"),
    ("lag_frames", ".2f"),
    ("punch_peak_kept", ".3f"),
    ("occluded_over_clean", ".3f"),
    ("film_p_mpjpe_over_detector", ".3f"),
    ("film_p_mpjpe_17_mm", ".1f"),
    ("film_limb_direction_error_deg", ".1f"),
    ("frames_per_second", ".0f"),
)


def stage_of(settings: RefineSettings) -> Stage:
    """The program's refinement with these steps."""
    return lambda clip: place_clip(clip.track, clip.joints_2d, clip.lifted, None, settings)


STAGES: Final[Mapping[str, Stage]] = {
    "before": stage_of(PREVIOUS),
    "+ usual build": stage_of(replace(PREVIOUS, own_build=DEFAULT.own_build)),
    "+ detector's 3D": stage_of(replace(PREVIOUS, own_build=DEFAULT.own_build, blend=True)),
    "+ calm path": stage_of(replace(DEFAULT, weighting=None, hold_feet=False)),
    "+ match image": stage_of(replace(DEFAULT, hold_feet=False)),
    REFINED: stage_of(DEFAULT),
}
"""What is compared, step by step, from the stage before to the program's own, which also holds feet."""


def main(arguments: Sequence[str], own: OwnSmoothing) -> int:
    """Command line of `build.py evaluate world`; returns the exit code.

    Args:
        arguments: the words.
        own: the program's own smoothing, which comes after the refinement.
    """
    options = _parser().parse_args(arguments)
    try:
        report = _run(options, own)
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    path = options.out / ("world-films.json" if options.films_alone else "world.json")
    write_json(path, report)
    text = tables(report)
    write_text(path.with_suffix(".md"), text)
    print(text)
    print(path)
    return 0


def _run(options: argparse.Namespace, own: OwnSmoothing) -> dict[str, Any]:
    lifter = Lifter(options.lifter)
    where = {"lifter": options.lifter, "seed": options.seed, **where_and_when("numpy", "scipy", "onnxruntime")}
    if options.films is None:
        return {**_on_motion_capture(options, lifter, own), **where}
    films = films_report(options.films, lifter, options.out / "films", own)
    report = {**films["keys"], "films": films, **where}
    if options.films_alone:
        return report
    return {**report, "motion_capture": _on_motion_capture(options, lifter, own)}


def _on_motion_capture(options: argparse.Namespace, lifter: Lifter, own: OwnSmoothing) -> dict[str, Any]:
    """Everything that motion capture through virtual cameras and the sample film tell."""
    path = held_out_pack(options.data)
    numbers = None if options.every == 1 else range(0, len(read_pack(path)), options.every)
    clips = {name: read_world_clips(path, lifter, options.seed, name, numbers) for name in CONDITIONS}
    film = read_film(lifter, options.out / "film")
    stages: dict[str, Figures] = {LIFTER: measure_lifter(clips)}
    for name, stage in STAGES.items():
        stages[name] = {**measure_stage(clips, stage), **film_stage_figures(film, stage)}
        print(name, flush=True)
    moving = moving_figures(lifter, options.out / "film", options.seed)
    stages[SMOOTHED] = measure_smoothed(clips[PLAIN], STAGES[REFINED], own)
    return {
        "clips": len(clips[PLAIN]),
        "frames": sum(len(clip.lifted) for clip in clips[PLAIN]),
        **flat_keys(stages),
        "moving_camera_gain": max(row["gain"] for row in moving.values() if "gain" in row),
        "moving": moving,
        "stages": stages,
        "leans": lean_rows(clips[TILTED]),
        "weightings": measure_weightings(clips[PLAIN], film),
    }


def tables(report: Mapping[str, Any]) -> str:
    """All that was measured, as Markdown."""
    texts = [films_tables(report["films"])] if "films" in report else []
    captured = report.get("motion_capture", report)
    if "stages" in captured:
        texts += [table(captured["stages"]), lean_table(captured["leans"])]
        texts += [weighting_table(captured["weightings"]), moving_table(captured["moving"])]
    return "\n".join(texts)


def measure_lifter(clips: Mapping[str, Sequence[WorldClip]]) -> Figures:
    """The lifter's poses as they are; where a path is needed, on the true one. Clips by condition."""
    plain, occluded = clips[PLAIN], clips[OCCLUDED]
    poses = [clip.alone for clip in plain]
    hidden = [clip.hidden for clip in occluded]
    return {
        **pose_figures(plain, poses),
        **motion_figures(plain, [with_true_path(clip) for clip in plain]),
        "true_acceleration_m_s2": true_acceleration(plain),
        "occluded_over_clean": hidden_error_mm(occluded, [clip.alone for clip in occluded], hidden)
        / hidden_error_mm(plain, poses, hidden),
    }


def measure_stage(clips: Mapping[str, Sequence[WorldClip]], stage: Stage) -> Figures:
    """All figures of one way to refine; clips by condition. Lean is that under tilted cameras."""
    plain, occluded = clips[PLAIN], clips[OCCLUDED]
    began = time.perf_counter()
    placed = [stage(clip) for clip in plain]
    seconds = time.perf_counter() - began
    joints = [one.joints_camera_m for one in placed]
    hidden = [clip.hidden for clip in occluded]
    behind = [stage(clip).joints_camera_m for clip in occluded]
    return {
        **pose_figures(plain, joints),
        **path_figures(plain, placed),
        **lean_figures(clips[TILTED], [stage(clip) for clip in clips[TILTED]]),
        **motion_figures(plain, joints),
        **contact_figures(plain, placed),
        "occluded_over_clean": hidden_error_mm(occluded, behind, hidden) / hidden_error_mm(plain, joints, hidden),
        "frames_per_second": sum(len(one) for one in joints) / seconds,
    }


def measure_smoothed(clips: Sequence[WorldClip], stage: Stage, own: OwnSmoothing) -> Figures:
    """Pose and motion after the program's own smoothing at its default strength, and what no filter can better."""
    refined, smoothed = [], []
    for clip in clips:
        placed, confidence = stage(clip), clip.joints_2d.confidence
        refined.append(replace(as_smoothing(clip), raw=placed.joints_camera_m))
        smoothed.append(
            smoothed_by_default(own, placed.joints_camera_m, clip.track.times_s, confidence, placed.contact)
        )
    return {
        **pose_figures(clips, smoothed),
        **motion_figures(clips, smoothed),
        "best_filter_error_m_s2": best_filter_error(refined),
    }


def measure_weightings(clips: Sequence[WorldClip], film: FilmClip) -> list[dict[str, Any]]:
    """Lifted poses matched to the image by each rule, feet free; the first row is without."""
    rows: list[dict[str, Any]] = []
    for weighting in (None, *WEIGHTINGS):
        stage = stage_of(replace(DEFAULT, blend=False, weighting=weighting, hold_feet=False))
        figures = pose_figures(clips, [stage(clip).joints_camera_m for clip in clips])
        rows.append({**row_of(weighting), **figures, **film_stage_figures(film, stage)})
    return rows


def weighting_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rules under each other, as Markdown."""
    lines = [
        "| weight | parameter | N-MPJPE mm | P-MPJPE mm | film, over the detector's |",
        "|---|---:|---:|---:|---:|",
    ]
    for row in rows:
        cells = f"{row['n_mpjpe_mm']:.2f} | {row['p_mpjpe_mm']:.2f} | {row['film_p_mpjpe_over_detector']:.3f}"
        lines.append(f"{row_head(row)} {cells} |")
    return "\n".join(lines) + "\n"


def flat_keys(stages: Mapping[str, Figures]) -> Figures:
    """The promised figures, those of the last stage beside the lifter's."""
    alone, refined, smoothed = stages[LIFTER], stages[REFINED], stages[SMOOTHED]
    acceleration = "acceleration_error_m_s2"
    return {
        "p_mpjpe_mm": refined["p_mpjpe_mm"],
        "p_mpjpe_over_lifter": refined["p_mpjpe_mm"] / alone["p_mpjpe_mm"],
        "root_error_pct": refined["root_error_pct"],
        "lean_deg": refined["lean_deg"],
        "lean_all_deg": refined["lean_all_deg"],
        "bone_length_change": refined["bone_length_change"],
        "foot_slide_mm": refined["foot_slide_mm"],
        **{name: refined[name] for name in ("foot_height_error_mm", "contact_auc", "contact_f1")},
        "jitter_over_lifter": smoothed[acceleration] / alone[acceleration],
        "jitter_if_still": alone["true_acceleration_m_s2"] / alone[acceleration],
        "jitter_at_best": smoothed["best_filter_error_m_s2"] / alone[acceleration],
        "jitter_before_smoothing": refined[acceleration] / alone[acceleration],
        "lag_frames": smoothed["lag_frames"],
        "punch_peak_kept": smoothed["punch_peak_kept"],
        "occluded_over_clean": refined["occluded_over_clean"],
        "refine_fps": refined["frames_per_second"],
    }


def table(stages: Mapping[str, Figures]) -> str:
    """The stages side by side, as Markdown."""
    names = list(stages)
    lines = ["| | " + " | ".join(names) + " |", "|---|" + "---:|" * len(names)]
    for key, form in _COLUMNS:
        cells = [format(stages[name][key], form) if key in stages[name] else "" for name in names]
        lines.append(f"| {key} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="build.py evaluate world", description=__doc__)
    add_data(parser, "cmu17_test.npz or its folder")
    parser.add_argument("--films", type=Path, help="folder of samples/make_world_films.py; its figures come first")
    parser.add_argument("--films-alone", action="store_true", help="leave the motion capture out: world-films.json")
    parser.add_argument("--out", type=Path, default=Path("out/evaluate"), help="folder of the reports")
    parser.add_argument("--lifter", default=DEFAULT_LIFTER, help="weights by name")
    parser.add_argument("--every", type=int, default=1, help="take every so many clips only")
    parser.add_argument("--seed", type=int, default=2021)
    return parser
