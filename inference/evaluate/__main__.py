"""python -m inference.evaluate lifter: measures the committed weights and writes one flat JSON of numbers."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from ..errors import InferenceError
from ..lift.lifter import Lifter
from ..train.pack import read_pack
from .lifter import evaluate_lifter


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        pack = read_pack(options.data / "cmu17_test.npz")
        lifter = Lifter(options.lifter, threads=options.threads)
        results = evaluate_lifter(lifter, pack, frames=options.frames, seed=options.seed, say=print)
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    _print_table(results)
    write_report(options.out / "lifter.json", {"lifter": options.lifter, "seed": options.seed, **results})
    return 0


def write_report(path: Path, results: dict[str, float | str]) -> None:
    """Writes measures with the machine, the date and the versions they hold for, as one flat object."""
    report: dict[str, float | str] = {
        **results,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "date": datetime.date.today().isoformat(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("numpy", "onnxruntime")},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".tmp")
    aside.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    aside.replace(path)
    print(path)


def _print_table(results: dict[str, float]) -> None:
    measures = [name.removeprefix("true_2d_") for name in results if name.startswith("true_2d_")]
    print(f"{'':20} {'true 2D':>10} {'detected':>10}")
    for measure in measures:
        print(f"{measure:20} {results[f'true_2d_{measure}']:10.1f} {results[f'detected_2d_{measure}']:10.1f}")
    print(f"{results['frames_per_second']:.0f} frames/s")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference.evaluate", description=__doc__)
    parser.add_argument("what", choices=["lifter"])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("POSE_DATA", ".")), help="folder of the pack")
    parser.add_argument("--out", type=Path, default=Path("out/evaluate"), help="folder of the reports")
    parser.add_argument("--lifter", default="atcn-27")
    parser.add_argument("--frames", type=int, default=60, help="frames of each clip, from its middle")
    parser.add_argument("--seed", type=int, default=2021)
    parser.add_argument("--threads", type=int, default=None)
    return parser


if __name__ == "__main__":
    sys.exit(main())
