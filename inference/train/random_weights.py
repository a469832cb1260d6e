"""Exported networks with random weights: speed does not depend on what a network has learnt."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from torch import nn

from ..models.networks import PRESETS, build_network
from .checkpoint import Progress
from .export import export_onnx, load_weights, write_metadata
from .plain_torch import PlainAtcn

_SOURCES = Path(__file__).resolve().parent.parent


def random_weights(preset: str, folder: Path) -> str:
    """Writes `folder`/<name>.onnx and .json of a random network, unless they are there; returns the name.

    The name tells the preset and the sources that the file was made with.
    """
    name = f"{preset}-{_digest()}"
    if not (folder / f"{name}.json").is_file():
        torch.manual_seed(1)
        network = build_network(PRESETS[preset]).eval()
        export_onnx(network, folder / f"{name}.onnx")
        write_metadata(network, Progress(), folder / f"{name}.json")
    return name


def plain_network(preset: str, weights: Path) -> nn.Module:
    """The plain PyTorch twin of exported windowed weights."""
    network = build_network(PRESETS[preset])
    load_weights(network, weights)
    return PlainAtcn(network.eval()).eval()


def _digest() -> str:
    files = [*sorted((_SOURCES / "models").glob("*.py")), *(_SOURCES / "train" / f for f in ("export.py", "fold.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:10]
