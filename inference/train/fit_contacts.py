"""python -m inference.train.fit_contacts: learns when feet stand from motion capture that was filmed and lifted.

    POSE_DATA=DATA .venv/runtime/bin/python samples/make_stands.py
    .venv/train/bin/python -m inference.train.fit_contacts --data FOLDER

writes inference/weights/contacts.onnx and .json. Each clip goes through a virtual camera, the detector's errors and the
lifter, as those do that the program measures itself on. Of captured feet it is known when they stand as far as ankles
tell; of bodies that were led through such motions, heels and toes too, and a third of these are half hidden for a
while, a third gone. Eight subjects are left out and tell how well the network does.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..clip import build_body, contact_evidence
from ..data.options import add_data
from ..errors import InferenceError
from ..evaluate.contacts import contact_scores
from ..evaluate.world_clips import GONE, OCCLUDED, PLAIN, WorldClip, read_world_clips, world_clip
from ..files import write_text
from ..lift.lifter import Lifter
from ..lift.weights import DEFAULT_LIFTER, WEIGHTS_FOLDER
from ..models.contacts import ContactNetwork
from ..npz import read_arrays
from ..refine.contact_inputs import contact_inputs
from ..refine.contact_network import NAME
from .contact_truth import foot_contacts
from .export import export_rows
from .pack import MotionPack, read_pack

Array = NDArray[np.float32]

_WINDOW: Final = 60
_BATCH: Final = 48
_PEAK_RATE: Final = 3e-3
_WARM_UP: Final = 200
_DECAY: Final = 1e-3
_LEAST_SPREAD: Final = 0.05
_LEFT_OUT: Final = 8
_PARTS: Final = ("foot", "heel", "toe")
_CONDITIONS: Final = (PLAIN, OCCLUDED, GONE)
"""Of the bodies' clips, one after the other."""


@dataclass(frozen=True, slots=True)
class FootClip:
    """One foot over T frames: inputs (T, C); whether foot, heel and toe stand, and where that is known (T, 3)."""

    inputs: Array
    stands: Array
    known: Array


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    try:
        learned, left_out = read_feet(options)
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    network = train(learned, options.steps, options.seed)
    scores = {part: contact_scores(*_said_and_true(network, left_out, k)) for k, part in enumerate(_PARTS)}
    export(network, options.out / f"{NAME}.onnx")
    frames = sum(len(foot.stands) for foot in learned) // 2
    write_text(options.out / f"{NAME}.json", json.dumps(_metadata(options, frames, scores), indent=2) + "\n")
    told = "; ".join(f"{part} AUC {one['auc']:.4f}, F1 {one['f1']:.4f}" for part, one in scores.items())
    print(f"{NAME}.onnx: {frames} frames, subjects left out: {told}")
    return 0


def read_feet(options: argparse.Namespace) -> tuple[list[FootClip], list[FootClip]]:
    """All feet of every so many clips: those to learn from, and those of the subjects that are left out.

    Raises:
        InferenceError: the pack or the stands cannot be read.
    """
    path = options.data if options.data.is_file() else options.data / "cmu17_train.npz"
    stands, truth = read_stands(options.stands)
    names, lifter = read_pack(path).names, Lifter(options.lifter)
    subjects = sorted({_subject(str(name)) for name in names})
    out = set(np.random.default_rng(options.seed).choice(subjects, _LEFT_OUT, replace=False).tolist())
    groups: tuple[list[FootClip], list[FootClip]] = [], []
    for clip in read_world_clips(path, lifter, options.seed, PLAIN, range(0, len(names), options.every)):
        groups[_subject(clip.name) in out].extend(feet_of(clip))
    for number in range(len(stands)):
        clip = world_clip(stands, number, lifter, options.seed, _CONDITIONS[number % len(_CONDITIONS)])
        soles = truth[stands.offsets[number] : stands.offsets[number + 1]]
        groups[_subject(clip.name) in out].extend(feet_of(clip, soles))
    return groups


def read_stands(path: Path) -> tuple[MotionPack, NDArray[np.bool_]]:
    """Motions of bodies, and (S, 2, 2) when heel and toe of their left and right foot stand.

    Raises:
        InferenceError: the file is missing or no such file.
    """
    try:
        arrays = read_arrays(path, ("joints", "offsets", "names", "fps", "contact"))
    except ValueError as error:
        message = f"{path.name} cannot be read: {error}."
        raise InferenceError("bad-data", message, "Make it with samples/make_stands.py.") from error
    pack = MotionPack(arrays["joints"], arrays["offsets"], arrays["names"], float(arrays["fps"]))
    return pack, arrays["contact"]


def _subject(name: str) -> str:
    return name.split("_")[0]


def feet_of(clip: WorldClip, soles: NDArray[np.bool_] | None = None) -> list[FootClip]:
    """Left and right foot of a clip.

    Args:
        clip: whose true ankles tell when a foot stands.
        soles: (T, 2, 2) when heels and toes do; None where nobody knows.
    """
    body = build_body(clip.track, clip.joints_2d, clip.lifted)
    rows = contact_inputs(*contact_evidence(clip.track, clip.joints_2d, body)).astype(np.float32)
    stands, known = foot_contacts(clip.truth_m, clip.heights_m, clip.track.fps, clip.clean)
    ends = np.zeros((*stands.shape, 2), np.bool_) if soles is None else soles
    told = np.full(ends.shape, soles is not None)
    parts, asked = (
        np.concatenate([foot[..., None], each], axis=2).astype(np.float32)
        for foot, each in ((stands, ends), (known, told))
    )
    return [FootClip(rows[foot], parts[:, foot], asked[:, foot]) for foot in (0, 1)]


def train(feet: Sequence[FootClip], steps: int, seed: int) -> ContactNetwork:
    """A network that was shown `steps` batches of windows, each foot as often as it has frames."""
    rng = np.random.default_rng(seed)
    rows = np.concatenate([foot.inputs for foot in feet])
    spread = np.maximum(rows.std(axis=0), _LEAST_SPREAD)
    network = ContactNetwork(torch.from_numpy(rows.mean(axis=0)), torch.from_numpy(spread))
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=_DECAY)
    share = np.array([len(foot.stands) for foot in feet], np.float64)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = _PEAK_RATE * min(1.0, step / _WARM_UP) * (1.0 - step / steps)
        chosen = rng.choice(len(feet), _BATCH, p=share / share.sum())
        inputs, stands, known = _batch([feet[number] for number in chosen], rng)
        loss = nn.functional.binary_cross_entropy_with_logits(network(inputs), stands, weight=known, reduction="sum")
        optimiser.zero_grad()
        (loss / known.sum().clamp(min=1.0)).backward()
        optimiser.step()
    network.eval()
    return network


def _batch(feet: Sequence[FootClip], rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A window of each foot; shorter clips are held at their last frame, about which nothing is asked."""
    columns: tuple[list[Array], list[Array], list[Array]] = [], [], []
    for foot in feet:
        length = min(_WINDOW, len(foot.stands))
        first = int(rng.integers(0, len(foot.stands) - length + 1))
        part, missing = slice(first, first + length), _WINDOW - length
        columns[0].append(np.pad(foot.inputs[part], ((0, missing), (0, 0)), mode="edge"))
        columns[1].append(np.pad(foot.stands[part], ((0, missing), (0, 0))))
        columns[2].append(np.pad(foot.known[part], ((0, missing), (0, 0))))
    inputs, stands, known = (torch.from_numpy(np.stack(column)) for column in columns)
    return inputs, stands, known


def _said_and_true(
    network: ContactNetwork, feet: Sequence[FootClip], part: int
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Logits and truth of foot, heel or toe over all frames in which the truth is known."""
    said, true = [], []
    with torch.no_grad():
        for foot in feet:
            known = foot.known[:, part] > 0.0
            said.append(network(torch.from_numpy(foot.inputs[None]))[0, :, part].numpy()[known])
            true.append(foot.stands[known, part] > 0.0)
    return np.concatenate(said), np.concatenate(true)


def export(network: ContactNetwork, path: Path) -> None:
    """Writes the network for `inference.refine.contact_network`: rows (N, T, C) to logits (N, T, 3), N and T free."""
    export_rows(network, path, torch.zeros(2, _WINDOW, len(network.mean)), "logits")


def _metadata(options: argparse.Namespace, frames: int, scores: dict[str, dict[str, float]]) -> dict[str, object]:
    return {
        "task": NAME,
        "inputs": "inference/refine/contact_inputs.py",
        "licence": "CC0-1.0",
        "data": "CMU Graphics Lab Motion Capture Database (mocap.cs.cmu.edu), funded by NSF EIA-0196217",
        "lifter": options.lifter,
        "every": options.every,
        "frames": frames,
        "steps": options.steps,
        "seed": options.seed,
        "left_out": {part: {name: round(value, 4) for name, value in one.items()} for part, one in scores.items()},
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference.train.fit_contacts", description=__doc__)
    add_data(parser, "folder of cmu17_train.npz, or that file")
    parser.add_argument("--out", type=Path, default=WEIGHTS_FOLDER, help="folder of the weights")
    parser.add_argument("--lifter", default=DEFAULT_LIFTER, help="weights by name")
    parser.add_argument("--every", type=int, default=4, help="take every so many clips only")
    made = Path(__file__).resolve().parents[2] / "out" / "samples" / "extras" / "stands.npz"
    parser.add_argument("--stands", type=Path, default=made, help="made as above")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=2021)
    return parser


if __name__ == "__main__":
    sys.exit(main())
