"""python -m inference.train.bench: training speed of each network, beside plain PyTorch's grouped dilated convolutions.

Steps are forward and backward without the optimiser. Rates are in windows for one second of the processor's time, on
one core, so that they hold on a busy machine too. As for training, keep glibc's allocator from giving pages back:
MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=8589934592.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from ..bench.__main__ import write_report
from ..bench.alternate import alternate
from ..models.atcn import Atcn
from ..models.networks import LIFTERS, build_network
from .plain_torch import PlainAtcn

DEFAULT_PRESETS = ("L4xV2xN27", "L5xV3xN81", "L6xV4xN243", "VideoPose3D-N27", "VideoPose3D-N81", "VideoPose3D-N243")


def training_step(network: nn.Module, frames: int, batch: int, *, bf16: bool) -> Callable[[], int]:
    """Forward and backward on one batch of random windows; gives the number of windows."""
    windows, targets = torch.randn(batch, frames, 34), torch.randn(batch, 17, 3)
    network.train()

    def step() -> int:
        network.zero_grad(set_to_none=True)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            poses = network(windows)
        torch.linalg.vector_norm(poses.float() - targets, dim=-1).mean().backward()
        return batch

    return step


def plain_twin(network: Atcn) -> PlainAtcn:
    """Plain PyTorch with PyTorch's own dropout where `network` has its own."""
    twin = PlainAtcn(network)
    share = network.config.dropout
    for module in (twin.activation, *twin.kernels):
        module.register_forward_hook(lambda _, __, output: nn.functional.dropout(output, share) if share else output)
    return twin


def measure(preset: str, batch: int, rounds: int, dropout: float | None, *, plain: bool) -> dict[str, float]:
    """Windows a second of processor time: "ours", and where `plain` is wanted and the network an ATCN, "plain_bf16" and
    "plain_float32"."""
    torch.manual_seed(1)
    config = LIFTERS[preset] if dropout is None else replace(LIFTERS[preset], dropout=dropout)
    network = build_network(config)
    ways = {"ours": training_step(network, config.frames, batch, bf16=True)}
    if plain and isinstance(network, Atcn):
        for name, bf16 in (("plain_bf16", True), ("plain_float32", False)):
            ways[name] = training_step(plain_twin(Atcn(network.config)), config.frames, batch, bf16=bf16)
    return {name: rate.per_cpu_second for name, rate in alternate(ways, rounds, 0.0).items()}


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(1)
    figures: dict[str, float | str] = {}
    print(f"{'windows per CPU second':24}{'batch':>6}{'ours':>9}{'plain bf16':>12}{'float32':>9}{'ratio':>8}")
    for preset in options.presets:
        for batch in options.batch:
            rates = measure(preset, batch, options.rounds, options.dropout, plain=not options.ours_only)
            key = f"{preset}_batch{batch}"
            figures |= {f"{key}_{name}": rate for name, rate in rates.items()}
            line = f"{preset:24}{batch:6}{rates['ours']:9.0f}"
            if len(rates) > 1:
                figures[f"{key}_over_plain"] = rates["ours"] / max(rates["plain_bf16"], rates["plain_float32"])
                line += f"{rates['plain_bf16']:12.0f}{rates['plain_float32']:9.0f}{figures[f'{key}_over_plain']:8.2f}"
            print(line, flush=True)
    write_report(options.out / "train.json", figures)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference.train.bench", description=__doc__)
    parser.add_argument("presets", nargs="*", default=DEFAULT_PRESETS, metavar="PRESET", help="default: the peers")
    parser.add_argument("--batch", type=int, nargs="+", default=[256, 512])
    parser.add_argument("--rounds", type=int, default=3, help="turns that each way has")
    parser.add_argument("--dropout", type=float, help="default: the preset's, which is the published one")
    parser.add_argument(
        "--ours-only", action="store_true", help="leave plain PyTorch out, which takes most of the time"
    )
    parser.add_argument("--out", type=Path, default=Path("out/bench"), help="folder of the report, train.json")
    return parser


if __name__ == "__main__":
    sys.exit(main())
