"""python -m inference.train: trains a lifter on packed motion capture."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import torch

from ..errors import InferenceError
from ..models.networks import PRESETS
from .pack import read_pack
from .schedule import PEAK_RATE
from .trainer import Trainer, TrainSettings


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    if options.minutes is None and options.steps is None:
        print("Give the length of the run with --minutes or --steps.", file=sys.stderr)
        return 2
    torch.set_num_threads(1)
    settings = TrainSettings(
        checkpoint=options.out, minutes=options.minutes, steps=options.steps, batch=options.batch,
        seed=options.seed, peak_rate=options.rate, bf16=not options.float32, workers=options.workers,
    )  # fmt: skip
    config = replace(PRESETS[options.preset], dropout=options.dropout, causal=options.causal, channels=options.channels)
    try:
        pack = read_pack(options.data / "cmu17_train.npz")
        trainer = Trainer(config, pack, settings, resume=options.resume, warm_start=options.warm_start)
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    for number in (signal.SIGINT, signal.SIGTERM):  # set anew, since a background shell job ignores SIGINT
        signal.signal(number, signal.default_int_handler)
    try:
        trainer.run(lambda line: print(line, flush=True))
    except KeyboardInterrupt:
        print(f"Stopped; go on with --resume from {options.out}.")
        return 3
    print(f"{options.out}: {trainer.progress.steps} steps, {trainer.progress.samples} windows.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference.train", description=__doc__)
    parser.add_argument("--preset", choices=sorted(PRESETS), default="L4xV2xN27")
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("POSE_DATA", ".")), help="folder of the pack")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint to write, .safetensors")
    parser.add_argument("--minutes", type=float, help="length of the run; the schedule is tied to it")
    parser.add_argument("--steps", type=int, help="length of the run in steps, instead or beside")
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    parser.add_argument("--warm-start", type=Path, metavar="ONNX", help="begin a new run with exported weights")
    parser.add_argument("--batch", type=int, default=512)
    parser.add_argument("--rate", type=float, default=PEAK_RATE, help="highest learning rate")
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--causal", action="store_true", help="target the last frame instead of the middle one")
    parser.add_argument("--channels", type=int, default=1024, help="width of the network")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="threads that share a batch")
    parser.add_argument("--float32", action="store_true", help="no bfloat16")
    return parser


if __name__ == "__main__":
    sys.exit(main())
