"""python -m inference.train.fit_critic: a TKCS critic that tells captured motion from what the shipped lifter makes.

Cheng et al., section 3.2, without the lifter learning beside it: for the discriminator term of the inference stage
optimisation (section 3.5), which `build.py evaluate iso` measures.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from ..data.options import add_data
from ..errors import InferenceError
from ..lift.lifter import Lifter
from ..lift.weights import DEFAULT_LIFTER
from .critic import Critic
from .filmed_motion import filmed_motion
from .losses.tkcs import TkcsDiscriminator
from .noise import NoiseModel
from .pack import read_pack

STRETCH: Final = 32
"""Frames that the critic sees at once."""
_FILMED: Final = 240
_AT_ONCE: Final = 8
_BATCH: Final = 64
_WIDTH: Final = 64
"""A quarter of that beside a lifter in training: it is asked 150 times for every frame of a film."""
_REPORT: Final = 100

Motion = NDArray[np.float32]


def fit_critic(captured: Motion, lifted: Motion, steps: int, seed: int) -> Critic:
    """A critic of stretches cut at random from both.

    Args:
        captured, lifted: (N, T, 17, 3) root-relative metres, camera axes, T >= `STRETCH`.
        steps: of the optimiser.
        seed: of weights, stretches and rotations.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    critic = Critic(torch.device("cpu"), _WIDTH)
    lost = 0.0
    for step in range(1, steps + 1):
        loss = critic.step(_stretches(captured, rng), _stretches(lifted, rng))
        lost += float(loss)
        if step % _REPORT == 0:
            print(f"{step:6} steps, loss {lost / _REPORT:.3f} (0.693: cannot tell)", flush=True)
            lost = 0.0
    return critic


def save_critic(path: Path, network: TkcsDiscriminator) -> None:
    """Writes the weights aside, then puts them in place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".tmp")
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, str(aside))
    aside.replace(path)


def load_critic(path: Path) -> TkcsDiscriminator:
    """What `save_critic` wrote, its weights standing still.

    Raises:
        InferenceError: there is no such file, or it holds something else.
    """
    network = TkcsDiscriminator(_WIDTH)
    network.requires_grad_(False)
    try:
        network.load_state_dict(load_file(str(path)))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise InferenceError(
            "no-critic",
            f"The critic {path} cannot be read: {str(error).splitlines()[0]}.",
            "Make one with python -m inference.train.fit_critic.",
        ) from error
    return network


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        pack = read_pack(options.data if options.data.is_file() else options.data / "cmu17_train.npz")
        lifter, noise = Lifter(options.lifter), NoiseModel.from_file()
        rng = np.random.default_rng(options.seed)
        pairs = [
            filmed_motion(pack, _AT_ONCE, _FILMED, lifter, noise, rng) for _ in range(options.stretches // _AT_ONCE)
        ]
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    captured, lifted = (np.concatenate(side) for side in zip(*pairs, strict=True))
    print(f"{len(captured)} stretches of {_FILMED} frames", flush=True)
    save_critic(options.out, fit_critic(captured, lifted, options.steps, options.seed).network)
    print(options.out)
    return 0


def _stretches(motion: Motion, rng: np.random.Generator) -> Tensor:
    which = rng.integers(0, len(motion), _BATCH)[:, None]
    first = rng.integers(0, motion.shape[1] - STRETCH + 1, _BATCH)[:, None]
    return torch.from_numpy(motion[which, first + np.arange(STRETCH)])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference.train.fit_critic", description=__doc__)
    add_data(parser, "folder of cmu17_train.npz, or another pack")
    parser.add_argument("--out", type=Path, default=Path("out/critic.safetensors"), help="weights to write")
    parser.add_argument("--lifter", default=DEFAULT_LIFTER, help="weights by name")
    parser.add_argument("--stretches", type=int, default=160, help=f"of {_FILMED} frames, filmed and lifted")
    parser.add_argument("--steps", type=int, default=1000, help="of the optimiser")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    return parser


if __name__ == "__main__":
    sys.exit(main())
