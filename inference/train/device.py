"""Where a training runs."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from ..errors import InferenceError

DEVICES: Final = ("auto", "cpu", "cuda")


def choose_device(name: str) -> torch.device:
    """The device called `name`; `auto` takes a GPU where there is one.

    Raises:
        InferenceError: a GPU is asked for and there is none.
    """
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise InferenceError(
            "no-gpu",
            "There is no CUDA GPU here, or this PyTorch was built without CUDA.",
            "Train with --device cpu, or on a machine with a GPU.",
        )
    return torch.device("cuda" if there and name != "cpu" else "cpu")


def device_words(device: torch.device) -> str:
    """The device for people, such as "processor (no GPU here)"."""
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)}, PyTorch {torch.__version__}"
    return "processor" if torch.cuda.is_available() else "processor (no GPU here)"


def to_device(tensors: dict[str, Tensor], device: torch.device) -> dict[str, Tensor]:
    """`tensors` on `device`; those in pinned memory travel while the device still works."""
    return {name: value.to(device, non_blocking=True) for name, value in tensors.items()}


def random_state(device: torch.device) -> dict[str, Tensor]:
    """State of the random numbers that dropout draws, for a checkpoint."""
    state = {"rng": torch.get_rng_state()}
    if device.type == "cuda":
        state["rng_cuda"] = torch.cuda.get_rng_state(device)
    return state


def set_random_state(state: dict[str, Tensor], device: torch.device) -> None:
    """Takes up `random_state`; a run that moves to another kind of device draws other numbers from there on."""
    torch.set_rng_state(state["rng"])
    if device.type == "cuda" and "rng_cuda" in state:
        torch.cuda.set_rng_state(state["rng_cuda"], device)
