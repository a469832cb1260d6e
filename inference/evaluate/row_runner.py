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
from numpy.typing import NDArray
from torch import nn

from ..errors import InferenceError
from ..joints import COUNT
from ..lift.normalise import SPINE, default_focal_px, image_rays
from ..models.atcn import parameter_count
from ..models.networks import PRESETS, NetworkConfig, build_network, config_to_dict
from ..train.checkpoint import Progress, load_average
from ..train.device import choose_device, device_words
from ..train.noise_choice import noise_named
from ..train.pack import MotionPack
from ..train.trainer import Trainer, TrainSettings
from .attention import attention_figures
from .conditions import CONDITIONS, DETECTED, track_rays
from .measures import measure_in_full
from .network_lifter import NetworkLifter, TrackEnhancer
from .rows import Row
from .views import DETECTOR, LONG_SIDE_PX, View, person_height_px

Say = Callable[[str], None]
_DETECTABLE = [joint for joint in range(COUNT) if joint != SPINE]  # detectors have no spine


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
        device: `cpu`, `cuda` or `auto`.
        feeders: threads that make batches.
    """

    samples: int
    channels: int = 256
    batch: int = 512
    seed: int = 1
    dropout: float = 0.0
    workers: int = 1
    minutes: float | None = None
    device: str = "cpu"
    feeders: int = 1


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
        seed=budget.seed, workers=budget.workers, device=budget.device, feeders=budget.feeders,
        noise=noise, **row.train,
    )  # fmt: skip


def train_row(row: Row, budget: Budget, pack: MotionPack, checkpoint: Path, say: Say) -> None:
    """Trains the row to its end, going on from its checkpoint if there is one."""
    settings = row_settings(row, budget, checkpoint)
    trainer = Trainer(row_config(row, budget), pack, settings, resume=checkpoint.is_file())
    if trainer.share_done() < 1.0:
        trainer.run(lambda line: say(f"{row.name}: {line}"))


def measure_row(
    row: Row, budget: Budget, test: MeasuredClips, checkpoints: Callable[[str], Path], say: Say
) -> dict[str, Any]:
    """The row's figures under every condition, with what they hold for.

    Args:
        checkpoints: where each row's training is kept, by name.
    """
    begun = time.monotonic()
    network, progress = load_average(checkpoints(row.weights_of or row.name))
    device = choose_device(budget.device)
    enhancer = None if row.enhance is None else TrackEnhancer(load_average(checkpoints(row.enhance))[0], device)
    if row.train.get("task") == "enhance":
        conditions = {DETECTED: _errors_2d(TrackEnhancer(network, device), test)}
    else:
        conditions = _lift_all(row, NetworkLifter(network, device), enhancer, test, say)
    return {
        **_training_facts(row, budget, network, progress),
        "clips": len(test.views),
        "frames": sum(len(view.targets) for view in test.views),
        "frames_a_clip": max(len(view.targets) for view in test.views),
        "view_seed": test.seed,
        "long_side_px": LONG_SIDE_PX,
        "person_height_px": round(person_height_px(list(test.views)), 1),
        "detector": DETECTOR,
        "flip_averaged": True,
        "evaluate_seconds": round(time.monotonic() - begun, 1),
        "torch": torch.__version__,
        "device": device_words(device),
        "conditions": conditions,
        "attention": attention_figures(network.cpu(), test.views, test.actions, test.seed),
    }


def _lift_all(
    row: Row, lifter: NetworkLifter, enhancer: TrackEnhancer | None, test: MeasuredClips, say: Say
) -> dict[str, Any]:
    truth = [view.truth_m for view in test.views]
    conditions = {}
    for condition in CONDITIONS:
        poses = []
        for number, view in enumerate(test.views):
            rays = track_rays(view, condition, test.seed, number)
            poses.append(lifter.lift(rays if enhancer is None else enhancer.clean(rays), view.targets))
        conditions[condition] = measure_in_full(poses, truth, test.fps, test.actions)
        say(f"{row.name}: {condition} N-MPJPE {conditions[condition]['n_mpjpe_mm']:.1f} mm")
    return conditions


def _errors_2d(enhancer: TrackEnhancer, test: MeasuredClips) -> dict[str, float]:
    """Mean distance of 2D joints from their truth, px, as a detector gives them and as the enhancer returns them."""
    given: list[NDArray[np.float32]] = []
    cleaned: list[NDArray[np.float32]] = []
    for view in test.views:
        focal = default_focal_px(view.size_px)
        rays = enhancer.clean(image_rays(view.detected_px, view.size_px, focal))
        for errors, track in ((given, view.detected_px), (cleaned, rays * focal + view.size_px / 2.0)):
            errors.append(np.linalg.norm(track - view.exact_px, axis=-1)[view.targets][:, _DETECTABLE])
    return {
        "error_2d_px_given": round(float(np.concatenate(given).mean()), 3),
        "error_2d_px": round(float(np.concatenate(cleaned).mean()), 3),
    }


def _training_facts(row: Row, budget: Budget, network: nn.Module, progress: Progress) -> dict[str, Any]:
    published = dataclasses.replace(network.config, channels=getattr(PRESETS[row.preset], "channels", budget.channels))
    with torch.device("meta"):  # only counted
        at_published_width = build_network(published)
    return {
        "row": row.name,
        "preset": row.preset,
        "noise": row.noise,
        "train": dict(row.train),
        "config": config_to_dict(network.config),
        "channels": network.config.channels,
        "parameters": parameter_count(network),
        "parameters_published_width": parameter_count(at_published_width),
        "samples": progress.samples,
        "steps": progress.steps,
        "batch": budget.batch,
        "seed": progress.seed,
        "train_seconds": round(progress.seconds, 1),
    }
