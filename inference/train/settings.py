"""Every option of a training run, in one place."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .noise import NoiseModel
from .schedule import PEAK_RATE

TERMS: Final = ("project_2d", "velocity", "bone_direction", "bone_length", "tkcs")
"""Optional terms of a lifter's loss: fields of `TrainSettings` that hold their weights."""


@dataclass(frozen=True, slots=True)
class SemiSupervised:
    """Back-projection on data without a truth: Pavllo et al. (CVPR 2019), section 4.

    Attributes:
        share: of the pack's clips, taken as data without a truth; they then give no labelled batches.
        tracks: folder of results (.npz) whose 2D joints are used instead.
        projection: weight of the distance between projected pose and 2D input, metres at the person.
        bone_length: weight of the difference between both halves' mean bone lengths, metres.
        warmup_epochs: how often the labelled frames are seen before unlabelled ones count.
    """

    share: float = 0.5
    tracks: Path | None = None
    projection: float = 1.0
    bone_length: float = 1.0
    warmup_epochs: float = 1.0


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """One run. It ends after `minutes` of training, `steps` or `samples`, whichever is given, or comes first.

    Attributes:
        checkpoint: where weights, optimiser and progress are kept.
        samples: targets to be seen in this run, without those of the weights that it was begun with.
        batch: targets a step.
        task: what the network learns, a name in `tasks.TASKS`.
        noise: the detector's errors; None gives true 2D joints and the true focal length.
        balance: whether rare poses and movements are drawn more often than their share of the pack.
        vary: whether tempo, bone lengths and sides are varied and bodies mixed.
        chunk: windows that follow each other in a batch, for terms that look at movement.
        project_2d, velocity, bone_direction, bone_length, tkcs: weights of a lifter's terms beside MPJPE, each in the
            file of `losses` that bears its name; 0 leaves a term out. Cheng et al. give tkcs 0.01.
        semi: back-projection on unlabelled data, for networks that see windows.
        device: `cpu`, `cuda` or `auto`.
        bf16: whether matrix products run in bfloat16.
        workers: on a processor, threads that share each batch, one core each. They meet once a step, where PyTorch's
            own threads meet in every operation and wait for each other on a busy machine.
        feeders: threads that make batches ahead; the batches are the same for any number of them.
        report_s, save_s: seconds between lines of progress, and between checkpoints.
    """

    checkpoint: Path
    minutes: float | None = None
    steps: int | None = None
    samples: int | None = None
    batch: int = 512
    seed: int = 1
    peak_rate: float = PEAK_RATE
    task: str = "lift"
    noise: NoiseModel | None = field(default_factory=NoiseModel)
    balance: bool = False
    vary: bool = True
    chunk: int = 1
    project_2d: float = 0.0
    velocity: float = 0.0
    bone_direction: float = 0.0
    bone_length: float = 0.0
    tkcs: float = 0.0
    semi: SemiSupervised | None = None
    device: str = "cpu"
    bf16: bool = True
    workers: int = 1
    feeders: int = 1
    report_s: float = 30.0
    save_s: float = 180.0
