"""The networks of a folder of .onnx files that the user has, told apart by what goes in and comes out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..errors import ModelError
from ..lift.device import open_session

_HINT: Final = (
    "Put the .onnx of an RTMPose or RTMW network (outputs simcc_x, simcc_y) and that of a YOLOX person detector there, "
    "as their authors publish them."
)


@dataclass(frozen=True, slots=True)
class Network:
    """A loaded network that takes one picture format.

    Attributes:
        session: ONNX Runtime's.
        name: of the file.
        input_name: of its only input, (N, 3, height, width) float32.
        size_px: width and height of the picture that it takes.
        outputs: names, in order.
        batches: whether it takes several pictures at once.
    """

    session: Any
    name: str
    input_name: str
    size_px: tuple[int, int]
    outputs: tuple[str, ...]
    batches: bool


def load_networks(folder: Path) -> tuple[Network, Network]:
    """The network that finds people and the one that finds their points.

    Args:
        folder: holds both; other .onnx files are left alone.

    Raises:
        ModelError: there is no such folder, or one of the two is missing or cannot be loaded; names the folder.
    """
    files = sorted(folder.glob("*.onnx")) if folder.is_dir() else []
    if not files:
        raise ModelError("model-missing", f"There are no .onnx files in {folder}.", _HINT)
    loaded = [network for file in files if (network := _load(file)) is not None]
    poses = [network for network in loaded if is_pose(network)]
    people = [network for network in loaded if not is_pose(network)]
    for found, what in ((people, "finds people"), (poses, "finds a person's points")):
        if not found:
            raise ModelError("model-missing", f"No network in {folder} {what}.", _HINT)
    return people[0], poses[0]


def is_pose(network: Network) -> bool:
    """Whether it gives a row of scores across and one down for each point (SimCC)."""
    return len(network.outputs) == 2 and all("simcc" in name for name in network.outputs)


def _load(file: Path) -> Network | None:
    import onnxruntime as ort

    session, _ = open_session(str(file), "auto", ort.SessionOptions())
    inputs = session.get_inputs()
    shape: list[Any] = list(inputs[0].shape) if len(inputs) == 1 else []
    if len(shape) != 4 or shape[1] != 3 or not all(isinstance(side, int) for side in shape[2:]):
        return None
    outputs = tuple(output.name for output in session.get_outputs())
    return Network(session, file.name, inputs[0].name, (shape[3], shape[2]), outputs, not isinstance(shape[0], int))
