"""What a step minimises: the task's error, and whatever terms the settings add to it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..errors import InferenceError
from ..models.networks import NetworkConfig, kind_of
from .batches import CHUNK_SPACING
from .losses.bone_direction import bone_direction
from .losses.bone_length import bone_length, mean_bone_length
from .losses.project_2d import image_distance, project_2d, reproject, scaled_root
from .losses.tkcs import TkcsDiscriminator, generator_loss, random_rotations
from .losses.trajectory import trajectory
from .losses.velocity import velocity
from .settings import TERMS, TrainSettings
from .tasks import TASKS, Fields

_LEFT_OUT = 7
"""The spine: its 2D joint is made from others and says nothing."""
_SEEN = [joint for joint in range(17) if joint != _LEFT_OUT]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One forward pass: the sum to minimise, its terms as (name, unweighted value), the answers."""

    total: Tensor
    terms: dict[str, Tensor]
    answers: Tensor


class Objective(nn.Module):  # type: ignore[misc]
    """The networks in training and the terms that are asked of them.

    Args:
        network: the task's.
        trajectory: beside a lifter that learns from unlabelled data; says where their root stands.
        settings: the run.
        device_type: `cpu` or `cuda`.
    """

    def __init__(
        self, network: nn.Module, trajectory: nn.Module | None, settings: TrainSettings, device_type: str
    ) -> None:
        super().__init__()
        check_settings(settings, network.config)
        self.network, self.trajectory = network, trajectory
        self.settings, self.device_type = settings, device_type
        self.task = TASKS[settings.task]

    def forward(
        self, fields: Fields, discriminator: TkcsDiscriminator | None = None, *, back_project: bool = False
    ) -> Outcome:
        """Error of a batch.

        Args:
            fields: a batch's arrays as tensors, for `back_project` also `unlabelled_inputs` and `unlabelled_size`.
            discriminator: judges the poses, if it is to count.
            back_project: whether the unlabelled half counts.
        """
        inputs = fields["inputs"]
        count = len(inputs)
        if back_project:
            inputs = torch.cat([inputs, fields["unlabelled_inputs"]])
        at_target = inputs[:, self.network.config.target]
        answers = self.task.answer(self._run(self.network, inputs), at_target)
        terms = {self.settings.task: self.task.loss(answers[:count], fields)}
        total = terms[self.settings.task]
        if self.settings.task == "lift":
            total = total + self._extra(answers[:count], fields, discriminator, terms)
        if self.trajectory is not None:
            roots = self._run(self.trajectory, inputs)[:, 0]
            total = total + self._unlabelled(answers, roots, fields, back_project, terms)
        return Outcome(total, {name: term.detach() for name, term in terms.items()}, answers[:count].detach())

    def chunks(self, poses: Tensor) -> Tensor:
        """(N, 17, 3) of a batch as (N / chunk, chunk, 17, 3)."""
        return poses.unflatten(0, (-1, self.settings.chunk))

    def _run(self, network: nn.Module, inputs: Tensor) -> Tensor:
        with torch.autocast(self.device_type, dtype=torch.bfloat16, enabled=self.settings.bf16):
            raw = network.slide(inputs, CHUNK_SPACING) if network.config.slides else network(inputs)
        return raw.float()

    def _extra(
        self, poses: Tensor, fields: Fields, discriminator: TkcsDiscriminator | None, terms: dict[str, Tensor]
    ) -> Tensor:
        """Weighted sum of the terms beside a lifter's own error; notes each in `terms`."""
        weights, targets = self.settings, fields["targets"]
        noted: dict[str, tuple[float, Tensor]] = {}
        if weights.velocity:
            noted["velocity"] = weights.velocity, velocity(self.chunks(poses), self.chunks(targets))
        if weights.bone_direction:
            noted["bone_direction"] = weights.bone_direction, bone_direction(poses, targets)
        if weights.bone_length:
            noted["bone_length"] = weights.bone_length, bone_length(poses, targets)
        if weights.project_2d:
            root = scaled_root(fields["root"], fields["size"])
            noted["project_2d"] = weights.project_2d, project_2d(poses, targets, root, fields["size"])
        if weights.tkcs and discriminator is not None:
            motion = self.chunks(poses)
            logits = discriminator(motion, random_rotations(len(motion), motion.device))
            noted["tkcs"] = weights.tkcs, generator_loss(logits)
        terms |= {name: term for name, (_, term) in noted.items()}
        return sum((weight * term for weight, term in noted.values()), torch.zeros((), device=poses.device))

    def _unlabelled(
        self, poses: Tensor, roots: Tensor, fields: Fields, back_project: bool, terms: dict[str, Tensor]
    ) -> Tensor:
        """The trajectory network's own error; with `back_project`, what the unlabelled half of `poses` is held to."""
        count, semi = len(fields["inputs"]), self.settings.semi
        assert semi is not None
        terms["root"] = trajectory(roots[:count], scaled_root(fields["root"], fields["size"]))
        total = terms["root"]
        if back_project:
            ours, size = poses[count:], fields["unlabelled_size"]
            seen = fields["unlabelled_inputs"][:, self.network.config.target].unflatten(-1, (-1, 2))
            again = reproject(ours, roots[count:], size)
            terms["back_projection"] = image_distance(again[:, _SEEN], seen[:, _SEEN])
            terms["mean_bones"] = mean_bone_length(ours, poses[:count])
            total = total + semi.projection * terms["back_projection"] + semi.bone_length * terms["mean_bones"]
        return total


def check_settings(settings: TrainSettings, config: NetworkConfig) -> None:
    """Refuses options that do not fit together.

    Raises:
        InferenceError: naming the option and what it needs.
    """
    extra = [name for name in TERMS if getattr(settings, name)]
    moving = [name for name in ("velocity", "tkcs") if name in extra]
    if settings.task not in TASKS:
        raise InferenceError("bad-option", f"There is no task '{settings.task}'.", f"Choose from {', '.join(TASKS)}.")
    kind = kind_of(config)
    if kind in TASKS and settings.task != kind:
        raise InferenceError(
            "bad-option",
            f"A network of the kind '{kind}' cannot learn the task '{settings.task}'.",
            f"Give --task {kind}.",
        )
    if settings.task != "lift" and (extra or settings.semi is not None):
        raise InferenceError(
            "bad-option",
            f"The terms {', '.join(extra) or 'of semi-supervision'} belong to lifting, not to '{settings.task}'.",
            "Leave them out, or give --task lift.",
        )
    if config.slides and (moving or settings.semi is not None or settings.chunk > 1 or settings.task == "enhance"):
        raise InferenceError(
            "bad-option",
            "Chunks, the terms velocity and tkcs, semi-supervision and 2D enhance need a network that sees windows.",
            "Choose a preset that does not slide.",
        )
    if moving and settings.chunk < 2:
        raise InferenceError(
            "bad-option", f"The term {moving[0]} looks at movement.", "Give --chunk 2 or more, such as 4."
        )
    if settings.batch % settings.chunk or settings.batch // settings.chunk < settings.workers:
        raise InferenceError(
            "bad-option",
            f"A batch of {settings.batch} has no whole chunks of {settings.chunk} for {settings.workers} workers.",
            "Give a --batch that is a multiple of --chunk, with a chunk or more for each worker.",
        )
