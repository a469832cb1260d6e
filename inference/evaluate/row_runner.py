"""Trains one row of a suite, and measures it; needs PyTorch."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from ..errors import InferenceError
from ..models.networks import PRESETS, NetworkConfig, build_network, config_to_dict
from ..train.checkpoint import Progress, load_average
from ..train.noise_choice import noise_named
from ..train.pack import MotionPack
from ..train.trainer import Trainer, TrainSettings
from .conditions import CONDITIONS, track_rays
from .measures import measure_in_full
from .network_lifter import NetworkLifter
from .rows import Row
from .views import LONG_SIDE_PX, View, person_height_px

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Budget:
    """What every row gets: samples (targets seen), width, and how the batches are made.

    Attributes:
        samples: targets to be seen.
        channels: C of every network; 1024 as published.
        batch: targets a step.
        seed: of weights and batches.
        dropout: of every network; none by default, since no sample is seen twice.
        workers: processor cores that share a batch.
        minutes: longest training of a row; one that is cut short says so by its samples.
    """

    samples: int
    channels: int = 256
    batch: int = 512
    seed: int = 1
    dropout: float = 0.0
    workers: int = 1
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class MeasuredClips:
    """The measured clips: views, frames per second and kinds of action, and the seed of cameras and noise."""

    views: Sequence[View]
    actions: Sequence[str]
    fps: float
    seed: int


def row_config(row: Row, budget: Budget) -> NetworkConfig:
    """The row's network shape at the budget's width.

    Raises:
        InferenceError: the networks have no such preset, field or value.
    """
    if row.preset not in PRESETS:
        raise InferenceError("no-preset", f"{row.name}: there is no preset '{row.preset}'.", "See networks.PRESETS.")
    preset = PRESETS[row.preset]
    for name, value in row.config.items():
        if not hasattr(preset, name) or type(getattr(preset, name)) is not type(value):
            kind = type(preset).__name__
            raise InferenceError("no-option", f"{row.name}: {kind} has no {name} = {value!r}.", "See its fields.")
    try:
        return dataclasses.replace(preset, channels=budget.channels, dropout=budget.dropout, **row.config)
    except ValueError as error:
        raise InferenceError("no-option", f"{row.name}: {error}", "Choose other --channels.") from error


def row_settings(row: Row, budget: Budget, checkpoint: Path) -> TrainSettings:
    """The row's training.

    Raises:
        InferenceError: training has no such option or noise.
    """
    known = {field.name for field in dataclasses.fields(TrainSettings)}
    unknown = [name for name in row.train if name not in known]
    if unknown:
        raise InferenceError("no-option", f"{row.name}: training has no option '{unknown[0]}'.", "See TrainSettings.")
    try:
        noise = noise_named(row.noise)
    except KeyError as error:
        raise InferenceError("no-noise", f"{row.name}: there is no noise '{row.noise}'.", "See NOISES.") from error
    return TrainSettings(
        checkpoint=checkpoint, samples=budget.samples, minutes=budget.minutes, batch=budget.batch,
        seed=budget.seed, workers=budget.workers, noise=noise, **row.train,
    )  # fmt: skip


def train_row(row: Row, budget: Budget, pack: MotionPack, checkpoint: Path, say: Say) -> None:
    """Trains the row to its end, going on from its checkpoint if there is one."""
    settings = row_settings(row, budget, checkpoint)
    trainer = Trainer(row_config(row, budget), pack, settings, resume=checkpoint.is_file())
    if trainer.share_done() < 1.0:
        trainer.run(lambda line: say(f"{row.name}: {line}"))


def measure_row(row: Row, budget: Budget, test: MeasuredClips, checkpoint: Path, say: Say) -> dict[str, Any]:
    """The row's figures under every condition, with what they hold for."""
    begun = time.monotonic()
    network, progress = load_average(checkpoint)
    lifter = NetworkLifter(network)
    truth = [view.truth_m for view in test.views]
    conditions = {}
    for condition in CONDITIONS:
        poses = [
            lifter.lift(track_rays(view, condition, test.seed, number), view.targets)
            for number, view in enumerate(test.views)
        ]
        conditions[condition] = measure_in_full(poses, truth, test.fps, test.actions)
        say(f"{row.name}: {condition} N-MPJPE {conditions[condition]['n_mpjpe_mm']:.1f} mm")
    return {
        **_training_facts(row, budget, network, progress),
        "clips": len(test.views),
        "frames": sum(len(poses) for poses in truth),
        "frames_a_clip": max(len(poses) for poses in truth),
        "view_seed": test.seed,
        "long_side_px": LONG_SIDE_PX,
        "person_height_px": round(person_height_px(list(test.views)), 1),
        "flip_averaged": True,
        "evaluate_seconds": round(time.monotonic() - begun, 1),
        "torch": torch.__version__,
        "conditions": conditions,
    }


def _training_facts(row: Row, budget: Budget, network: nn.Module, progress: Progress) -> dict[str, Any]:
    published = dataclasses.replace(network.config, channels=getattr(PRESETS[row.preset], "channels", budget.channels))
    return {
        "row": row.name,
        "preset": row.preset,
        "noise": row.noise,
        "train": dict(row.train),
        "config": config_to_dict(network.config),
        "channels": network.config.channels,
        "parameters": _count(network),
        "parameters_published_width": _count(build_network(published)),
        "samples": progress.samples,
        "steps": progress.steps,
        "batch": budget.batch,
        "seed": progress.seed,
        "train_seconds": round(progress.seconds, 1),
    }


def _count(network: nn.Module) -> int:
    return int(np.sum([parameter.numel() for parameter in network.parameters()]))
