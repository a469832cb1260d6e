"""Finds a network's weights and reads what their metadata promises."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ..errors import ModelError

WEIGHTS_FOLDER = Path(__file__).resolve().parent.parent / "weights"
NORMALISATION = "ray-camera-1"
"""Name of the definition in `normalise.py`; weights trained with another one are refused."""


@dataclass(frozen=True, slots=True)
class WeightsInfo:
    """Where the weights lie and how many frames, at 30 a second, one pose is made from."""

    name: str
    path: Path
    receptive_field: int


def load_weights_info(name: str, folder: Path = WEIGHTS_FOLDER) -> WeightsInfo:
    """Metadata of the weights called `name`.

    Raises:
        ModelError: the .onnx or its .json is missing, broken, or made with another input normalisation.
    """
    path, metadata_path = folder / f"{name}.onnx", folder / f"{name}.json"
    for needed in (path, metadata_path):
        if not needed.is_file():
            have = ", ".join(sorted(p.stem for p in folder.glob("*.onnx"))) or "none"
            raise ModelError(
                "no-weights",
                f"The lifter '{name}' needs the file {needed.name}, which is not there (lifters at hand: {have}).",
                "Choose one of them, or install the extension again.",
            )
    try:
        metadata = json.loads(metadata_path.read_text(encoding="utf-8"))
        receptive_field, normalisation = int(metadata["receptive_field"]), str(metadata["normalisation"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(
            "bad-weights", f"{metadata_path.name} cannot be read: {error}.", "Install the extension again."
        ) from error
    if normalisation != NORMALISATION:
        raise ModelError(
            "bad-weights",
            f"{path.name} was trained with inputs '{normalisation}', but this version makes '{NORMALISATION}'.",
            "Install weights and program of the same version.",
        )
    return WeightsInfo(name, path, receptive_field)
