"""Windows of what a detector really made of people half of whom got hidden (`samples/make_extras.py --hidden-by`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from ..clip import found_joints
from ..lift.gaps import fill_gaps
from ..lift.normalise import MIRRORED, PELVIS, SPINE, SPINE_FRACTION, THORAX
from ..refine.hidden_network import LIMBS
from .extras import ExtraClip
from .half_hidden import MIDDLES

Array = NDArray[np.float32]
Bools = NDArray[np.bool_]

_BESIDE: Final = 7
"""So many frames around one: something before the person in any of them covers the person in it as well."""
_WITH_ANOTHER: Final = 0.2
_MOSTLY: Final = 0.5
"""The detector is with the person while so many joints of the limbs are nearer, in sizes, to their places."""


@dataclass(frozen=True, slots=True)
class Windows:
    """N windows of F frames.

    Attributes:
        joints_2d: (N, F, 17, 2) as detected, gaps led over, any unit.
        confidence: (N, F, 17) 0..1, 0 where unseen.
        true_2d: (N, F, 17, 2) where the joints are.
        covered: (N, F) whether something is before the person; what errs at other times is the detector's usual error.
    """

    joints_2d: Array
    confidence: Array
    true_2d: Array
    covered: Bools


def with_middles(joints_2d: Array) -> Array:
    """The joints (..., 17, 2), those of the trunk put where a layout has them: between the pairs. In place."""
    for middle, pair in MIDDLES:
        joints_2d[..., middle, :] = joints_2d[..., pair, :].mean(axis=-2)
    pelvis, thorax = joints_2d[..., PELVIS, :], joints_2d[..., THORAX, :]
    joints_2d[..., SPINE, :] = pelvis + np.float32(SPINE_FRACTION) * (thorax - pelvis)
    return joints_2d


def half_hidden_windows(clip: ExtraClip) -> Windows:
    """A clip, and its mirror image, as two windows: what the program has before it judges the joints.

    Where the detector went away with somebody else for good, the clip ends: which of two people is followed is not
    told from the joints.
    """
    px, confidence, _ = found_joints(clip.track, clip.body)
    true = with_middles(clip.joints_px.astype(np.float32))
    size = np.median(np.hypot(*np.ptp(true, axis=1).T))
    off = np.linalg.norm(px - true, axis=-1)[:, LIMBS] / size
    stays = np.flatnonzero((off < _WITH_ANOTHER).mean(axis=1) > _MOSTLY)
    end = int(stays[-1]) + 1 if len(stays) else 1
    px, confidence, true = px[:end], confidence[:end], true[:end]
    line = fill_gaps(px, confidence > 0.0, clip.track.times_s[:end])
    covered = np.tile(maximum_filter1d(clip.covered[:end], _BESIDE), (2, 1))
    both = (_with_mirror(line.astype(np.float32)), _with_mirror(true))
    return Windows(both[0], np.stack([confidence, confidence[:, MIRRORED]]).astype(np.float32), both[1], covered)


def _with_mirror(joints_2d: Array) -> Array:
    return np.stack([joints_2d, joints_2d[:, MIRRORED] * np.array([-1.0, 1.0], np.float32)])


def cut_windows(clips: Sequence[Windows], count: int, frames: int, rng: np.random.Generator) -> Windows:
    """Cuts of so many frames from anywhere in the clips that are as long."""
    clips = [clip for clip in clips if clip.confidence.shape[1] >= frames]
    cuts = []
    for number in rng.integers(0, len(clips), count):
        clip = clips[number]
        first = int(rng.integers(0, clip.confidence.shape[1] - frames + 1))
        cuts.append((clip, int(rng.integers(0, 2)), slice(first, first + frames)))
    return Windows(
        np.stack([clip.joints_2d[side, part] for clip, side, part in cuts]),
        np.stack([clip.confidence[side, part] for clip, side, part in cuts]),
        np.stack([clip.true_2d[side, part] for clip, side, part in cuts]),
        np.stack([clip.covered[side, part] for clip, side, part in cuts]),
    )
