"""The benchmark itself: rigs, motions, table."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import AddonError
from ..runtime import ROOT
from .measure import Samples, measure_rig, summary
from .motions import load_motions
from .rigs_at_hand import load_rig, rig_files


def bench_retarget(arguments: Sequence[str]) -> dict[str, object]:
    """Measure; `docs/retargeting.md` says what each figure means.

    Args:
        arguments: `--rigs`, `--motions`: words that keep some of them.

    Raises:
        AddonError: the motion capture is not there.
    """
    parser = argparse.ArgumentParser(prog="build.py bench retarget")
    parser.add_argument("--rigs", nargs="*", default=[])
    parser.add_argument("--motions", nargs="*", default=[])
    options = parser.parse_args(list(arguments))
    data = os.environ.get("POSE_DATA", "")
    if not data:
        raise AddonError("The motions come from motion capture: set POSE_DATA to the folder that holds it.")
    motions = load_motions(Path(data), options.motions)
    found: dict[str, Samples] = {}
    figures: dict[str, object] = {}
    for path in rig_files([ROOT / "samples" / "avatars", Path(data) / "rigs"], options.rigs):
        _, rig = load_rig(path)
        found[path.stem] = measure_rig(rig, motions)
        each = summary([found[path.stem]])
        figures |= {f"rigs/{path.stem}/{key}": value for key, value in each.items()}
        print(path.stem, {key: round(value, 2) for key, value in each.items()})
        for key, (value, where) in found[path.stem].worst.items():
            print(f"    {key:16} {value:8.3f}  {where}", flush=True)
    return {**summary(list(found.values())), **figures}
