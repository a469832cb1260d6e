"""python -m inference.train: trains a lifter, a trajectory network or one that enhances the 2D track."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import torch

from ..data.options import add_data
from ..errors import InferenceError
from ..models.networks import PRESETS, NetworkConfig
from .device import DEVICES, device_words
from .noise_choice import NOISES, noise_named
from .packs import read_training_packs
from .schedule import PEAK_RATE
from .settings import TERMS, SemiSupervised, TrainSettings
from .tasks import TASKS
from .trainer import Trainer

_TRUTH_WORDS = {"true": True, "false": False}


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    if options.minutes is None and options.steps is None and options.samples is None:
        print("Give the length of the run with --samples, --steps or --minutes.", file=sys.stderr)
        return 2
    torch.set_num_threads(1)
    try:
        pack = read_training_packs(options.data)
        trainer = Trainer(
            network_config(options), pack, run_settings(options), resume=options.resume, warm_start=options.warm_start
        )
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    for number in (signal.SIGINT, signal.SIGTERM):  # set anew, since a background shell job ignores SIGINT
        signal.signal(number, signal.default_int_handler)
    print(f"{options.task} on the {device_words(trainer.device)}", flush=True)
    try:
        trainer.run(lambda line: print(line, flush=True))
    except KeyboardInterrupt:
        print(f"Stopped; go on with --resume from {options.out}.")
        return 3
    print(f"{options.out}: {trainer.progress.steps} steps, {trainer.progress.samples} samples.")
    return 0


def run_settings(options: argparse.Namespace) -> TrainSettings:
    """The run that the command line asks for."""
    return TrainSettings(
        checkpoint=options.out, minutes=options.minutes, steps=options.steps, samples=options.samples,
        batch=options.batch, seed=options.seed, peak_rate=options.rate, bf16=not options.float32,
        workers=options.workers, feeders=options.feeders, device=options.device,
        task=options.task, noise=noise_named(options.noise),
        balance=options.balance, vary=not options.no_vary, chunk=options.chunk,
        semi=_semi(options), **{name: getattr(options, name) for name in TERMS},
    )  # fmt: skip


def _semi(options: argparse.Namespace) -> SemiSupervised | None:
    if options.unlabelled_share is None and options.unlabelled is None:
        return None
    semi = SemiSupervised(tracks=options.unlabelled, warmup_epochs=options.warmup_epochs)
    return semi if options.unlabelled_share is None else replace(semi, share=options.unlabelled_share)


def network_config(options: argparse.Namespace) -> NetworkConfig:
    """The preset, with what the command line changes in it.

    Raises:
        InferenceError: the preset has no such field, or the field no such value.
    """
    config = PRESETS[options.preset]
    changes: dict[str, Any] = dict(_field_value(word) for word in options.set)
    given = {"dropout": options.dropout, "channels": options.channels, "causal": options.causal or None}
    changes |= {name: value for name, value in given.items() if value is not None}
    known = {field.name for field in fields(config)}
    for name in changes:
        if name not in known:
            raise InferenceError(
                "bad-option",
                f"The preset {options.preset} has no field '{name}'.",
                f"It has {', '.join(sorted(known))}.",
            )
    try:
        return replace(config, **changes)
    except (TypeError, ValueError) as error:
        raise InferenceError("bad-option", f"{options.preset}: {error}", "Change the option.") from error


def _field_value(word: str) -> tuple[str, object]:
    """`name=value` as a name and a truth word, an integer, a number or, failing those, the word itself."""
    name, _, text = word.partition("=")
    if text in _TRUTH_WORDS:
        return name, _TRUTH_WORDS[text]
    for kind in (int, float):
        try:
            return name, kind(text)
        except ValueError:
            continue
    return name, text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference.train", description=__doc__)
    add_data(parser, "folder of *_train.npz, or one pack")
    parser.add_argument("--task", choices=sorted(TASKS), default="lift")
    parser.add_argument("--out", type=Path, required=True, help="checkpoint to write, .safetensors")
    network = parser.add_argument_group("network")
    network.add_argument("--preset", choices=sorted(PRESETS), default="L4xV2xN27")
    network.add_argument("--channels", type=int, help="width of the network instead of the preset's")
    network.add_argument("--dropout", type=float, help="instead of the preset's")
    network.add_argument("--causal", action="store_true", help="target the last frame instead of the middle one")
    network.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="any field of the preset")
    length = parser.add_argument_group("length of the run, to which the schedule is tied (whichever comes first)")
    length.add_argument("--samples", type=int, help="targets to see: compare networks at equal samples")
    length.add_argument("--minutes", type=float)
    length.add_argument("--steps", type=int)
    begin = parser.add_argument_group("beginning")
    begin.add_argument("--resume", action="store_true", help="go on from the checkpoint")
    begin.add_argument("--warm-start", type=Path, metavar="ONNX", help="begin a new run with exported weights")
    begin.add_argument("--seed", type=int, default=1)
    batches = parser.add_argument_group("batches")
    batches.add_argument("--batch", type=int, default=512, help="targets a step")
    batches.add_argument("--noise", choices=NOISES, default="generic", help="the detector's errors")
    batches.add_argument("--balance", action="store_true", help="rare poses and movements are drawn more often")
    batches.add_argument("--no-vary", action="store_true", help="neither tempo nor bodies are varied")
    batches.add_argument("--chunk", type=int, default=1, help="windows that follow each other in a batch")
    _add_terms(parser)
    optimiser = parser.add_argument_group("optimiser and machine")
    optimiser.add_argument("--rate", type=float, default=PEAK_RATE, help="highest learning rate")
    optimiser.add_argument("--device", choices=DEVICES, default="cpu")
    optimiser.add_argument("--feeders", type=int, default=1, help="threads that make batches")
    optimiser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="threads that share a batch")
    optimiser.add_argument("--float32", action="store_true", help="no bfloat16")
    return parser


def _add_terms(parser: argparse.ArgumentParser) -> None:
    terms = parser.add_argument_group("terms of a lifter's loss beside the mean distance of the joints (0: left out)")
    for name in TERMS:
        terms.add_argument(f"--{name.replace('_', '-')}", type=float, default=0.0, metavar="WEIGHT")
    semi = parser.add_argument_group("data without a truth, projected back with a trajectory network beside the lifter")
    semi.add_argument("--unlabelled-share", type=float, metavar="SHARE", help="of the pack's clips")
    semi.add_argument("--unlabelled", type=Path, metavar="DIR", help="folder of results (.npz) of videos")
    semi.add_argument("--warmup-epochs", type=float, default=1.0, help="labelled data alone for so long")


if __name__ == "__main__":
    sys.exit(main())
