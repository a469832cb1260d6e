"""The training loop."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from ..models.networks import NetworkConfig, build_network
from ..models.normalisation import set_momentum
from .batches import CHUNK_SPACING, batch_for
from .checkpoint import Progress, load_checkpoint, save_checkpoint
from .export import load_weights, samples_seen
from .feeders import fed
from .noise import NoiseModel
from .pack import MotionPack
from .ranger import Ranger
from .schedule import PEAK_RATE, learning_rate, norm_momentum

_AVERAGE_EVERY = 4
_AVERAGE_KEEP = 0.996


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """One run. It ends after `minutes` of training, `steps` or `samples`, whichever is given, or comes first.

    Attributes:
        checkpoint: where weights, optimiser and progress are kept.
        samples: targets to be seen in this run, without those of the weights that it was begun with.
        batch: targets a step.
        bf16: whether matrix products run in bfloat16.
        workers: threads that share each batch, one processor core each. They meet once a step, where PyTorch's own
            threads meet in every operation and wait for each other on a busy machine.
        feeders: threads that make batches ahead; the batches are the same for any number of them.
        noise: the detector's errors; None gives true 2D joints and the true focal length.
        report_s, save_s: seconds between lines of progress, and between checkpoints.
    """

    checkpoint: Path
    minutes: float | None = None
    steps: int | None = None
    samples: int | None = None
    batch: int = 512
    seed: int = 1
    peak_rate: float = PEAK_RATE
    bf16: bool = True
    workers: int = 1
    feeders: int = 1
    report_s: float = 30.0
    save_s: float = 180.0
    noise: NoiseModel | None = field(default_factory=NoiseModel)


class Trainer:
    """A network in training.

    Args:
        config: shape of the network.
        pack: the motion it learns from.
        settings: see `TrainSettings`.
        resume: take up the run of `settings.checkpoint`.
        warm_start: begin a new run with these exported weights (.onnx) instead of random ones; half precision will do.
    """

    def __init__(
        self,
        config: NetworkConfig,
        pack: MotionPack,
        settings: TrainSettings,
        *,
        resume: bool = False,
        warm_start: Path | None = None,
    ) -> None:
        torch.manual_seed(settings.seed)
        self.pack, self.settings = pack, settings
        self.network = build_network(config)
        if warm_start is not None:
            load_weights(self.network, warm_start)
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.optimiser = Ranger(self.network.named_parameters())
        self.replicas = [self.network, *(_sharing_copy(self.network) for _ in range(settings.workers - 1))]
        self._pool = ThreadPoolExecutor(settings.workers) if settings.workers > 1 else None
        seen = samples_seen(warm_start) if warm_start is not None else 0
        self.progress = Progress(samples=seen, inherited=seen, seed=settings.seed)
        if resume:
            self.progress = load_checkpoint(settings.checkpoint, self.network, self.average, self.optimiser)

    def share_done(self) -> float:
        """Progress of the run, 0..1."""
        shares = [0.0]
        if self.settings.minutes is not None:
            shares.append(self.progress.seconds / (60.0 * self.settings.minutes))
        if self.settings.steps is not None:
            shares.append(self.progress.steps / self.settings.steps)
        if self.settings.samples is not None:
            shares.append((self.progress.samples - self.progress.inherited) / self.settings.samples)
        return max(shares)

    def run(self, say: Callable[[str], None] = print, stop_after: int | None = None) -> list[float]:
        """Trains to the end of the run, or for `stop_after` steps of it. Returns each step's loss in metres."""
        make = partial(batch_for, self.network.config, self.pack, self.settings.batch, noise=self.settings.noise)
        batches = fed(make, self.progress.seed, self.progress.steps, self.settings.feeders)
        losses: list[float] = []
        reported = saved = last = time.monotonic()
        done_before, self._reported_samples = 0, self.progress.samples
        try:
            while self.share_done() < 1.0 and (stop_after is None or len(losses) < stop_after):
                batch = next(batches)
                losses.append(self.step(torch.from_numpy(batch.inputs), torch.from_numpy(batch.targets)))
                now = time.monotonic()
                self.progress.seconds += now - last
                last = now
                if now - reported >= self.settings.report_s:
                    say(self._line(losses[done_before:], now - reported))
                    reported, done_before, self._reported_samples = now, len(losses), self.progress.samples
                if now - saved >= self.settings.save_s:
                    self.save()
                    saved = now
        finally:
            batches.close()
            self.save()
        return losses

    def step(self, inputs: Tensor, targets: Tensor) -> float:
        """One optimiser step on a batch; returns its MPJPE in metres.

        Args:
            inputs: (N, F, 34) windows, or (N, T, 34) stretches for a network that slides.
            targets: (N, 17, 3), or (N, k, 17, 3) where a stretch has several targets.
        """
        share = self.share_done()
        for replica in self.replicas:
            replica.train()
            replica.zero_grad(set_to_none=True)
            set_momentum(replica, norm_momentum(share))
        parts = zip(self.replicas, inputs.chunk(len(self.replicas)), targets.chunk(len(self.replicas)), strict=True)
        if self._pool is None:
            losses = [self._gradients(*part) for part in parts]
        else:
            losses = list(self._pool.map(lambda part: self._gradients(*part), parts))
            self._join_gradients()
        self.optimiser.step(learning_rate(share, self.settings.peak_rate))
        self.progress.steps += 1
        self.progress.samples += targets.shape[:-2].numel()
        if self.progress.steps % _AVERAGE_EVERY == 0:
            self._update_average()
        return sum(losses) / len(losses)

    def _gradients(self, replica: nn.Module, inputs: Tensor, targets: Tensor) -> float:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.settings.bf16):
            poses = replica.slide(inputs, CHUNK_SPACING) if targets.ndim == 4 else replica(inputs)
        loss = torch.linalg.vector_norm(poses.float() - targets, dim=-1).mean()
        loss.backward()
        return float(loss.detach())

    def _join_gradients(self) -> None:
        """Puts the mean of the replicas' gradients onto the network."""
        mine, *others = ([p.grad for p in replica.parameters() if p.grad is not None] for replica in self.replicas)
        for theirs in others:
            torch._foreach_add_(mine, theirs)
        torch._foreach_mul_(mine, 1.0 / len(self.replicas))

    def save(self) -> None:
        """Writes the checkpoint."""
        save_checkpoint(self.settings.checkpoint, self.network, self.average, self.optimiser, self.progress)

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def _update_average(self) -> None:
        # A short memory at first, or the average would drag the untrained weights along.
        keep = min(_AVERAGE_KEEP, 1.0 - 1.0 / (1.0 + self.progress.steps / (10.0 * _AVERAGE_EVERY)))
        ours, theirs = self.average.state_dict(), self.network.state_dict()
        floats = [name for name, value in ours.items() if value.is_floating_point()]
        torch._foreach_lerp_([ours[name] for name in floats], [theirs[name] for name in floats], 1.0 - keep)

    def _line(self, losses: list[float], seconds: float) -> str:
        done = self.share_done()
        left = self.progress.seconds * (1.0 - done) / max(done, 1e-9)
        rate = (self.progress.samples - self._reported_samples) / seconds
        return (
            f"{100 * done:5.1f} %  step {self.progress.steps}  {self.progress.samples / 1e6:.2f} M samples  "
            f"{rate:.0f} samples/s  loss {1000 * sum(losses) / len(losses):.1f} mm  "
            f"rate {learning_rate(done, self.settings.peak_rate):.1e}  {left / 60:.0f} min left"
        )


def _sharing_copy(network: nn.Module) -> nn.Module:
    """A copy with gradients and statistics of its own, whose weights are those of `network` themselves."""
    twin = copy.deepcopy(network)
    for ours, theirs in zip(twin.parameters(), network.parameters(), strict=True):
        ours.data = theirs.data
    return twin
