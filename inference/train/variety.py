"""Which frames to learn from more often: motion capture holds hours of walking and minutes of dancing."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2, vq

from ..joints import INDEX
from ..lift.normalise import PELVIS
from .pack import MotionPack

_KINDS: Final = 256
"""Into so many kinds poses with their movement are sorted."""
_LEARNED_FROM: Final = 20_000
_STEP_S: Final = 0.2
_STEP_WEIGHT: Final = 2.5
"""A movement is where the joints go within this time; a metre of it tells as much as this many metres of pose."""
_EVENNESS: Final = 0.5
"""0 draws all frames alike, 1 all kinds alike: in between, what is common stays more common than what is rare."""
_AT_ONCE: Final = 50_000
_SEED: Final = 7


def balanced(pack: MotionPack) -> MotionPack:
    """The pack with `chances` by which frames of rare poses and movements are drawn more often."""
    looks = _looks(pack)
    rng = np.random.default_rng(_SEED)
    some = looks[rng.choice(len(looks), min(_LEARNED_FROM, len(looks)), replace=False)]
    centres, _ = kmeans2(some, min(_KINDS, len(some)), minit="++", seed=rng)
    kinds = np.concatenate([vq(looks[at : at + _AT_ONCE], centres)[0] for at in range(0, len(looks), _AT_ONCE)])
    chances = np.bincount(kinds, minlength=len(centres))[kinds].astype(np.float64) ** -_EVENNESS
    running = np.cumsum(chances)
    return replace(pack, chances=running / running[-1])


def _looks(pack: MotionPack) -> NDArray[np.float32]:
    """(S, 102) each frame's pose, turned about the vertical to face one way, and its movement likewise; metres."""
    joints = pack.joints
    poses = joints - joints[:, PELVIS, None]
    across = poses[:, INDEX["left_hip"]] - poses[:, INDEX["right_hip"]]
    angle = np.arctan2(across[:, 1], across[:, 0])
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    step = round(_STEP_S * pack.fps)
    clip_end = np.repeat(pack.offsets[1:] - 1, np.diff(pack.offsets))
    later = joints[np.minimum(np.arange(len(joints)) + step, clip_end)]
    looks = np.concatenate([poses, _STEP_WEIGHT * (later - joints)], axis=1)
    x, y = looks[..., 0], looks[..., 1]
    turned = np.stack([cos * x + sin * y, cos * y - sin * x, looks[..., 2]], axis=-1)
    return turned.reshape(len(joints), -1).astype(np.float32)
