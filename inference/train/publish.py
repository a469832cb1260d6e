"""python -m inference.train.publish: turns a checkpoint into the weights that the program uses."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..errors import InferenceError
from ..lift.weights import WEIGHTS_FOLDER
from .checkpoint import load_average
from .export import export_onnx, write_metadata


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m inference.train.publish", description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--name", required=True, help="name under inference/weights/, such as atcn-27")
    parser.add_argument("--folder", type=Path, default=WEIGHTS_FOLDER)
    parser.add_argument("--float32", action="store_true", help="store the weights in single precision")
    options = parser.parse_args(arguments)
    try:
        network, progress = load_average(options.checkpoint)
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    path = options.folder / f"{options.name}.onnx"
    export_onnx(network, path, half=not options.float32, task=progress.task)
    write_metadata(network, progress, path.with_suffix(".json"))
    print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB, {progress.task}, {progress.samples} samples seen")
    return 0


if __name__ == "__main__":
    sys.exit(main())
