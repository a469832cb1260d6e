"""python -m inference.train.fit_blend: learns what of the detector's own 3D to believe, `inference/weights/blend.npz`.

    POSE_DATA=DATA .venv/runtime/bin/python samples/make_extras.py          people in motion, as the detector sees them,
                                                                            once more with each --hidden-by
    .venv/train/bin/python -m inference.train.fit_blend --check             error on bodies that it has not seen
    .venv/train/bin/python -m inference.train.fit_blend                     writes the weights

Each clip is lifted as the program does; the network learns the step from there to the truth. Another lifter or another
detector errs in another way: train it again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..clip import joint_sights, lift_clip, track_joints
from ..errors import InferenceError
from ..evaluate.metrics import p_mpjpe
from ..files import write_whole
from ..joints import REFERENCE_HEIGHT_M
from ..keypoint_track import KeypointTrack
from ..layouts import load_layout
from ..lift.lifter import Lifter
from ..lift.normalise import MIRROR, MIRRORED, mirror_poses
from ..lift.weights import DEFAULT_LIFTER
from ..models.blend import Blend
from ..refine.blend_inputs import blend_inputs, corrections_to, mirrored, own_pose
from ..refine.blend_network import BLEND_WEIGHTS, BlendNetwork, blended, load_blend
from .extras import LAYOUT, ExtraClip, read_extras

Array = NDArray[np.float64]

_WIDTH, _DROPOUT, _NOISE = 64, 0.3, 0.1
_BATCH: Final = 256
_RATE, _DECAY, _WARM_UP = 2e-3, 0.1, 0.1
_LEAST_SPREAD: Final = 0.05
_SLIP_M: Final = 0.6
"""What is further from the truth teaches nothing."""
_CHECKED: Final = 6
"""With --check every sixth body is kept out."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A clip of T frames as the detector saw it, lifted, and the truth.

    Attributes:
        body: whose it is.
        track: as detected.
        lifted_px, confidence: (T, 17, 2) and (T, 17), what was lifted.
        lifted, truth: (T, 17, 3) root-relative metres, camera axes, reference height.
        sights: (T, 3) unit vectors from the camera to the pelvis.
    """

    body: str
    track: KeypointTrack
    lifted_px: Array
    confidence: Array
    lifted: Array
    truth: Array
    sights: Array


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    try:
        seen = read_sightings(options.clips, Lifter(options.lifter, 1))
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    bodies = sorted({one.body for one in seen})
    kept_out = set(bodies[::_CHECKED]) if options.check else set()
    learned = [one for one in seen if one.body not in kept_out]
    network = train(learned, options.steps, options.seed)
    print(f"{len(learned)} clips, {sum(len(one.lifted) for one in learned)} frames")
    if options.check:
        with tempfile.TemporaryDirectory() as folder:
            write_blend(network, Path(folder) / BLEND_WEIGHTS.name)
            checked = load_blend(Path(folder) / BLEND_WEIGHTS.name)
        before, behind = errors_mm([one for one in seen if one.body in kept_out], checked)
        print(f"bodies kept out: P-MPJPE {before:.1f} mm lifted, {behind:.1f} mm blended")
    else:
        write_blend(network, options.out)
        print(options.out)
    return 0


def read_sightings(folders: Sequence[Path], lifter: Lifter) -> list[Sighting]:
    """The clips of `samples/make_extras.py`, lifted.

    Raises:
        InferenceError: there is none in a folder, or one cannot be read.
    """
    return [_sighting(clip, lifter) for folder in folders for clip in read_extras(folder)]


def _sighting(clip: ExtraClip, lifter: Lifter) -> Sighting:
    joints_2d = track_joints(clip.track, clip.body)
    truth = clip.joints_camera_m
    return Sighting(
        body=clip.body,
        track=clip.track,
        lifted_px=joints_2d.px,
        confidence=joints_2d.confidence,
        lifted=lift_clip(clip.track, joints_2d, lifter),
        truth=(truth - truth[:, :1]) * REFERENCE_HEIGHT_M / clip.height_m,
        sights=joint_sights(clip.track, joints_2d)[:, 0],
    )


def train(seen: Sequence[Sighting], steps: int, seed: int) -> Blend:
    """A network that has seen `steps` batches of the clips and their mirror images, begun at random."""
    rng = np.random.default_rng(seed)
    lessons = [lesson for one in seen for mirror in (False, True) if (lesson := _lesson(one, mirror)) is not None]
    features, wanted = (_tensor(np.concatenate(column)) for column in zip(*lessons, strict=True))
    network = Blend(_WIDTH, _DROPOUT)
    network.tell(features.mean(dim=0), features.std(dim=0).clamp(min=_LEAST_SPREAD))
    optimiser = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, steps, pct_start=_WARM_UP)
    for _ in range(steps):
        chosen = torch.from_numpy(rng.integers(0, len(features), _BATCH))
        loss = (network(features[chosen], _NOISE) - wanted[chosen]).reshape(_BATCH, -1, 3).norm(dim=-1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    network.eval()
    return network


def _lesson(one: Sighting, mirror: bool) -> tuple[Array, Array] | None:
    """Features (N, FEATURES) and true corrections (N, CORRECTIONS) of the frames that teach something."""
    own = own_pose(load_layout(LAYOUT), one.track.world, one.track.px, one.lifted_px, one.lifted)
    if own is None:
        return None
    lifted, truth, confidence, sights = one.lifted, one.truth, one.confidence, one.sights
    if mirror:
        lifted, truth, confidence = mirror_poses(lifted), mirror_poses(truth), confidence[:, MIRRORED]
        own, sights = mirrored(own), sights * MIRROR
    wanted = corrections_to(truth, lifted)
    teaches = own.known & (np.abs(wanted).max(axis=1) < _SLIP_M)
    return blend_inputs(lifted, own, confidence, sights)[teaches], wanted[teaches]


def errors_mm(seen: Sequence[Sighting], network: BlendNetwork) -> tuple[float, float]:
    """P-MPJPE over all frames: of the lifted poses, and of the blended ones."""
    found = [_blended(one, network) for one in seen]
    truth = np.concatenate([one.truth for one in seen])
    return p_mpjpe(np.concatenate([one.lifted for one in seen]), truth), p_mpjpe(np.concatenate(found), truth)


def _blended(one: Sighting, network: BlendNetwork) -> Array:
    layout, track = load_layout(LAYOUT), one.track
    used, sure = one.lifted_px, one.confidence
    return blended(one.lifted, layout, track.world, track.px, used, sure, one.sights, track.times_s, network)


def write_blend(network: Blend, path: Path) -> None:
    """Weights in half precision, by the names that `inference.refine.blend_network` reads."""
    arrays = {name: part.detach().half().numpy() for name, part in network.state_dict().items()}
    write_whole(path, lambda stream: np.savez_compressed(stream, **arrays))


def _tensor(values: Array) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m inference.train.fit_blend", description=__doc__)
    extras = Path(__file__).resolve().parents[2] / "out" / "samples" / "extras"
    made = [extras / name for name in ("clips", "hidden_by_things", "hidden_by_people")]
    parser.add_argument("--clips", type=Path, nargs="+", default=made, help="folders that samples/make_extras.py wrote")
    parser.add_argument("--lifter", default=DEFAULT_LIFTER, help="weights by name")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=2021)
    parser.add_argument("--out", type=Path, default=BLEND_WEIGHTS, help="the weights, .npz")
    parser.add_argument(
        "--check", action="store_true", help="keep every sixth body out, say the error on them, write nothing"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
