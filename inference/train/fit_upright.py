"""python -m inference.train.fit_upright: trains the estimator of up, `inference/weights/upright.npz`.

Lifts the training motion through virtual cameras (kept in --clips, so that the next run begins there), then fits a
small network whose answers are as sure as they are good: the loss is the negative logarithm of a Laplace distribution
of the clip's error, its spread the network's own.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..data.options import add_data
from ..errors import InferenceError
from ..lift.lifter import Lifter
from ..lift.normalise import MIRRORED
from ..lift.weights import DEFAULT_LIFTER
from ..models.up_network import UpNetwork
from ..npz import read_arrays
from ..refine.balance import balance_up
from ..refine.up_network import UP_WEIGHTS, load_up_network
from ..refine.up_windows import FEATURES, Windows, body_axes, features, sample_windows
from ..refine.upright import estimate_up
from ..refine.vectors import unit
from .pack import read_pack
from .upright_clips import UpClip, lift_up_clips, read_up_clips, write_up_clips

Array = NDArray[np.float64]

_WIDTH: Final = 96
_BATCH: Final = 32
_RATE, _DECAY, _WARM_UP = 2e-3, 1e-2, 0.1
_LENGTHS: Final = (10, 20, 40, 100, 100)
"""Stations of a training excerpt, of which one is drawn."""
_MOST: Final = 32
"""Stations of it that are looked at: neighbours say the same."""
_TRUE_START: Final = 0.4
_OFF_RAD: Final = (0.02, 0.06, 0.15)
"""An estimate begins near the truth or at the body's balance, this far off on each axis: it has to learn to correct."""
_CHECKED: Final = 6
"""With --check every sixth subject is kept out."""
_FLIP: Final = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True, slots=True)
class Lesson:
    """One clip: its windows, the balance's up and the true one, (3,) camera axes."""

    windows: Windows
    balance: Array
    truth: Array


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    try:
        clips = _clips(options)
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    subjects = sorted({clip.subject for clip in clips})
    kept_out = set(subjects[::_CHECKED]) if options.check else set()
    learned = [clip for clip in clips if clip.subject not in kept_out]
    network = train(learned, options.steps, options.seed, options.begin)
    write_up_network(network, options.out)
    print(options.out)
    if options.check:
        print(f"{mean_error_deg([clip for clip in clips if clip.subject in kept_out], options.out):.2f} degrees")
    return 0


def train(clips: list[UpClip], steps: int, seed: int, begin: Path | None = None) -> UpNetwork:
    """A network that has seen `steps` batches of the clips, begun at random or with the weights `begin`."""
    rng = np.random.default_rng(seed)
    lessons = [_lesson(clip) for clip in clips]
    network = UpNetwork(FEATURES, _WIDTH)
    if begin is not None:
        network.load_state_dict(
            {name: _tensor(part) for name, part in read_arrays(begin, network.state_dict()).items()}
        )
    optimiser = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, steps, pct_start=_WARM_UP)
    losses = []
    for step in range(steps):
        chosen = [lessons[number] for number in rng.integers(0, len(lessons), _BATCH)]
        loss = _loss(network, chosen, rng)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        if step % 500 == 499:
            print(f"{step + 1}: {np.mean(losses[-500:]):.3f}", flush=True)
    return network


def mean_error_deg(clips: list[UpClip], weights: Path) -> float:
    """Mean angle between true up and what these weights make of clips."""
    network, errors = load_up_network(weights), []
    for clip in clips:
        joints = clip.joints_m.astype(np.float64)
        up = estimate_up(joints, np.ones(len(joints), bool), _times(clip), network).direction
        errors.append(np.degrees(np.arctan2(np.linalg.norm(np.cross(up, clip.up)), up @ clip.up)))
    return float(np.mean(errors))


def write_up_network(network: UpNetwork, path: Path) -> None:
    """Weights in half precision, by the names that `inference.refine.up_network` reads."""
    partial = path.with_suffix(".tmp.npz")
    np.savez_compressed(partial, **{k: v.detach().half().numpy() for k, v in network.state_dict().items()})
    partial.replace(path)


def _clips(options: argparse.Namespace) -> list[UpClip]:
    if not options.clips.is_file():
        clips = list(lift_up_clips(read_pack(options.data / "cmu17_train.npz"), Lifter(options.lifter)))
        write_up_clips(options.clips, clips)
    return read_up_clips(options.clips)


def _times(clip: UpClip) -> Array:
    return np.arange(len(clip.joints_m)) / clip.fps


def _lesson(clip: UpClip) -> Lesson:
    joints, everywhere = clip.joints_m.astype(np.float64), np.ones(len(clip.joints_m), bool)
    return Lesson(sample_windows(joints, everywhere, _times(clip)), balance_up(joints, everywhere), clip.up)


def _loss(network: UpNetwork, lessons: list[Lesson], rng: np.random.Generator) -> Tensor:
    """Negative log likelihood of the true turns, up to a constant: a Laplace distribution with elliptic contours."""
    begin = np.array([_start(lesson, rng) for lesson in lessons])
    excerpts = [_excerpt(lesson.windows, rng) for lesson in lessons]
    counts = np.array([len(windows.sight) for windows in excerpts])
    mask = np.arange(_MOST) < counts[:, None]
    windows = Windows(
        np.concatenate([one.joints_m for one in excerpts]), np.concatenate([one.sight for one in excerpts])
    )
    found = body_axes(windows, np.repeat(begin, counts, axis=0))
    flip = np.repeat(rng.random(len(lessons)) < 0.5, counts)
    values = features(windows, found)
    values[flip], found[flip, 0] = mirrored(values[flip]), -found[flip, 0]
    features_in, axes = np.zeros((*mask.shape, FEATURES)), np.zeros((*mask.shape, 3, 3))
    features_in[mask], axes[mask] = values, found
    up, truth = _tensor(begin), _tensor(np.array([lesson.truth for lesson in lessons]))
    turn, information = clip_answer(network, _tensor(features_in), _tensor(axes), _tensor(mask.astype(np.float64)), up)
    wanted = truth / (truth * up).sum(-1, keepdim=True) - up
    off = wanted - turn
    along = up[:, :, None] * up[:, None]
    square = torch.einsum("ni,nij,nj->n", off, information, off)
    return (torch.sqrt(3.0 * square + 1e-4) - 0.5 * torch.logdet(information + along)).mean()


def clip_answer(
    network: UpNetwork, features_in: Tensor, axes: Tensor, mask: Tensor, up: Tensor
) -> tuple[Tensor, Tensor]:
    """How far `up` (N, 3) has to turn, (N, 3) across it, and the information about that, (N, 3, 3).

    Args:
        network: in training.
        features_in: (N, S, FEATURES) of stations, padded.
        axes: (N, S, 3, 3) the bodies' axes.
        mask: (N, S) 1 where there is a station.
        up: from which `axes` were made.
    """
    slants, log_precisions, log_worth = network(features_in, mask)
    precisions = log_precisions.exp() * mask[..., None]
    level, count = axes[:, :, :2], mask.sum(dim=1)
    information = torch.einsum("nski,nsk,nskj->nij", level, precisions, level) / count[:, None, None]
    pull = torch.einsum("nski,nsk->ni", level, precisions * slants) / count[:, None]
    along = up[:, :, None] * up[:, None]
    turn = torch.linalg.solve(information + 10.0 * along + 1e-3 * torch.eye(3), pull[..., None])[..., 0]
    return turn, information * log_worth.exp()[:, None, None]


def _tensor(values: Array) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))


def mirrored(features_in: Array) -> Array:
    """What the features (S, FEATURES) of the mirrored clip are."""
    directions = 6
    poses = features_in[:, :-directions].reshape(len(features_in), -1, len(MIRRORED), 3)[:, :, list(MIRRORED)] * _FLIP
    rest = features_in[:, -directions:].reshape(-1, 2, 3) * _FLIP
    return np.concatenate([part.reshape(len(features_in), -1) for part in (poses, rest)], axis=1)


def _start(lesson: Lesson, rng: np.random.Generator) -> Array:
    near = lesson.truth if rng.random() < _TRUE_START else lesson.balance
    return unit(near + rng.normal(0.0, rng.choice(_OFF_RAD), 3))


def _excerpt(windows: Windows, rng: np.random.Generator) -> Windows:
    length = min(len(windows.sight), int(rng.choice(_LENGTHS)))
    first = int(rng.integers(0, len(windows.sight) - length + 1))
    chosen = first + rng.permutation(length)[:_MOST]
    return Windows(windows.joints_m[chosen], windows.sight[chosen])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference.train.fit_upright", description=__doc__)
    add_data(parser, "folder of cmu17_train.npz")
    parser.add_argument("--clips", type=Path, required=True, help="lifted clips, .npz: made if it is not there")
    parser.add_argument("--lifter", default=DEFAULT_LIFTER, help="weights by name")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--begin", type=Path, help="weights to go on from")
    parser.add_argument("--seed", type=int, default=2021)
    parser.add_argument("--out", type=Path, default=UP_WEIGHTS, help="the weights, .npz")
    parser.add_argument("--check", action="store_true", help="keep every sixth subject out and say the error on them")
    return parser


if __name__ == "__main__":
    sys.exit(main())
