"""python -m inference.train.fit_hidden: learns to tell hidden joints that a detector has in a wrong place.

    POSE_DATA=DATA .venv/runtime/bin/python samples/make_extras.py --hidden-by things --frames 90
    POSE_DATA=DATA .venv/runtime/bin/python samples/make_extras.py --hidden-by people --frames 90 --clips 109
    .venv/train/bin/python -m inference.train.fit_hidden --data FOLDER [--check]

writes inference/weights/hidden.onnx and .json. Half of what it learns from are these clips: what the detector makes of
people half of whom gets hidden. The rest is motion capture that goes through virtual cameras and the detector's errors;
then a part of the body is hidden for a while as if before the detector.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from ..data.options import add_data
from ..errors import InferenceError
from ..files import write_text
from ..joints import COUNT, REFERENCE_HEIGHT_M
from ..lift.weights import WEIGHTS_FOLDER
from ..models.hidden import HiddenNetwork
from ..refine.hidden_inputs import INPUTS, hidden_inputs
from ..refine.hidden_network import LIMBS
from .batches import vary_bodies
from .bodies import sample_windows
from .cameras import project, sample_cameras, see, step_back, target_pelvis
from .export import export_rows
from .extras import read_extras
from .fitted_noise import FittedNoise
from .half_hidden import hide
from .half_hidden_clips import Windows, cut_windows, half_hidden_windows, with_middles
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
_CHECKED: Final = 6
"""With --check every sixth body is kept out."""
_AGREES: Final = 0.2
"""Weight of joints that are in their places."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    try:
        pack = read_training_packs(options.data)
        clips = [clip for folder in options.clips for clip in read_extras(folder)]
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    bodies = sorted({clip.body for clip in clips})
    kept_out = set(bodies[::_CHECKED]) if options.check else set()
    network = train(pack, [half_hidden_windows(clip) for clip in clips if clip.body not in kept_out], options)
    if options.check:
        print(check(network, [half_hidden_windows(clip) for clip in clips if clip.body in kept_out]))
        return 0
    export(network, options.out / f"{NAME}.onnx")
    write_text(options.out / f"{NAME}.json", json.dumps(_metadata(options), indent=2) + "\n")
    return 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows of N times F frames.

    Attributes:
        rows: (N, F, C) of `hidden_inputs`.
        wrong: (N, F, 17) 1 where a joint is in a wrong place because something hides it.
        shifts: (N, F, 17, 2) from there to the right one, in sizes of the person.
        seen: (N, F, 17) 1 where the detector found the joint.
    """

    rows: Tensor
    wrong: Tensor
    shifts: Tensor
    seen: Tensor


def drawn_windows(pack: MotionPack, count: int, noise: FittedNoise, rng: np.random.Generator) -> Windows:
    """Windows of motion capture before virtual cameras, something hidden in most of them."""
    windows = vary_bodies(sample_windows(pack, count, _FRAMES, rng, target=_FRAMES // 2, vary_tempo=True), rng)
    cameras = sample_cameras(count, rng)
    origin = target_pelvis(windows, _FRAMES // 2)
    cameras = step_back(cameras, see(cameras, windows, origin))
    true = project(see(cameras, windows, origin))
    height = (REFERENCE_HEIGHT_M / cameras.pelvis_m[:, 2]).astype(np.float32)
    usual = noise.apply(true, height, rng)
    found = hide(usual, height, rng)
    covered = (found.joints_2d != usual).any(axis=(2, 3))
    return Windows(with_middles(found.joints_2d), found.confidence, with_middles(true), covered)


def as_batch(windows: Windows) -> Batch:
    """What the network is told of windows, and what it shall say."""
    rows, size = hidden_inputs(windows.joints_2d.astype(np.float64), windows.confidence.astype(np.float64))
    shifts = (windows.true_2d - windows.joints_2d) / size[..., None, None]
    wrong = (np.linalg.norm(shifts, axis=-1) > _OFF) & windows.covered[..., None]
    parts = (rows, wrong, shifts, windows.confidence > 0.0)
    return Batch(*(torch.from_numpy(part.astype(np.float32)) for part in parts))


def train(pack: MotionPack, clips: Sequence[Windows], options: argparse.Namespace) -> HiddenNetwork:
    """A network that was shown `steps` batches, half of each cut from the clips."""
    rng, noise = np.random.default_rng(options.seed), FittedNoise.from_file("blazepose-33")
    network = HiddenNetwork(INPUTS)
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=_DECAY)
    began, mean = time.monotonic(), np.zeros(2)
    half = options.batch // 2
    for step in range(options.steps):
        for group in optimiser.param_groups:
            group["lr"] = _PEAK_RATE * min(1.0, step / _WARM_UP) * (1.0 - step / options.steps)
        drawn, cut = drawn_windows(pack, options.batch - half, noise, rng), cut_windows(clips, half, _FRAMES, rng)
        tells, places = _losses(network, [as_batch(drawn), as_batch(cut)])
        optimiser.zero_grad()
        (tells + _SHIFTS * places).backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        mean = 0.98 * mean + 0.02 * np.array([tells.item(), places.item()])
        if step % 100 == 99:
            rate = (step + 1) / (time.monotonic() - began)
            means = " ".join(f"{value:.4f}" for value in mean / (1 - 0.98 ** (step + 1)))
            print(f"{step + 1} {rate:.1f}/s  {means}", flush=True)
    network.eval()
    return network


def _losses(network: HiddenNetwork, batches: Sequence[Batch]) -> tuple[Tensor, Tensor]:
    """Of what is said about the joints, and of where they are put."""
    rows, wrong, shifts, seen = (
        torch.cat([getattr(batch, name) for batch in batches]) for name in ("rows", "wrong", "shifts", "seen")
    )
    said, placed = _split(network(rows))
    tells = nn.functional.binary_cross_entropy_with_logits(said, wrong, weight=seen)
    missing = nn.functional.smooth_l1_loss(placed, shifts, beta=0.05, reduction="none").sum(dim=-1)
    weight = torch.where((wrong > 0) | (seen == 0), 1.0, _AGREES)
    return tells, (missing * weight).mean()


def check(network: HiddenNetwork, clips: Sequence[Windows]) -> str:
    """What it finds in clips that it has not seen: joints of the limbs that are likelier out of place than not."""
    found = wrong = false = right = 0
    for clip in clips:
        one = as_batch(clip)
        with torch.no_grad():
            said = _split(network(one.rows))[0] > 0.0
        limbs, seen = list(LIMBS), one.seen[..., LIMBS] > 0
        out, said = (one.wrong[..., limbs] > 0) & seen, said[..., limbs] & seen
        found, wrong = found + int((said & out).sum()), wrong + int(out.sum())
        false, right = false + int((said & ~out).sum()), right + int((seen & ~out).sum())
    return (
        f"{len(clips)} clips of bodies kept out: {100 * found / wrong:.1f} % of {wrong} joints out of place found, "
        f"{100 * false / right:.2f} % of {right} others taken for such"
    )


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
    extras = Path(__file__).resolve().parents[2] / "out" / "samples" / "extras"
    made = [extras / "hidden_by_things", extras / "hidden_by_people"]
    parser.add_argument("--clips", type=Path, nargs="+", default=made, help="folders made as above")
    parser.add_argument("--check", action="store_true", help="train without some bodies and say what is found on them")
    parser.add_argument("--out", type=Path, default=WEIGHTS_FOLDER, help="folder of the weights")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=2021)
    return parser


if __name__ == "__main__":
    sys.exit(main())
