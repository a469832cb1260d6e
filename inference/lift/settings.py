"""How a lifter runs: where, with how many threads, and whether it looks twice."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Final

from ..errors import InferenceError

DEVICES: Final = ("auto", "cpu", "cuda", "directml", "coreml")
BACKENDS: Final = ("onnxruntime", "torch")


@dataclass(frozen=True, slots=True)
class RunSettings:
    """One lifter's way to run.

    Attributes:
        device: where the network runs; `auto` takes a graphics device where its provider works, else the processor.
        backend: what runs it; `torch` needs the training environment.
        workers: threads that run one batch each, side by side; None = as measured by `bench tune`, else one a core.
        batch: windows, or frames of a network that slides, in one run; None = as measured, else a moderate number.
        flip: whether each pose is the mean of the network's answers for the person and for the mirror image, which is
            a little more accurate and costs twice the time.

    Raises:
        InferenceError: no such device or backend, or a number below one.
    """

    device: str = "auto"
    backend: str = "onnxruntime"
    workers: int | None = None
    batch: int | None = None
    flip: bool = True

    def __post_init__(self) -> None:
        for what, value, known in (("device", self.device, DEVICES), ("backend", self.backend, BACKENDS)):
            if value not in known:
                raise InferenceError(
                    f"bad-{what}", f"There is no {what} '{value}' for the lifter.", f"Use one of: {', '.join(known)}."
                )
        for what, number in (("workers", self.workers), ("batch", self.batch)):
            if number is not None and number < 1:
                raise InferenceError(f"bad-{what}", f"The lifter's {what} is {number}, expected 1 or more.")


def usable_cores() -> int:
    """Processor cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
