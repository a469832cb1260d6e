"""python -m inference.evaluate lifter: measures the committed weights and joins the suites' ratios to their figures."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from ..errors import InferenceError
from ..lift.lifter import Lifter
from ..lift.weights import WEIGHTS_FOLDER, load_weights_info
from ..train.pack import read_pack
from .actions import pack_actions
from .film_run import film_figures
from .keys import Flat, flat_figures, flat_keys
from .lifter import evaluate_lifter
from .ratios import ratios, read_runs
from .results import where_and_when, write_json
from .views import LONG_SIDE_PX, View, make_views, person_height_px


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        runs = read_runs(options.results)
        path = options.data / "cmu17_test.npz"
        pack = read_pack(path)
        views = make_views(pack, frames=options.frames, seed=options.seed)
        print(f"{len(views)} clips, {sum(len(view.targets) for view in views)} frames", flush=True)
        shipped = {}
        for name in options.lifter or shipped_names():
            shipped[name] = _measure(name, views, pack_actions(path), pack.fps, options)
            _print_table(name, shipped[name])
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    keys = flat_keys(shipped, ratios(runs), runs)
    _print_keys(keys)
    facts = {
        "seed": options.seed,
        "clips": len(views),
        "frames": sum(len(view.targets) for view in views),
        "frames_a_clip": max(len(view.targets) for view in views),
        "long_side_px": LONG_SIDE_PX,
        "person_height_px": round(person_height_px(views), 1),
    }
    where = where_and_when("numpy", "onnxruntime")
    write_json(options.out / "lifter.json", {**facts, **keys, **flat_figures(shipped), **where})
    write_json(options.out / "lifter-full.json", {**facts, "keys": keys, "weights": shipped, **where})
    print(options.out / "lifter.json")
    return 0


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


def _print_keys(keys: Flat) -> None:
    for key in (key.removesuffix("_from") for key in keys if key.endswith("_from")):
        value = keys.get(key)
        print(f"{key:36} {'-' if value is None else f'{value:.3f}':>8}  {keys[f'{key}_from']}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference.evaluate", description=__doc__)
    parser.add_argument("what", choices=["lifter"])
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("POSE_DATA", ".")), help="folder of the pack")
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
