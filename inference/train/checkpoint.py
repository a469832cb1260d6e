"""Checkpoints: one .safetensors file with weights, their running average, the optimiser and the progress."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from ..errors import InferenceError
from ..models.networks import NetworkConfig, build_network, config_from_dict, config_to_dict
from .ranger import Ranger


@dataclass(slots=True)
class Progress:
    """How far a run is.

    Attributes:
        steps: steps done.
        samples: targets that the weights have seen.
        inherited: how many of them before this run, by the weights that it was begun with.
        seconds: time spent, over all parts of the run.
        seed: of the weights and the batches.
        task: what the network is trained for.
    """

    steps: int = 0
    samples: int = 0
    inherited: int = 0
    seconds: float = 0.0
    seed: int = 0
    task: str = "lift"


def save_checkpoint(
    path: Path,
    network: nn.Module,
    average: nn.Module,
    optimiser: Ranger,
    progress: Progress,
    extra: dict[str, Tensor],
) -> None:
    """Writes the checkpoint aside, then puts it in place. `extra`: whatever else the run needs, by name."""
    tensors: dict[str, Tensor] = {f"extra.{name}": value for name, value in extra.items()}
    tensors |= {f"network.{name}": value for name, value in network.state_dict().items()}
    tensors |= {f"average.{name}": value for name, value in average.state_dict().items()}
    tensors |= {f"optimiser.{name}": value for name, value in optimiser.state_tensors().items()}
    metadata = {"config": json.dumps(config_to_dict(network.config)), "progress": json.dumps(asdict(progress))}
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".tmp")
    save_file({name: value.contiguous() for name, value in tensors.items()}, str(aside), metadata)
    aside.replace(path)


def load_checkpoint(
    path: Path, network: nn.Module, average: nn.Module, optimiser: Ranger, task: str
) -> tuple[Progress, dict[str, Tensor]]:
    """Takes up a run where `save_checkpoint` left it.

    Returns:
        The progress and the `extra` tensors.

    Raises:
        InferenceError: no checkpoint, a broken one, or one of another network, task or set of options.
    """
    config, progress, tensors = read_checkpoint(path)
    if progress.task != task:
        raise InferenceError(
            "bad-checkpoint", f"{path.name} is a run of the task {progress.task}, not {task}.", "Give that --task."
        )
    if config != network.config:
        raise InferenceError(
            "bad-checkpoint",
            f"{path.name} is a network of shape {config}, not {network.config}.",
            "Resume with the preset it was begun with.",
        )
    network.load_state_dict(part(tensors, "network."))
    average.load_state_dict(part(tensors, "average."))
    try:
        optimiser.load_state_tensors(part(tensors, "optimiser."), progress.steps)
    except KeyError as error:
        raise InferenceError(
            "bad-checkpoint",
            f"{path.name} was begun with other terms: it lacks {error}.",
            "Resume with the options it was begun with.",
        ) from error
    extra = part(tensors, "extra.")
    return progress, extra if "rng" in extra else extra | {"rng": tensors["rng"]}


def load_average(path: Path) -> tuple[nn.Module, Progress]:
    """The averaged network of a checkpoint, ready to be used, and how far its training was."""
    config, progress, tensors = read_checkpoint(path)
    network = build_network(config)
    network.load_state_dict(part(tensors, "average."))
    return network.eval(), progress


def read_checkpoint(path: Path) -> tuple[NetworkConfig, Progress, dict[str, Tensor]]:
    """Shape, progress and all tensors of a checkpoint."""
    try:
        with safe_open(str(path), framework="pt") as stored:
            metadata = stored.metadata() or {}
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        config = config_from_dict(json.loads(metadata["config"]))
        progress = Progress(**json.loads(metadata["progress"]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise InferenceError(
            "bad-checkpoint", f"The checkpoint {path} cannot be read: {error}.", "Start without --resume."
        ) from error
    return config, progress, tensors


def part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Those of `tensors` whose name begins with `prefix`, without it."""
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}
