"""One length for each bone over the whole clip, the same left and right."""

from __future__ import annotations

from typing import Final

import numpy as np

from .. import joints
from .arrays import BoolArray, FloatArray

_SHORTEST_M: Final = 1e-6
_BONES: Final = range(1, joints.COUNT)

USUAL_M: Final = np.array(
    [0, 92, 401, 431, 92, 401, 431, 220, 297, 218, 155, 179, 296, 240, 179, 296, 240], np.float64
) / 1000.0  # fmt: skip
"""(17,) bone lengths of the usual build, reference height: median over the 92 subjects that the lifter learned from."""


def usual_lengths(own: FloatArray, share: float) -> FloatArray:
    """Bone lengths (17,) led from the lifter's `own` towards the usual build.

    A lifter that is unsure of a bone's direction shortens it: forearms and shins come out 2 to 3 cm short.

    Args:
        own: (17,) metres, reference height.
        share: 0 the usual build .. 1 the lifter's own.
    """
    return share * own + (1.0 - share) * USUAL_M


def clip_bone_lengths(poses: FloatArray, detected: BoolArray) -> FloatArray:
    """Median length of each bone over the frames with a person, left and right averaged.

    Args:
        poses: (T, 17, 3) metres.
        detected: (T,), at least one True.

    Returns:
        (17,) metres, 0 for the pelvis.
    """
    vectors = poses[detected] - poses[detected][:, joints.PARENTS, :]
    vectors[:, 0] = 0.0
    lengths: FloatArray = np.median(np.linalg.norm(vectors, axis=-1), axis=0)
    left, right = list(joints.LEFT), list(joints.RIGHT)
    lengths[left] = lengths[right] = 0.5 * (lengths[left] + lengths[right])
    return lengths


def impose_bone_lengths(poses: FloatArray, lengths: FloatArray) -> FloatArray:
    """The same directions with the given lengths, from the pelvis outwards.

    Args:
        poses: (T, 17, 3) metres.
        lengths: (17,) metres; the pelvis' is not used.

    Returns:
        (T, 17, 3) metres with the pelvis where it was. A bone without a direction keeps its parent's place.
    """
    out = np.empty_like(poses)
    out[:, 0] = poses[:, 0]
    for joint in _BONES:
        parent = joints.PARENTS[joint]
        bone = poses[:, joint] - poses[:, parent]
        length = np.linalg.norm(bone, axis=-1, keepdims=True)
        out[:, joint] = out[:, parent] + bone / np.maximum(length, _SHORTEST_M) * lengths[joint]
    return out
