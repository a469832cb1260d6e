"""python -m inference.evaluate lifter: measures the committed weights and joins the suites' ratios to their figures."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from ..data.options import add_data, held_out_pack
from ..data.pose_file import read_poses
from ..errors import InferenceError
from ..lift.lifter import Lifter
from ..lift.weights import WEIGHTS_FOLDER, load_weights_info
from ..train.pack import read_pack
from .actions import pack_actions
from .dataset import evaluate_dataset, is_pack
from .film_run import film_figures
from .keys import Flat, flat_figures, flat_keys
from .lifter import evaluate_lifter
from .measures import PROTOCOLS
from .ratios import ratios, read_runs
from .results import where_and_when, write_json
from .views import DETECTOR, LONG_SIDE_PX, View, make_views, person_height_px


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.data.is_file() and not is_pack(options.data):
            _evaluate_dataset(options)
        else:
            _evaluate_pack(options)
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    return 0


def _evaluate_pack(options: argparse.Namespace) -> None:
    """Shipped weights on motion capture through virtual cameras, with the suites' ratios."""
    runs = read_runs(options.results)
    path = held_out_pack(options.data)
    pack = read_pack(path)
    views = make_views(pack, frames=options.frames, seed=options.seed)
    facts = {
        "seed": options.seed,
        "clips": len(views),
        "frames": sum(len(view.targets) for view in views),
        "frames_a_clip": max(len(view.targets) for view in views),
        "long_side_px": LONG_SIDE_PX,
        "person_height_px": round(person_height_px(views), 1),
        "detector": DETECTOR,
    }
    print(f"{facts['clips']} clips, {facts['frames']} frames", flush=True)
    shipped = {}
    for name in options.lifter or shipped_names():
        shipped[name] = _measure(name, views, pack_actions(path), pack.fps, options)
        _print_table(name, shipped[name])
    keys = flat_keys(shipped, ratios(runs), runs)
    _print_keys(keys)
    where = where_and_when("numpy", "onnxruntime")
    write_json(options.out / "lifter.json", {**facts, **keys, **flat_figures(shipped), **where})
    write_json(options.out / "lifter-full.json", {**facts, "keys": keys, "weights": shipped, **where})
    print(options.out / "lifter.json")


def _evaluate_dataset(options: argparse.Namespace) -> None:
    """Shipped weights on a dataset that `inference.data.convert` has converted: tables by action, and a JSON."""
    clips = read_poses(options.data)
    report: dict[str, Any] = {"dataset": options.data.stem, "weights": {}}
    for name in options.lifter or shipped_names():
        figures = evaluate_dataset(Lifter(name, threads=options.threads), clips)
        report["weights"][name] = figures
        for condition, measured in figures["conditions"].items():
            _print_actions(name, condition, measured)
    path = options.out / f"{options.data.stem}.json"
    write_json(path, {**report, **where_and_when("numpy", "onnxruntime")})
    print(path)


def shipped_names() -> list[str]:
    """All weights that lift, by name."""
    names = sorted(path.stem for path in WEIGHTS_FOLDER.glob("*.onnx"))
    return [name for name in names if _lifts(name)]


def _lifts(name: str) -> bool:
    try:
        load_weights_info(name)
    except InferenceError:
        return False
    return True


def _measure(
    name: str, views: list[View], actions: list[str], fps: float, options: argparse.Namespace
) -> dict[str, Any]:
    lifter = Lifter(name, threads=options.threads)
    info = lifter.info
    figures: dict[str, Any] = {"receptive_field": info.receptive_field, "causal": info.causal, "slides": info.slides}
    figures |= evaluate_lifter(lifter, views, actions, fps, options.seed)
    if options.film:
        try:
            figures["film"] = film_figures(name, options.out / "film")
        except InferenceError as error:
            figures["film"] = {"failed": f"{error.message} {error.hint}".strip()}
            print(figures["film"]["failed"], file=sys.stderr)
    return figures


def _print_table(name: str, figures: dict[str, Any]) -> None:
    true, detected = figures["conditions"]["true_2d"], figures["conditions"]["detected_2d"]
    print(f"{name:24} {'true 2D':>10} {'detected':>10}")
    for measure in (measure for measure, value in true.items() if isinstance(value, float)):
        print(f"  {measure:22} {true[measure]:10.2f} {detected[measure]:10.2f}")
    print(f"  {figures['frames_per_second']:.0f} frames/s", flush=True)


def _print_actions(name: str, condition: str, measured: dict[str, Any]) -> None:
    print(f"{name}, {condition:18} {'MPJPE':>8} {'P-MPJPE':>8} {'N-MPJPE':>8} {'MPJVE':>8} {'PCK':>6} {'AUC':>6}")
    for action, figures in [*measured["actions"].items(), ("all frames", measured)]:
        errors = " ".join(f"{figures[measure]:8.1f}" for measure in PROTOCOLS)
        speed = f"{figures.get('mpjve_mm_s', float('nan')):8.0f}"
        print(f"  {action:28} {errors} {speed} {figures['pck_150mm']:6.3f} {figures['auc_150mm']:6.3f}")


def _print_keys(keys: Flat) -> None:
    for key in (key.removesuffix("_from") for key in keys if key.endswith("_from")):
        value = keys.get(key)
        print(f"{key:36} {'-' if value is None else f'{value:.3f}':>8}  {keys[f'{key}_from']}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference.evaluate", description=__doc__)
    parser.add_argument("what", choices=["lifter"])
    add_data(parser, "folder of cmu17_test.npz, another pack, or a file of inference.data.convert")
    parser.add_argument("--out", type=Path, default=Path("out/evaluate"), help="folder of the reports")
    parser.add_argument("--lifter", nargs="+", metavar="NAME", help="these weights alone")
    parser.add_argument("--results", nargs="+", type=Path, metavar="JSON", help="suites' results, not docs/reports/")
    parser.add_argument("--no-film", dest="film", action="store_false", help="leave the sample film out")
    parser.add_argument("--frames", type=int, default=60, help="frames of each clip, from its middle")
    parser.add_argument("--seed", type=int, default=2021)
    parser.add_argument("--threads", type=int, default=None)
    return parser


if __name__ == "__main__":
    sys.exit(main())
