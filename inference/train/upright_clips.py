"""What the estimator of up learns from: training motion as the program places it before it knows of any floor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..clip import body_in_camera
from ..edit.edits import NO_EDITS
from ..errors import InferenceError
from ..evaluate.world_clips import LONGEST, PLAIN, TILTED, world_clip
from ..lift.lifter import Lifter
from ..npz import read_arrays
from ..refine.settings import DEFAULT
from .pack import MotionPack

_SHORTEST: Final = 90
_SEEDS: Final = (7, 8)
_PLAIN_EVERY: Final = 3
_KEYS: Final = ("joints_m", "length", "up", "subject", "fps")


@dataclass(frozen=True, slots=True)
class UpClip:
    """One clip of T frames.

    Attributes:
        joints_m: (T, 17, 3) absolute, camera axes, of a person of the reference height, as `body_in_camera` gives them.
        up: (3,) true one, camera axes.
        subject: of the motion capture.
        fps: frame rate.
    """

    joints_m: NDArray[np.float32]
    up: NDArray[np.float64]
    subject: str
    fps: float


def lift_up_clips(pack: MotionPack, lifter: Lifter) -> Iterator[UpClip]:
    """The middle of each clip before tilted cameras; what is before and behind it, two of three before tilted ones.

    In a random order, always the same, so that a part of it is a fair sample.
    """
    ends = _ends(pack)
    todo = [(pack, number, _SEEDS[0], TILTED) for number in range(len(pack))]
    todo += [(ends, number, _SEEDS[1], TILTED if number % _PLAIN_EVERY else PLAIN) for number in range(len(ends))]
    for index in np.random.default_rng(_SEEDS).permutation(len(todo)):
        clip = world_clip(todo[index][0], todo[index][1], lifter, *todo[index][2:])
        said = NO_EDITS.standing(len(clip.track))
        body, _ = body_in_camera(clip.track, clip.joints_2d, clip.lifted, DEFAULT, said)
        yield UpClip(body.astype(np.float32), clip.up, clip.name.partition("_")[0], pack.fps)


def write_up_clips(path: Path, clips: list[UpClip]) -> None:
    """Keeps them for the next run; see `read_up_clips`."""
    partial = path.with_suffix(".tmp.npz")
    np.savez(
        partial,
        joints_m=np.concatenate([clip.joints_m for clip in clips]),
        length=np.array([len(clip.joints_m) for clip in clips]),
        up=np.array([clip.up for clip in clips]),
        subject=np.array([clip.subject for clip in clips]),
        fps=np.array(clips[0].fps),
    )
    partial.replace(path)


def read_up_clips(path: Path) -> list[UpClip]:
    """What `write_up_clips` kept.

    Raises:
        InferenceError: it is no such file.
    """
    try:
        kept = read_arrays(path, _KEYS)
    except ValueError as error:
        raise InferenceError("bad-data", f"{path.name} cannot be read: {error}.", "Remove it.") from error
    joints = np.split(kept["joints_m"], np.cumsum(kept["length"])[:-1])
    fps = float(kept["fps"])
    return [UpClip(*one, fps) for one in zip(joints, kept["up"], kept["subject"], strict=True)]


def _ends(pack: MotionPack) -> MotionPack:
    """Up to `LONGEST` frames before and behind the middle `LONGEST` of each clip, each as a clip."""
    stretches = []
    for number in range(len(pack)):
        start, stop = (int(frame) for frame in pack.offsets[number : number + 2])
        first = start + (stop - start - LONGEST) // 2
        last = first + LONGEST
        for begin, end in ((max(start, first - LONGEST), first), (last, min(stop, last + LONGEST))):
            if end - begin >= _SHORTEST:
                stretches.append((number, begin, end))
    return MotionPack(
        joints=np.concatenate([pack.joints[begin:end] for _, begin, end in stretches]),
        offsets=np.cumsum([0, *(end - begin for _, begin, end in stretches)]),
        names=np.array([pack.names[number] for number, _, _ in stretches]),
        fps=pack.fps,
    )
