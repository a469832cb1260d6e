"""The benchmark itself: rigs, motions, table."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ....rigs.rest import RigRest
from ....rigs.sequence import PoseSequence
from ...errors import AddonError
from ...headless.importer import load_character
from ...headless.progress import Progress
from ...headless.round_trip import round_trip_figures
from ...runtime import ROOT, find_runtime
from .check import difference_mm
from .detection import autodetect
from .measure import Samples, measure_rig, summary
from .motions import load_motions
from .report import write_report
from .rigs_at_hand import load_rig, rig_files
from .sheets import sheets
from .speed import speed

SPEED_RIG, SPEED_MOTION, CHECK_MOTION = "child_makehuman", "salsa", "cartwheel"
TRIP_RIG, TRIP_MOTION, TRIP_FRAMES = "woman_mixamo", "walk", 40


def bench_retarget(arguments: Sequence[str]) -> dict[str, object]:
    """Measure; docs/retargeting.md says what each figure means.

    Args:
        arguments: `--rigs`, `--motions`: words that keep some of them; `--no-pictures`.

    Raises:
        AddonError: the motion capture is not there.
    """
    options = _parser().parse_args(list(arguments))
    data = os.environ.get("POSE_DATA", "")
    if not data:
        raise AddonError("The motions come from motion capture: set POSE_DATA to the folder that holds it.")
    motions = load_motions(Path(data), options.motions)
    files = rig_files([ROOT / "samples" / "avatars", Path(data) / "rigs"], options.rigs)
    samples: list[Samples] = []
    each: dict[str, dict[str, float]] = {}
    worst: dict[str, dict[str, tuple[float, str]]] = {}
    check = motions.get(CHECK_MOTION, next(iter(motions.values())))
    rests: dict[str, RigRest] = {}
    for path in files:
        character, rig = load_rig(path)
        rests[path.stem] = rig.rest
        samples.append(measure_rig(rig, motions))
        each[path.stem] = summary(samples[-1:]) | {"blender_mm_max": difference_mm(character, rig, check)}
        worst[path.stem] = samples[-1].worst
        print(f"{path.stem}: measured", file=sys.stderr, flush=True)
    whole = summary(samples) | {"blender_mm_max": max(row["blender_mm_max"] for row in each.values())}
    found, faults = autodetect(rests)
    for fault in faults:
        print(fault, file=sys.stderr)
    extra: dict[str, object] = {**found, **_speed(motions), **_round_trip(motions)}
    out = ROOT / "out" / "bench"
    write_report(out / "retarget.md", each, whole, worst, list(motions))
    if not options.no_pictures:
        with_mesh = [path for path in files if load_character(path).meshes]
        sheets(with_mesh, motions, out / "retarget", find_runtime(), Progress())
    return whole | extra | {f"rigs/{rig}/{key}": value for rig, row in each.items() for key, value in row.items()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="build.py bench retarget")
    parser.add_argument("--rigs", nargs="*", default=[], help="words in the names of the rigs to keep")
    parser.add_argument("--motions", nargs="*", default=[], help="motions to keep")
    parser.add_argument("--no-pictures", action="store_true", help="measure only")
    return parser


def _round_trip(motions: Mapping[str, PoseSequence]) -> dict[str, object]:
    motion = motions.get(TRIP_MOTION, next(iter(motions.values())))
    short = PoseSequence.from_joints(motion.joints[:TRIP_FRAMES], motion.fps)
    return round_trip_figures(_avatar(TRIP_RIG), short)


def _avatar(name: str) -> Path:
    return next(iter((ROOT / "samples" / "avatars").glob(f"{name}.*")))


def _speed(motions: Mapping[str, PoseSequence]) -> dict[str, float]:
    character, rig = load_rig(_avatar(SPEED_RIG))
    return speed(character, rig, motions.get(SPEED_MOTION, next(iter(motions.values()))))
