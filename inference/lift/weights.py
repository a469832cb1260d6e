"""Finds a network's weights and reads what their metadata promises."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..errors import ModelError
from ..protocol import DEFAULT_LIFTER

WEIGHTS_FOLDER = Path(__file__).resolve().parent.parent / "weights"
NORMALISATION = "ray-camera-1"
"""Name of the definition that `normalise.window_inputs` follows; weights trained with another one are refused."""
SEQUENCE_NORMALISATION = "frame-rays-1"
"""The same for networks that slide, whose inputs `normalise.sequence_inputs` makes."""
LIFTING: Final = "lift"
"""The `task` of networks that turn 2D joints into a pose; others share the folder."""

__all__ = ["DEFAULT_LIFTER", "NORMALISATION", "SEQUENCE_NORMALISATION", "WeightsInfo", "load_weights_info"]


@dataclass(frozen=True, slots=True)
class WeightsInfo:
    """Where the weights lie and what kind of network they are.

    Attributes:
        name: the file's, without its ending.
        path: the .onnx file.
        receptive_field: frames, 30 a second, that one pose is made from.
        target: index in the receptive field of the frame whose pose is asked for.
        causal: whether the target is the last frame.
        slides: whether one pass over a longer stretch gives a pose for each frame that has its receptive field.
        kind: name of the network's kind, as `inference.models.networks` lists them; empty in old files.
        config: the kind's fields, as `inference.models.networks.config_from_dict` takes them; empty in old files.
    """

    name: str
    path: Path
    receptive_field: int
    target: int
    causal: bool = False
    slides: bool = False
    kind: str = ""
    config: Mapping[str, Any] | None = None


def load_weights_info(name: str, folder: Path = WEIGHTS_FOLDER) -> WeightsInfo:
    """Metadata of the weights called `name`.

    Raises:
        ModelError: the .onnx or its .json is missing, broken, made with another input normalisation, or no lifter.
    """
    path, metadata_path = folder / f"{name}.onnx", folder / f"{name}.json"
    for needed in (path, metadata_path):
        if not needed.is_file():
            have = ", ".join(_lifters(folder)) or "none"
            raise ModelError(
                "no-weights",
                f"The lifter '{name}' needs the file {needed.name}, which is not there (lifters at hand: {have}).",
                "Choose one of them, or install the extension again.",
            )
    try:
        metadata = json.loads(metadata_path.read_text(encoding="utf-8"))
        if (task := _task(metadata)) != LIFTING:
            raise ModelError(
                "bad-weights", f"{path.name} is made for '{task}', not for lifting.", "Choose the weights of a lifter."
            )
        info, normalisation = _read(name, path, metadata), str(metadata["normalisation"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            "bad-weights", f"{metadata_path.name} cannot be read: {error}.", "Install the extension again."
        ) from error
    expected = SEQUENCE_NORMALISATION if info.slides else NORMALISATION
    if normalisation != expected:
        raise ModelError(
            "bad-weights",
            f"{path.name} was trained with inputs '{normalisation}', but this version makes '{expected}'.",
            "Install weights and program of the same version.",
        )
    return info


def _task(metadata: Mapping[str, Any]) -> str:
    return str(metadata.get("task", LIFTING))


def _lifters(folder: Path) -> list[str]:
    """Names of the weights in a folder that lift, as far as their metadata can be read."""
    names = []
    for path in folder.glob("*.json"):
        with contextlib.suppress(ValueError, AttributeError):
            if _task(json.loads(path.read_text(encoding="utf-8"))) == LIFTING and path.with_suffix(".onnx").is_file():
                names.append(path.stem)
    return sorted(names)


def _read(name: str, path: Path, metadata: Mapping[str, Any]) -> WeightsInfo:
    frames, causal = int(metadata["receptive_field"]), bool(metadata.get("causal", False))
    # Where a file says nothing of its target, it is of a time when the middle and the last frame were the two kinds.
    raw = metadata.get("target_index", metadata.get("target"))
    target = raw if isinstance(raw, int) else (frames - 1 if causal else frames // 2)
    if not 0 <= target < frames or frames % 2 == 0:
        raise ValueError(f"the target is frame {target} of {frames}, expected one of an odd number of frames")
    config = metadata.get("config")
    return WeightsInfo(
        name=name,
        path=path,
        receptive_field=frames,
        target=target,
        causal=causal,
        slides=bool(metadata.get("slides", False)),
        kind=str(metadata.get("kind", "")),
        config=config if isinstance(config, dict) else None,
    )
