"""What a network can be trained for: lifting, placing the root, cleaning the 2D track. Any kind of network serves.

Every task takes the same windows. `answer` turns what the network says into what is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from torch import Tensor

from .losses.mpjpe import mpjpe
from .losses.project_2d import image_distance, scaled_root
from .losses.trajectory import trajectory

Fields = dict[str, Tensor]


@dataclass(frozen=True, slots=True)
class Task:
    """One task.

    Attributes:
        answer: (network's output, inputs (..., 34) of the target frame) to the answer.
        loss: (answer, fields of the batch) to the mean error.
        unit, factor: how the error is printed: `factor` times the loss, in `unit`.
        output: name of the answer in exported files.
        says: what the answer is, for the metadata.
    """

    answer: Callable[[Tensor, Tensor], Tensor]
    loss: Callable[[Tensor, Fields], Tensor]
    unit: str
    factor: float
    output: str
    says: str


def _pose(raw: Tensor, _at_target: Tensor) -> Tensor:
    return raw


def _root(raw: Tensor, _at_target: Tensor) -> Tensor:
    """The first joint of a network that gives several, or the only one."""
    return raw[..., 0, :]


def _track(raw: Tensor, at_target: Tensor) -> Tensor:
    """(..., 17, 2): the answer of a network made for this, or a lifter's first two coordinates as a correction."""
    if raw.shape[-1] == at_target.shape[-1]:
        return raw.unflatten(-1, (-1, 2))
    return at_target.unflatten(-1, (-1, 2)) + raw[..., :2]


TASKS: Final[dict[str, Task]] = {
    "lift": Task(
        _pose, lambda answer, fields: mpjpe(answer, fields["targets"]),
        "mm", 1000.0, "poses", "root-relative metres in ray-camera axes",
    ),
    "trajectory": Task(
        _root, lambda answer, fields: trajectory(answer, scaled_root(fields["root"], fields["size"])),
        "% of depth", 100.0, "root", "pelvis in ray-camera axes: x, y in metres, z in metres times person size",
    ),
    "enhance": Task(
        _track, lambda answer, fields: image_distance(answer, fields["joints_2d"]),
        "mm", 1000.0, "joints", "2D joints of the target frame in the inputs' normalisation",
    ),
}  # fmt: skip
