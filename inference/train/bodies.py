"""Windows of motion cut from the pack, and the bodies in them varied: tempo, bone lengths, mirror."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..joints import PARENTS
from ..lift.normalise import MIRRORED, PELVIS, THORAX
from .pack import MotionPack

SLOWEST, FASTEST = 0.6, 1.7

# Bones that vary together, so that left and right stay equal: hips, thighs, shins, lower and upper spine, nose, head,
# shoulders, upper arms, forearms. One entry for each joint 1..16, whose bone comes from its parent.
_BONE_GROUPS = np.array([0, 1, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 7, 8, 9])
# Mean factors lie half-way from the motion capture to made bodies, whose hips are wider and heads
# larger (docs/training.md); the spreads reach both.
_GROUP_MEAN = np.array([1.12, 1.03, 1.0, 1.03, 0.94, 1.09, 1.15, 0.98, 0.98, 1.03], np.float32)
_GROUP_SPREAD = np.array([0.12, 0.07, 0.07, 0.06, 0.08, 0.12, 0.14, 0.08, 0.07, 0.08], np.float32)

# What `mix_bodies` hands over: the joint it hangs on, the pair that tells left from right there, its joints, how often.
_PARTS: tuple[tuple[int, tuple[int, int], tuple[int, ...], float], ...] = (
    (0, (1, 4), (7, 8, 9, 10, 11, 12, 13, 14, 15, 16), 0.35),
    (11, (14, 11), (12, 13), 0.25),
    (14, (14, 11), (15, 16), 0.25),
)

# What `turn_limbs` turns: the joint about which, the pair that tells left from right there, its joints, how often, and
# the spread of the angle in degrees.
_LIMBS: tuple[tuple[int, tuple[int, int], tuple[int, ...], float, float], ...] = (
    (0, (1, 4), (7, 8, 9, 10, 11, 12, 13, 14, 15, 16), 0.2, 12.0),
    (1, (1, 4), (2, 3), 0.3, 18.0),
    (4, (1, 4), (5, 6), 0.3, 18.0),
    (8, (14, 11), (9, 10), 0.2, 12.0),
    (11, (14, 11), (12, 13), 0.3, 30.0),
    (14, (14, 11), (15, 16), 0.3, 30.0),
)


def sample_windows(
    pack: MotionPack, count: int, frames: int, rng: np.random.Generator, *, target: int, vary_tempo: bool
) -> NDArray[np.float32]:
    """Windows around frames drawn from the whole pack by its chances; beyond a clip's ends its end frame is held.

    Returns:
        (count, frames, 17, 3) metres, world.
    """
    centres = _draw_frames(pack, count, rng)
    clips = np.searchsorted(pack.offsets, centres, side="right") - 1
    first, last = pack.offsets[clips][:, None], pack.offsets[clips + 1][:, None] - 1
    tempo = np.exp(rng.uniform(np.log(SLOWEST), np.log(FASTEST), count)) if vary_tempo else np.ones(count)
    positions = np.clip(centres[:, None] + tempo[:, None] * np.arange(-target, frames - target), first, last)
    low = positions.astype(np.int64)
    blend = (positions - low).astype(np.float32)[..., None]
    flat = pack.joints.reshape(len(pack.joints), -1)
    windows = np.take(flat, low, axis=0)
    windows += blend * (np.take(flat, np.minimum(low + 1, last), axis=0) - windows)
    return windows.reshape(count, frames, -1, 3)


def _draw_frames(pack: MotionPack, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    if pack.chances is None:
        return rng.integers(0, len(pack.joints), count)
    return np.minimum(np.searchsorted(pack.chances, rng.random(count), side="right"), len(pack.joints) - 1)


def vary_bones(windows: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Bone lengths multiplied by one factor a window and kind of bone; directions and the pelvis's path stay."""
    spread = rng.standard_normal((len(windows), len(_GROUP_SPREAD)), dtype=np.float32) * _GROUP_SPREAD
    factors = (_GROUP_MEAN * np.exp(spread))[:, _BONE_GROUPS]
    varied = np.empty_like(windows)
    varied[:, :, PELVIS] = windows[:, :, PELVIS]
    for joint in range(1, len(PARENTS)):
        parent = PARENTS[joint]
        bone = windows[:, :, joint] - windows[:, :, parent]
        varied[:, :, joint] = varied[:, :, parent] + factors[:, joint - 1, None, None] * bone
    return varied


def mix_bodies(windows: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Some windows take over the whole upper body, or one arm, of another window, turned into their own trunk's frame.

    Motion capture holds few people and few kinds of movement: what legs and arms do together there is not all that
    bodies can do. The legs keep their pelvis's path, so feet still stand where they stood.
    """
    mixed = windows.copy()
    for root, across, joints, share in _PARTS:
        takers = np.flatnonzero(rng.random(len(windows)) < share)
        givers = rng.integers(0, len(windows), len(takers))
        own = _trunk_frames(mixed[takers], across)
        theirs = _trunk_frames(windows[givers], across)
        parts = windows[givers][:, :, joints] - windows[givers][:, :, root, None]
        turned = parts @ (theirs @ own.transpose(0, 1, 3, 2))
        mixed[takers[:, None], :, np.array(joints)] = (mixed[takers][:, :, root, None] + turned).transpose(0, 2, 1, 3)
    return mixed


def turn_limbs(windows: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Some windows hold a limb, the head or the upper body otherwise: by one turn about the trunk's axes, all the time.

    After PoseAug (Gong et al., CVPR 2021), with turns drawn rather than learned: people hold themselves in more ways
    than the captured ones do, and bend their knees and elbows as they do.
    """
    turned = windows.copy()
    for root, across, joints, share, spread_deg in _LIMBS:
        some = np.flatnonzero(rng.random(len(windows)) < share)
        axes = rng.standard_normal((len(some), 3))
        axes /= np.linalg.norm(axes, axis=-1, keepdims=True)
        angles = np.radians(spread_deg) * rng.standard_normal(len(some))
        frames = _trunk_frames(turned[some], across)
        turns = frames @ _rotations(axes, angles).astype(np.float32)[:, None] @ frames.transpose(0, 1, 3, 2)
        origin = turned[some][:, :, root, None]
        parts = origin + (turned[some][:, :, joints] - origin) @ turns.transpose(0, 1, 3, 2)
        turned[some[:, None], :, np.array(joints)] = parts.transpose(0, 2, 1, 3)
    return turned


def _rotations(axes: NDArray[np.float64], angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3, 3) turns about unit axes (N, 3) by angles (N,) in radians: Rodrigues' formula."""
    cross = np.cross(np.eye(3), axes[:, None])
    sin, cos = np.sin(angles)[:, None, None], np.cos(angles)[:, None, None]
    return np.eye(3) + sin * cross + (1.0 - cos) * cross @ cross


def _trunk_frames(windows: NDArray[np.float32], across: tuple[int, int]) -> NDArray[np.float32]:
    """(N, F, 3, 3) frames whose columns are across (from one joint to another), forward and up (along the trunk)."""
    side = windows[:, :, across[1]] - windows[:, :, across[0]]
    up = windows[:, :, THORAX] - windows[:, :, PELVIS]
    side = side / np.maximum(np.linalg.norm(side, axis=-1, keepdims=True), 1e-6)
    up = up - (up * side).sum(-1, keepdims=True) * side
    up = up / np.maximum(np.linalg.norm(up, axis=-1, keepdims=True), 1e-6)
    return np.stack([side, np.cross(up, side), up], axis=-1)


def mirror_half(windows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The first half of the windows mirrored, left and right exchanged."""
    half = len(windows) // 2
    mirrored = windows[:half, :, MIRRORED] * np.array([-1.0, 1.0, 1.0], np.float32)
    return np.concatenate([mirrored, windows[half:]])


def detector_bodies(windows: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Hips and shoulders as a detector places them: wider or narrower and higher, by a bias of 2 to 3 cm a window.

    Returns:
        (N, F, 17, 3): a copy with these four joints moved, the pelvis and the thorax being their middles.
    """
    moved = windows.copy()
    torso = windows[:, :, THORAX] - windows[:, :, PELVIS]
    up = torso / np.linalg.norm(torso, axis=-1, keepdims=True)
    for middle, pair, spread in ((PELVIS, (1, 4), 0.18), (THORAX, (11, 14), 0.08)):
        width, rise = rng.standard_normal((2, len(windows), 1, 1), dtype=np.float32)
        centre = windows[:, :, middle]
        moved[:, :, middle] = centre + (0.01 + 0.025 * rise) * up
        for joint in pair:
            moved[:, :, joint] = moved[:, :, middle] + np.exp(spread * width) * (windows[:, :, joint] - centre)
    return moved
