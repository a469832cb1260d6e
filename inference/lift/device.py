"""Which of ONNX Runtime's execution providers a lifter runs on, and why, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..errors import ModelError

PROVIDERS: Final = {
    "cuda": "CUDAExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
"""In the order in which `auto` tries them."""
_WORDS: Final = {
    "cuda": "the graphics card (CUDA)",
    "directml": "the graphics card (DirectML)",
    "coreml": "Apple's neural engine (Core ML)",
    "cpu": "the processor",
}


@dataclass(frozen=True, slots=True)
class Device:
    """Where a session runs.

    Attributes:
        name: a key of `PROVIDERS`.
        reason: why this one, for people.
    """

    name: str
    reason: str = ""

    @property
    def on_cpu(self) -> bool:
        """Whether it is the processor."""
        return self.name == "cpu"

    def __str__(self) -> str:
        return _WORDS[self.name] + (f" ({self.reason})" if self.reason else "")


def open_session(
    path: str, device: str, options: Any, available: Sequence[str] | None = None, session_class: Any = None
) -> tuple[Any, Device]:
    """An ONNX Runtime session on the wanted device.

    Args:
        path: the .onnx file.
        device: a key of `PROVIDERS`, or `auto` for the first that works.
        options: `onnxruntime.SessionOptions`; changed where a provider asks for it.
        available, session_class: in place of ONNX Runtime's own, for tests.

    Raises:
        ModelError: the wanted device is not there or refuses, or the file cannot be loaded.
    """
    import onnxruntime as ort

    available = ort.get_available_providers() if available is None else available
    session_class = session_class or ort.InferenceSession
    refusals: list[str] = []
    for name in PROVIDERS if device == "auto" else (device,):
        if PROVIDERS[name] not in available:
            continue
        if name == "directml":  # it cannot plan memory ahead, and says so only by failing
            options.enable_mem_pattern = False
        try:
            session = session_class(path, sess_options=options, providers=[PROVIDERS[name]])
        except Exception as error:  # ONNX Runtime has no one error class for a broken file or a missing driver
            refusals.append(f"{_WORDS[name]} refused: {str(error).splitlines()[0]}")
            continue
        # A provider whose driver is missing is dropped without an error, and the processor stands in for it.
        if session.get_providers()[0] != PROVIDERS[name]:
            refusals.append(f"{_WORDS[name]} could not be started")
            continue
        return session, Device(name, _reason(name, device, refusals))
    raise _failure(path, device, refusals)


def _reason(name: str, wanted: str, refusals: list[str]) -> str:
    if wanted != "auto":
        return "as set"
    if refusals:
        return "; ".join(refusals)
    return "this ONNX Runtime has no CUDA, DirectML or Core ML" if name == "cpu" else ""


def _failure(path: str, wanted: str, refusals: list[str]) -> ModelError:
    file = path.replace("\\", "/").rsplit("/", 1)[-1]
    if not refusals:
        return ModelError(
            "no-device",
            f"{_WORDS[wanted].capitalize()} cannot run the lifter, since ONNX Runtime's {PROVIDERS[wanted]} is not "
            "installed.",
            "Use the device 'auto', or install the ONNX Runtime package that holds it.",
        )
    if wanted in ("auto", "cpu"):
        return ModelError(
            "bad-weights", f"The weights {file} cannot be loaded: {refusals[-1]}.", "Install the extension again."
        )
    return ModelError("no-device", f"{file}: {refusals[-1]}.", "Use the device 'auto' or 'cpu'.")
