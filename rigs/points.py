"""Points of hands and feet, from the detector's own 3D.

The detector's 3D is noisy and has a size of its own; the joints of the result are better. So only the small step from
wrist or ankle to each point is taken, scaled to the joints' body, calmed over time and set on the result's own joint.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .arrays import BoolArray, FloatArray
from .skeleton import H36M_17, anchor_of
from .smoothing.average import averaged

_LAYOUTS: Mapping[str, Mapping[str, Mapping[str, int]]] = json.loads(
    Path(__file__).with_name("point_layouts.json").read_text(encoding="utf-8")
)
_SURE = 0.5
_SIGMA_S = 0.08
_LEAST_LENGTH, _MOST_LENGTH = 0.5, 1.8
"""Shares of a step's usual length beyond which its frame is not believed."""
_OF_LEGS = ("knee", "ankle", "heel", "toe")
_KNUCKLES = {"thumb_knuckle": 2, "index_knuckle": 5, "little_knuckle": 17}
"""Of the points of a hand that was looked at closely."""
_GAP_S = 0.5
"""How long a hand may be out of sight, between two sights, to be where it went straight from one to the other."""
_NO_POINTS: Mapping[str, Mapping[str, int]] = {"joints": {}, "points": {}}
_SEGMENTS = (("knee", "ankle"), ("elbow", "wrist"))


@dataclass(frozen=True, slots=True)
class Detection3D:
    """What the detector itself says in 3D.

    Attributes:
        layout: name of the layout of the K keypoints.
        keypoints_m: (T,K,3) camera axes, metres; NaN where there are none.
        confidence: (T,K) 0..1.
        world_from_camera: (T,3,3) rotations, or (3,3) one for all frames.
    """

    layout: str
    keypoints_m: FloatArray
    confidence: FloatArray
    world_from_camera: FloatArray


def read_points(
    detection: Detection3D, joints: FloatArray, times_s: FloatArray, hands: Mapping[str, FloatArray] | None = None
) -> dict[str, FloatArray]:
    """Points of hands and feet in the world.

    Args:
        detection: the detector's own 3D.
        joints: (T,17,3) the result's joints, world, metres.
        times_s: (T,) increasing.
        hands: "left" or "right" -> (T,21,3) points of hands that were looked at closely, camera axes, metres; NaN where
            unknown. Where they are known they say where the knuckles are.

    Returns:
        (T,3) paths by their names in `skeleton.POINTS`, metres, world; NaN where unknown. Points that the layout lacks
        and no hand shows, and those that are never known, are not among them.
    """
    layout = _LAYOUTS.get(detection.layout, _NO_POINTS)
    scale, found = _scale(detection, layout["joints"], joints), {}
    close = hands or {}
    for name in dict.fromkeys([*layout["points"], *(f"{side}_{point}" for side in close for point in _KNUCKLES)]):
        side, _, point = name.partition("_")
        anchor = anchor_of(name)
        step, confidence = _step(detection, layout, name, anchor)
        if point in _KNUCKLES and side in close:
            seen = _bridged(close[side][:, _KNUCKLES[point]] - close[side][:, 0], times_s)
            known = np.asarray(np.isfinite(seen).all(axis=-1))
            step, confidence = np.where(known[:, None], seen, step), np.where(known, 1.0, confidence)
        calm = _calmed(np.einsum("...ij,...j->...i", detection.world_from_camera, step), confidence, times_s)
        if calm is not None:
            found[name] = joints[:, H36M_17.index(anchor)] + scale * calm
    return found


def _step(
    detection: Detection3D, layout: Mapping[str, Mapping[str, int]], name: str, anchor: str
) -> tuple[FloatArray, FloatArray]:
    """(T,3) way from a joint to a point, camera axes, and (T,) how sure it is; NaN and 0 where the layout lacks it."""
    if name not in layout["points"]:
        frames = len(detection.confidence)
        return np.full((frames, 3), np.nan), np.zeros(frames)
    ends = layout["joints"][anchor], layout["points"][name]
    step: FloatArray = detection.keypoints_m[:, ends[1]] - detection.keypoints_m[:, ends[0]]
    return step, detection.confidence[:, ends].min(axis=1)


def _bridged(steps: FloatArray, times_s: FloatArray) -> FloatArray:
    """(T,3) steps with short gaps led over in straight lines: there the pose's own points are worse."""
    known, frames = np.flatnonzero(np.isfinite(steps).all(axis=-1)), np.arange(len(steps))
    if not len(known):
        return steps
    filled = np.stack([np.interp(times_s, times_s[known], column) for column in steps[known].T], axis=-1)
    behind = known[np.minimum(np.searchsorted(known, frames), len(known) - 1)]
    before = known[np.maximum(np.searchsorted(known, frames, side="right") - 1, 0)]
    short = (before <= frames) & (frames <= behind) & (times_s[behind] - times_s[before] <= _GAP_S)
    return np.where(short[:, None], filled, steps)


def with_sides(detection: Detection3D, exchanged: BoolArray) -> Detection3D:
    """The same with left and right exchanged where the result's joints were.

    Args:
        detection: as the detector gave it.
        exchanged: (T,2) the arms, the legs.
    """
    layout = _LAYOUTS.get(detection.layout)
    if layout is None or not exchanged.any():
        return detection
    columns = {**layout["joints"], **layout["points"]}
    keypoints, confidence = detection.keypoints_m.copy(), detection.confidence.copy()
    for name, left in columns.items():
        side, _, part = name.partition("_")
        if side != "left":
            continue
        frames, right = exchanged[:, int(part in _OF_LEGS)], columns[f"right_{part}"]
        for values in (keypoints, confidence):
            values[frames, left], values[frames, right] = values[frames, right], values[frames, left].copy()
    return replace(detection, keypoints_m=keypoints, confidence=confidence)


def _scale(detection: Detection3D, columns: Mapping[str, int], joints: FloatArray) -> float:
    """Size of the result's body against the detector's: by the median lengths of shins and forearms."""

    def length(points: FloatArray, start: int, end: int) -> float:
        lengths = np.linalg.norm(points[:, end] - points[:, start], axis=-1)
        known = np.isfinite(lengths)
        return float(np.median(lengths[known])) if known.any() else 0.0

    own, theirs = 0.0, 0.0
    for start, end in _SEGMENTS:
        for side in ("left", "right"):
            first, last = f"{side}_{start}", f"{side}_{end}"
            if first not in columns:
                continue
            own += length(joints, H36M_17.index(first), H36M_17.index(last))
            theirs += length(detection.keypoints_m, columns[first], columns[last])
    return own / theirs if theirs > 0.0 else 1.0


def _calmed(step: FloatArray, confidence: FloatArray, times_s: FloatArray) -> FloatArray | None:
    """(T,3) steps averaged over time by confidence, all of their usual length; NaN where unsure, None if everywhere."""
    lengths = np.linalg.norm(step, axis=-1)
    known = np.isfinite(lengths) & (confidence >= _SURE)
    if not known.any():
        return None
    usual = float(np.median(lengths[known]))
    known &= (lengths > _LEAST_LENGTH * usual) & (lengths < _MOST_LENGTH * usual)
    mean = averaged(np.where(known[:, None], step, 0.0), np.where(known, confidence, 0.0), times_s, _SIGMA_S)
    size = np.linalg.norm(mean, axis=-1)
    return np.where((known & (size > 0.1 * usual))[:, None], usual * mean / np.maximum(size, 1e-9)[:, None], np.nan)
