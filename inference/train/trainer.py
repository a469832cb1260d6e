"""The training loop."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ..models.networks import NetworkConfig, build_network
from ..models.normalisation import set_momentum
from ..models.peer_configs import TrajectoryConfig
from .checkpoint import Progress, load_checkpoint, part, save_checkpoint
from .critic import Critic
from .device import choose_device, random_state, set_random_state, to_device
from .export import load_weights, samples_seen
from .feeders import fed
from .objective import Objective, Outcome
from .pack import MotionPack
from .ranger import Ranger
from .schedule import learning_rate, norm_momentum
from .settings import TrainSettings
from .sources import BatchSource
from .tasks import TASKS, Fields

__all__ = ["TrainSettings", "Trainer"]
_AVERAGE_EVERY = 4
_AVERAGE_KEEP = 0.996


class Trainer:
    """A network in training.

    Args:
        config: shape of the network.
        pack: the motion it learns from.
        settings: see `TrainSettings`.
        resume: take up the run of `settings.checkpoint`.
        warm_start: begin a new run with these exported weights (.onnx) instead of random ones; half precision will do.

    Raises:
        InferenceError: options that do not fit together, no such device, or files that cannot be read.
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
        self.settings, self.device = settings, choose_device(settings.device)
        self.network = build_network(config)
        trajectory = _trajectory_network(config) if settings.semi is not None else None
        self.objective = Objective(self.network, trajectory, settings, self.device.type)
        self.source = BatchSource(config, pack, settings)
        seen = 0
        if warm_start is not None:
            load_weights(self.network, warm_start)
            seen = samples_seen(warm_start)
        self.objective.to(self.device)
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        # The network's parameters are known by their own names, as they were before there was an objective.
        named = ((name.removeprefix("network."), value) for name, value in self.objective.named_parameters())
        self.optimiser = Ranger(named)
        workers = settings.workers if self.device.type == "cpu" else 1
        self.replicas = [self.objective, *(_sharing_copy(self.objective) for _ in range(workers - 1))]
        self._pool = ThreadPoolExecutor(workers) if workers > 1 else None
        self.critic = Critic(self.device) if settings.tkcs else None
        self.progress = Progress(samples=seen, inherited=seen, seed=settings.seed, task=settings.task)
        if resume:
            self._resume()

    def share_done(self) -> float:
        """Progress of the run, 0..1."""
        settings, shares = self.settings, [0.0]
        if settings.minutes is not None:
            shares.append(self.progress.seconds / (60.0 * settings.minutes))
        if settings.steps is not None:
            shares.append(self.progress.steps / settings.steps)
        if settings.samples is not None:
            shares.append(self._samples_of_run() / settings.samples)
        return max(shares)

    def run(self, say: Callable[[str], None] = print, stop_after: int | None = None) -> list[float]:
        """Trains to the end of the run, or for `stop_after` steps of it.

        Returns:
            Each step's error as the task defines it: metres, or a share of the depth for `trajectory`.
        """
        batches = fed(self._make, self.progress.seed, self.progress.steps, self.settings.feeders)
        outcomes: list[dict[str, Tensor]] = []
        reported = saved = last = time.monotonic()
        steps_before, samples_before = 0, self.progress.samples
        try:
            while self.share_done() < 1.0 and (stop_after is None or len(outcomes) < stop_after):
                outcomes.append(self.step(next(batches)))
                now = time.monotonic()
                self.progress.seconds += now - last
                last = now
                if now - reported >= self.settings.report_s:
                    rate = (self.progress.samples - samples_before) / (now - reported)
                    say(self._line(outcomes[steps_before:], rate))
                    reported, steps_before, samples_before = now, len(outcomes), self.progress.samples
                if now - saved >= self.settings.save_s:
                    self.save()
                    saved = now
        finally:
            batches.close()
            self.save()
        return [float(terms[self.settings.task]) for terms in outcomes]

    def step(self, fields: Fields) -> dict[str, Tensor]:
        """One optimiser step on a batch.

        Args:
            fields: the arrays of a `Batch` as tensors, by name.

        Returns:
            The task's error and every other term, unweighted, by name.
        """
        share = self.share_done()
        for replica in self.replicas:
            replica.train()
            replica.zero_grad(set_to_none=True)
            set_momentum(replica, norm_momentum(share))
        fields = to_device(fields, self.device)
        if self._pool is None:
            outcomes = [self._gradients(self.objective, fields)]
        else:
            outcomes = list(self._pool.map(self._gradients, self.replicas, self._shares(fields)))
            self._join_gradients()
        self.optimiser.step(learning_rate(share, self.settings.peak_rate))
        terms = {name: torch.stack([o.terms[name] for o in outcomes]).mean() for name in outcomes[0].terms}
        if self.critic is not None:
            lifted = torch.cat([outcome.answers for outcome in outcomes])
            captured = fields["targets"]
            terms["critic"] = self.critic.step(self.objective.chunks(captured), self.objective.chunks(lifted))
        self.progress.steps += 1
        self.progress.samples += fields["targets"].shape[:-2].numel()
        if self.progress.steps % _AVERAGE_EVERY == 0:
            self._update_average()
        return terms

    def save(self) -> None:
        """Writes the checkpoint."""
        extra = random_state(self.device)
        if self.objective.trajectory is not None:
            extra |= {f"trajectory.{name}": value for name, value in self.objective.trajectory.state_dict().items()}
        if self.critic is not None:
            extra |= {f"critic.{name}": value for name, value in self.critic.state_tensors().items()}
        path = self.settings.checkpoint
        save_checkpoint(path, self.network, self.average, self.optimiser, self.progress, extra)

    def _resume(self) -> None:
        path = self.settings.checkpoint
        self.progress, extra = load_checkpoint(path, self.network, self.average, self.optimiser, self.settings.task)
        set_random_state(extra, self.device)
        if self.objective.trajectory is not None:
            self.objective.trajectory.load_state_dict(part(extra, "trajectory."))
        # A run that is given a critic half-way begins with a fresh one.
        if self.critic is not None and "critic.steps" in extra:
            self.critic.load_state_tensors(part(extra, "critic."))

    def _make(self, rng: np.random.Generator) -> Fields:
        """A batch as tensors; in memory that a GPU can fetch from by itself, if there is one."""
        fields = {name: torch.from_numpy(array) for name, array in self.source.make(rng).items()}
        return fields if self.device.type == "cpu" else {name: value.pin_memory() for name, value in fields.items()}

    def _samples_of_run(self) -> int:
        return self.progress.samples - self.progress.inherited

    def _shares(self, fields: Fields) -> list[Fields]:
        """The batch in equal parts, one a replica; chunks stay whole."""
        count, chunk = len(self.replicas), self.settings.chunk
        parts = {
            name: [share.flatten(0, 1) for share in value.unflatten(0, (-1, chunk)).chunk(count)]
            for name, value in fields.items()
        }
        return [{name: shares[index] for name, shares in parts.items()} for index in range(count)]

    def _gradients(self, replica: Objective, fields: Fields) -> Outcome:
        semi = self.settings.semi
        warm = semi is not None and self._samples_of_run() >= semi.warmup_epochs * self.source.epoch
        outcome: Outcome = replica(fields, self.critic.network if self.critic else None, back_project=warm)
        outcome.total.backward()
        return outcome

    def _join_gradients(self) -> None:
        """Puts the mean of the replicas' gradients onto the network."""
        mine, *others = ([p.grad for p in replica.parameters() if p.grad is not None] for replica in self.replicas)
        for theirs in others:
            torch._foreach_add_(mine, theirs)
        torch._foreach_mul_(mine, 1.0 / len(self.replicas))

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def _update_average(self) -> None:
        # A short memory at first, or the average would drag the untrained weights along.
        keep = min(_AVERAGE_KEEP, 1.0 - 1.0 / (1.0 + self.progress.steps / (10.0 * _AVERAGE_EVERY)))
        ours, theirs = self.average.state_dict(), self.network.state_dict()
        floats = [name for name, value in ours.items() if value.is_floating_point()]
        torch._foreach_lerp_([ours[name] for name in floats], [theirs[name] for name in floats], 1.0 - keep)

    def _line(self, outcomes: list[dict[str, Tensor]], rate: float) -> str:
        done, task = self.share_done(), TASKS[self.settings.task]
        left = self.progress.seconds * (1.0 - done) / max(done, 1e-9)
        means = _means(outcomes)
        error = task.factor * means.pop(self.settings.task)
        others = "".join(f"  {name} {value:.3f}" for name, value in means.items())
        return (
            f"{100 * done:5.1f} %  step {self.progress.steps}  {self.progress.samples / 1e6:.2f} M samples  "
            f"{rate:.0f} samples/s  loss {error:.1f} {task.unit}{others}  "
            f"rate {learning_rate(done, self.settings.peak_rate):.1e}  {left / 60:.0f} min left"
        )


def _means(outcomes: list[dict[str, Tensor]]) -> dict[str, float]:
    """Mean of every term over the steps in which it stood."""
    names = dict.fromkeys(name for terms in outcomes for name in terms)
    return {name: float(torch.stack([t[name] for t in outcomes if name in t]).mean()) for name in names}


def _trajectory_network(config: NetworkConfig) -> nn.Module:
    """The network that places the root beside a lifter: VideoPose3D's, of the lifter's length and width."""
    if config.frames == 1:
        return build_network(config)
    return build_network(
        TrajectoryConfig(frames=config.frames, channels=config.channels, dropout=config.dropout, causal=config.causal)
    )


def _sharing_copy(objective: Objective) -> Objective:
    """A copy with gradients and statistics of its own, whose weights are those of `objective` themselves."""
    twin = copy.deepcopy(objective)
    for ours, theirs in zip(twin.parameters(), objective.parameters(), strict=True):
        ours.data = theirs.data
    return twin
