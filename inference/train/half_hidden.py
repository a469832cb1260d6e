"""What becomes of detections while something hides a part of the body: drawn for training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..joints import COUNT, INDEX
from ..lift.gaps import fill_gaps
from ..lift.normalise import MIRRORED, PELVIS, THORAX

Array = NDArray[np.float32]
Bools = NDArray[np.bool_]

MIDDLES: Final = tuple(
    (middle, [INDEX[f"{side}_{part}"] for side in ("left", "right")])
    for middle, part in ((PELVIS, "hip"), (THORAX, "shoulder"))
)
"""Joints that lie between a pair, and the pair."""
_FPS: Final = 30.0
_HIDDEN: Final = 0.7
"""Share of the windows in which something is hidden."""
_LASTS_S: Final = (0.15, 1.8)
_ON_LINE: Final = 0.35
"""Share of things that stand in the picture, so that people pass behind them; others go with the person."""
_STRIP: Final = 0.4
_STRIP_HEIGHTS: Final = (0.12, 0.5)
_OFFSET_HEIGHTS: Final = 0.12
_COLLAPSES, _DROPS = 0.7, 0.12
"""How often a detector presses hidden joints into what it sees, and how often it says that it does not see them."""
_LOSES, _EXCHANGES = 0.25, 0.35
"""How often it then loses the person for a while, or takes left for right."""
_SQUEEZES, _TWINS = 0.5, 0.75
"""How often all of a body goes into what is seen of it, and how often hidden limbs onto those of the other side."""
_THINNEST: Final = 0.03
_SHAKES: Final = 0.02
_KNOT: Final = 6
_TWIN: Final = np.array(MIRRORED)
_LIMB: Final = [INDEX[f"{side}_{part}"] for side in ("left", "right")
                for part in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Detections:
    """N windows of F frames.

    Attributes:
        joints_2d: (N, F, 17, 2), gaps led over.
        confidence: (N, F, 17) 0..1, 0 where unseen.
    """

    joints_2d: Array
    confidence: Array


def hide(joints_2d: Array, height: Array, rng: np.random.Generator) -> Detections:
    """Detections with a part of the body hidden for a while, in most windows.

    Args:
        joints_2d: (N, F, 17, 2) as detected with nothing before them.
        height: (N,) of the person, the same unit.
        rng: draws.
    """
    joints, confidence = joints_2d.copy(), _usual_confidence(joints_2d.shape[:3], rng)
    for number in np.flatnonzero(rng.random(len(joints)) < _HIDDEN):
        _hide_one(joints[number], confidence[number], float(height[number]), rng)
    for middle, pair in MIDDLES:
        confidence[:, :, middle] = confidence[:, :, pair].min(axis=-1)
    seen = confidence > 0.0
    return Detections(fill_gaps(joints, seen), confidence)


def _hide_one(joints: Array, confidence: Array, height: float, rng: np.random.Generator) -> None:
    """One window (F, 17, 2) and its confidence (F, 17), in place."""
    frames = len(joints)
    length = round(rng.uniform(*_LASTS_S) * _FPS)
    first = int(rng.integers(-length // 2, frames - length // 2))
    inside = np.zeros(frames, np.bool_)
    inside[max(first, 0) : first + length] = True
    edge, normal = _edge(joints, inside, height, rng)
    depth = np.asarray((joints - edge[:, None]) @ normal, np.float32)  # beyond the edge where above 0
    hidden = inside[:, None] & (depth > 0.0)
    if rng.random() < _STRIP:
        hidden &= depth < rng.uniform(*_STRIP_HEIGHTS) * height
    if not hidden.any():
        return
    kind = rng.random()
    shake = _wander(joints.shape, rng.uniform(0.5, 2.0) * _SHAKES * height, rng)
    if kind < _COLLAPSES:
        _collapse(joints, hidden, depth, normal, height, shake, rng)
    else:
        joints[hidden] += 1.5 * shake[hidden]
    low, high = np.sort(rng.uniform(0.05 if kind >= _COLLAPSES else 0.2, 1.0, 2))
    drawn = _wander(confidence.shape, 0.3, rng) + rng.uniform(low, high)
    confidence[hidden] = np.clip(drawn[hidden], 0.02, 1.0)
    beside = (inside[:, None] & ~hidden) if rng.random() < 0.5 else np.zeros_like(hidden)
    confidence[beside] *= rng.uniform(0.6, 1.0)
    if kind > 1.0 - _DROPS:
        confidence[hidden] = 0.0
    if rng.random() < _EXCHANGES:
        part = _part(inside, rng)
        joints[part], confidence[part] = joints[part][:, _TWIN], confidence[part][:, _TWIN]
    if rng.random() < _LOSES:
        confidence[_part(inside, rng)] = 0.0


def _edge(joints: Array, inside: Bools, height: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """(F, 2) a place on the edge of what hides, and (2,) which way from it is hidden."""
    angle = rng.choice([0.0, np.pi, np.pi / 2, -np.pi / 2], p=[0.4, 0.4, 0.15, 0.05]) + rng.normal(0.0, 0.2)
    normal = np.array([np.cos(angle), np.sin(angle)], np.float32)
    pelvis = joints[:, 0].copy()
    if rng.random() < _ON_LINE:
        pelvis[:] = pelvis[int(rng.choice(np.flatnonzero(inside)))] if inside.any() else pelvis[0]
    return pelvis + np.float32(rng.normal(0.0, _OFFSET_HEIGHTS) * height) * normal, normal


def _collapse(
    joints: Array, hidden: Bools, depth: Array, normal: Array, height: float, shake: Array, rng: np.random.Generator
) -> None:
    """Hidden joints onto their twins where these are seen, to the edge, or all joints into what is seen; in place."""
    whole = np.float32(rng.uniform(0.7, 1.0))
    inside = np.asarray(hidden.any(axis=1, keepdims=True))
    if rng.random() < _SQUEEZES:  # the whole body goes into what is seen of it
        low, high = depth.min(axis=1, keepdims=True), np.maximum(depth.max(axis=1, keepdims=True), 0.0)
        share = np.maximum(-low, _THINNEST * height) / np.maximum(high - low, _THINNEST * height)
        goal = joints + (((share - 1.0) * (depth - low)) * inside)[..., None] * normal
    else:
        beyond = depth + np.float32(rng.uniform(0.0, 0.08) * height)
        goal = joints - (beyond * hidden)[..., None] * normal
    if rng.random() < _TWINS:
        paired = hidden & ~hidden[:, _TWIN] & (np.arange(COUNT) != _TWIN)
        goal[paired] = goal[:, _TWIN][paired]
    joints += whole * (goal - joints) + shake * inside[..., None]


def _part(inside: Bools, rng: np.random.Generator) -> NDArray[np.intp]:
    """Frames of a part of a stretch."""
    frames = np.flatnonzero(inside)
    if len(frames) == 0:
        return frames
    first, last = np.sort(rng.integers(0, len(frames) + 1, 2))
    return frames[first:last]


def _usual_confidence(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """(N, F, 17) high for most joints, low for long for some, as a detector has them that sees the whole body."""
    level = 1.0 - np.abs(rng.normal(0.0, 0.08, (shape[0], 1, shape[2])))
    unsure = rng.random(level.shape) < 0.2
    level = np.where(unsure, rng.uniform(0.2, 0.9, level.shape), level)
    wander = np.stack([_wander(shape[1:], 0.1, rng) for _ in range(shape[0])])
    return np.clip(level + wander * np.where(level < 0.9, 2.0, 0.5), 0.05, 1.0).astype(np.float32)


def _wander(shape: tuple[int, ...], spread: float, rng: np.random.Generator) -> Array:
    """(F, ...) a slow random walk of that spread: lines between knots."""
    knots = rng.normal(0.0, spread, (shape[0] // _KNOT + 3, *shape[1:]))
    at = np.arange(shape[0]) / _KNOT + rng.random()
    low = at.astype(int)
    share = (at - low).reshape(-1, *[1] * (len(shape) - 1))
    return np.asarray((1 - share) * knots[low] + share * knots[low + 1], np.float32)
