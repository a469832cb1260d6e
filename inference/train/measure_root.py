"""python -m inference.train.measure_root: the root's place by a trajectory network, and by fitting as the program does.

Both see the same windows of held-out motion. The root is in metres of the reference skeleton before the camera that the
user assumes, so a focal length that nobody knows counts against neither.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from ..data.options import add_data
from ..errors import InferenceError
from ..lift.network import OnnxNetwork
from ..lift.normalise import mirror_inputs, mirror_poses
from ..lift.track import MODEL_FPS
from ..lift.weights import load_weights_info
from ..refine.root import solve_root, solve_root_at_depth
from .batches import Batch, make_batch
from .checkpoint import load_average
from .noise import NoiseModel
from .pack import MotionPack, read_pack

Array = NDArray[np.float64]
_SEED: Final = 11
_CHUNK: Final = 8


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m inference.train.measure_root", description=__doc__)
    parser.add_argument("checkpoint", type=Path, help="of a run with --task trajectory")
    parser.add_argument("--lifter", default="atcn-27", help="weights whose poses are fitted")
    add_data(parser, "folder of the pack")
    parser.add_argument("--windows", type=int, default=2048)
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    try:
        pack = read_pack(options.data / "cmu17_test.npz")
        noises = {"true 2D": None, "detector": NoiseModel.from_file()}
        report = {
            name: compare(options.checkpoint, options.lifter, pack, options.windows, noise)
            for name, noise in noises.items()
        }
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    print(json.dumps(report, indent=2))
    return 0


def compare(
    checkpoint: Path, lifter: str, pack: MotionPack, windows: int, noise: NoiseModel | None
) -> dict[str, dict[str, float]]:
    """Errors of each way to place the root, by name; see `root_errors`.

    `fit`: the lifter's poses brought onto their rays; `network`: the trajectory network alone; `network depth`: its
    depth, and the place across the view by fitting.
    """
    network, progress = load_average(checkpoint)
    if progress.task != "trajectory":
        raise InferenceError("bad-checkpoint", f"{checkpoint.name} was trained for '{progress.task}'.", "Give another.")
    info = load_weights_info(lifter)
    if info.slides or (info.receptive_field, info.target) != (network.config.frames, network.config.target):
        raise InferenceError("bad-option", f"{lifter} sees other windows than {checkpoint.name}.", "Give another.")
    config, rng = network.config, np.random.default_rng(_SEED)
    batch = make_batch(pack, windows, config.frames, config.target, rng, noise=noise, vary=False, chunk=_CHUNK)
    poses = _lift(OnnxNetwork(info, "cpu"), batch)
    rays = _target_rays(batch, config.target)
    weights = np.ones(poses.shape[:2])
    placed = _predict(network, batch)
    return {
        "fit": root_errors(solve_root(poses, rays, weights), batch.root),
        "network": root_errors(placed, batch.root),
        "network depth": root_errors(solve_root_at_depth(poses, rays, weights, placed[:, 2]), batch.root),
    }


def root_errors(placed: Array, truth: NDArray[np.float32]) -> dict[str, float]:
    """Mean error in mm and in % of the depth, and of the velocity in mm/s.

    Args:
        placed, truth: (N, 3) metres, chunks of `_CHUNK` frames that follow each other.
    """
    off = placed - truth
    distance = np.linalg.norm(off, axis=-1)
    steps = np.diff(off.reshape(-1, _CHUNK, 3), axis=1)
    return {
        "mm": round(1000.0 * float(distance.mean()), 1),
        "percent_of_depth": round(100.0 * float((distance / truth[:, 2]).mean()), 2),
        "median_percent_of_depth": round(100.0 * float(np.median(distance / truth[:, 2])), 2),
        "velocity_mm_s": round(1000.0 * MODEL_FPS * float(np.linalg.norm(steps, axis=-1).mean()), 1),
    }


def _lift(network: OnnxNetwork, batch: Batch) -> Array:
    """Poses (N, 17, 3), averaged with those of the mirrored windows, as the program makes them."""
    straight, mirrored = (network.run(inputs) for inputs in (batch.inputs, mirror_inputs(batch.inputs)))
    poses = (straight + mirror_poses(mirrored)) / 2.0
    return np.asarray(poses - poses[:, :1], np.float64)


def _target_rays(batch: Batch, target: int) -> Array:
    """Detected joints (N, 17, 2) of the targets on the plane z = 1 of their ray cameras."""
    joints = batch.inputs[:, target].reshape(-1, 17, 2) * batch.size[:, None, None]
    return np.asarray(joints, np.float64)


def _predict(network: torch.nn.Module, batch: Batch) -> Array:
    """The trajectory network's roots (N, 3), in metres, averaged with those of the mirrored windows."""
    with torch.inference_mode():
        straight, mirrored = (
            network(torch.from_numpy(inputs))[:, 0].double().numpy()
            for inputs in (batch.inputs, mirror_inputs(batch.inputs))
        )
    root = (straight + mirrored * np.array([-1.0, 1.0, 1.0])) / 2.0
    root[:, 2] /= batch.size
    return np.asarray(root)


if __name__ == "__main__":
    sys.exit(main())
