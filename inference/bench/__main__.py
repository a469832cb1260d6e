"""python -m inference.bench lifter | tune | relift | corrections: measures, and finds this machine's best settings."""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import BinaryIO

from ..errors import InferenceError
from ..files import write_whole
from ..lift.settings import DEVICES, RunSettings
from ..lift.tuning import TUNING_FILE, store_tuning
from ..lift.weights import DEFAULT_LIFTER, WEIGHTS_FOLDER, load_weights_info
from .lifter import Figures, bench_lifter, tune


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.what == "tune":
            return _tune(options.lifter, options.device)
        figures = _bench(options)
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    for key, value in figures.items():
        print(f"{key:38} {value if isinstance(value, str) else format(value, '.4g')}")
    write_report(options.out / f"{options.what}.json", figures)
    return 0


def write_report(path: Path, figures: Figures) -> None:
    """Writes figures with the machine, the date and the versions they hold for, as one flat object."""
    report: Figures = {
        **figures,
        "machine": f"{platform.system()} {platform.machine()}, {_processor()}",
        "date": datetime.date.today().isoformat(),
        "python": platform.python_version(),
        **{name: _version(name) for name in ("numpy", "onnxruntime", "torch")},
    }

    def write(file: BinaryIO) -> None:
        file.write((json.dumps(report, indent=1) + "\n").encode())

    write_whole(path, write)
    print(path)


def _bench(options: argparse.Namespace) -> Figures:
    def tell(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    # Imported where they are asked for: the training environment, where others run, has no OpenCV.
    if options.what == "relift":
        from .relift import bench_relift

        return bench_relift(tell)
    if options.what == "corrections":
        from .corrections import bench_corrections

        return bench_corrections(options.result, tell)
    return bench_lifter(options.out / "weights", tell)


def _tune(name: str, device: str) -> int:
    best = tune(name, RunSettings(device=device), WEIGHTS_FOLDER, print)
    store_tuning(load_weights_info(name), device, best)
    print(f"{name}: batch {best.batch}, {best.workers} at a time, {best.threads} threads each; kept in {TUNING_FILE}")
    return 0


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown processor"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference.bench", description=__doc__)
    parser.add_argument("what", choices=["lifter", "tune", "relift", "corrections"])
    parser.add_argument("--lifter", default=DEFAULT_LIFTER, help="weights to tune for")
    parser.add_argument("--device", default="auto", choices=DEVICES, help="device to tune for")
    parser.add_argument("--result", type=Path, default=Path("out/demo/film.npz"), help="of a film, for corrections")
    parser.add_argument("--out", type=Path, default=Path("out/bench"), help="folder of the report")
    return parser


if __name__ == "__main__":
    sys.exit(main())
