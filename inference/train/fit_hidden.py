"""python -m inference.train.fit_hidden: learns to tell hidden joints that a detector has in a wrong place.

    python -m inference.train.fit_hidden --data FOLDER            writes inference/weights/hidden.onnx and .json

Motion capture goes through virtual cameras and the detector's errors; then a part of the body is hidden for a while.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from ..data.options import add_data
from ..errors import InferenceError
from ..files import write_text
from ..joints import COUNT, REFERENCE_HEIGHT_M
from ..lift.normalise import PELVIS, SPINE, SPINE_FRACTION, THORAX
from ..lift.weights import WEIGHTS_FOLDER
from ..models.hidden import HiddenNetwork
from ..refine.hidden_inputs import INPUTS, hidden_inputs
from .batches import vary_bodies
from .bodies import sample_windows
from .cameras import project, sample_cameras, see, step_back, target_pelvis
from .export import export_rows
from .fitted_noise import FittedNoise
from .half_hidden import MIDDLES, hide
from .pack import MotionPack
from .packs import read_training_packs

NAME: Final = "hidden"
_FRAMES: Final = 75
_PEAK_RATE: Final = 3e-3
_WARM_UP: Final = 100
_DECAY: Final = 1e-3
_OFF: Final = 0.06
"""A joint so far from its place, in sizes of the person, is in a wrong one."""
_SHIFTS: Final = 30.0
"""Weight of the shifts' error, in sizes, beside the logits'."""
_AGREES: Final = 0.2
"""Weight of joints that are in their places."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    try:
        pack = read_training_packs(options.data)
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    network = train(pack, options)
    export(network, options.out / f"{NAME}.onnx")
    write_text(options.out / f"{NAME}.json", json.dumps(_metadata(options), indent=2) + "\n")
    return 0


def batch(
    pack: MotionPack, count: int, noise: FittedNoise, rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Windows of detections with hidden joints.

    Returns:
        rows (N, F, C); (N, F, 17) which joints are in a wrong place; (N, F, 17, 2) how far, in sizes, they are from
        the right one; and (N, F, 17) which are seen.
    """
    windows = vary_bodies(sample_windows(pack, count, _FRAMES, rng, target=_FRAMES // 2, vary_tempo=True), rng)
    cameras = sample_cameras(count, rng)
    origin = target_pelvis(windows, _FRAMES // 2)
    cameras = step_back(cameras, see(cameras, windows, origin))
    true = project(see(cameras, windows, origin))
    height = (REFERENCE_HEIGHT_M / cameras.pelvis_m[:, 2]).astype(np.float32)
    found = hide(noise.apply(true, height, rng), height, rng)
    for joints in (true, found.joints_2d):
        for middle, pair in MIDDLES:
            joints[:, :, middle] = joints[:, :, pair].mean(axis=2)
        pelvis, thorax = joints[:, :, PELVIS], joints[:, :, THORAX]
        joints[:, :, SPINE] = pelvis + np.float32(SPINE_FRACTION) * (thorax - pelvis)
    rows, size = hidden_inputs(found.joints_2d.astype(np.float64), found.confidence.astype(np.float64))
    shifts = (true - found.joints_2d) / size[..., None, None]
    wrong = np.linalg.norm(shifts, axis=-1) > _OFF
    return (
        torch.from_numpy(rows.astype(np.float32)),
        torch.from_numpy(wrong.astype(np.float32)),
        torch.from_numpy(shifts.astype(np.float32)),
        torch.from_numpy((found.confidence > 0.0).astype(np.float32)),
    )


def train(pack: MotionPack, options: argparse.Namespace) -> HiddenNetwork:
    """A network that was shown `steps` batches."""
    rng, noise = np.random.default_rng(options.seed), FittedNoise.from_file("blazepose-33")
    network = HiddenNetwork(INPUTS)
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=_DECAY)
    began, mean = time.monotonic(), np.zeros(2)
    for step in range(options.steps):
        for group in optimiser.param_groups:
            group["lr"] = _PEAK_RATE * min(1.0, step / _WARM_UP) * (1.0 - step / options.steps)
        rows, wrong, shifts, seen = batch(pack, options.batch, noise, rng)
        said, placed = _split(network(rows))
        tells = nn.functional.binary_cross_entropy_with_logits(said, wrong, weight=seen)
        missing = nn.functional.smooth_l1_loss(placed, shifts, beta=0.05, reduction="none").sum(dim=-1)
        weight = torch.where((wrong > 0) | (seen == 0), 1.0, _AGREES)
        places = (missing * weight).mean()
        optimiser.zero_grad()
        (tells + _SHIFTS * places).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        mean = 0.98 * mean + 0.02 * np.array([tells.item(), places.item()])
        if step % 100 == 99:
            rate = (step + 1) / (time.monotonic() - began)
            print(
                f"{step + 1} {rate:.1f}/s  " + " ".join(f"{v / (1 - 0.98 ** (step + 1)):.4f}" for v in mean), flush=True
            )
    network.eval()
    return network


def _split(answer: Tensor) -> tuple[Tensor, Tensor]:
    """Logits (N, T, 17) and shifts (N, T, 17, 2) of (N, T, 51)."""
    return answer[..., :COUNT], answer[..., COUNT:].unflatten(-1, (COUNT, 2))


def export(network: HiddenNetwork, path: Path) -> None:
    """Writes the network for `inference.refine.hidden_network`: rows (N, T, C) to (N, T, 51), N and T free."""
    export_rows(network, path, torch.zeros(2, _FRAMES, INPUTS), "answer")


def _metadata(options: argparse.Namespace) -> dict[str, object]:
    return {
        "task": NAME,
        "inputs": "inference/refine/hidden_inputs.py",
        "licence": "CC0-1.0",
        "data": "CMU Graphics Lab Motion Capture Database (mocap.cs.cmu.edu), funded by NSF EIA-0196217",
        "steps": options.steps,
        "batch": options.batch,
        "seed": options.seed,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference.train.fit_hidden", description=__doc__)
    add_data(parser, "folder of *_train.npz, or one pack")
    parser.add_argument("--out", type=Path, default=WEIGHTS_FOLDER, help="folder of the weights")
    parser.add_argument("--steps", type=int, default=2200)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=2021)
    return parser


if __name__ == "__main__":
    sys.exit(main())
