"""Angles of finger joints, from the directions of a finger's segments in the frame of its palm.

A palm frame has the columns fingers (from the wrist to the middle of the knuckles), thumb's side and back of the hand;
on left hands it is left-handed, so that the same movement has the same angles on both. Each finger has four: flexion
and abduction of its first segment, and flexion of the two joints beyond, which are hinges.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from .. import quaternions
from ..arrays import FloatArray
from ..vectors import frame, reject, unit
from .bones import FINGERS, SEGMENTS

ANGLES = 4
"""Of a finger: flexion and abduction of the first segment, flexion of the second and of the third joint."""
HAND_POINTS = 21
"""Of a hand: the wrist, then four joints each of thumb, index, middle, ring and little finger, from the palm on."""

DATA: dict[str, Any] = json.loads(Path(__file__).with_name("joints.json").read_text(encoding="utf-8"))
_WRIST, _INDEX, _LITTLE = 0, 5, 17
_ALONG, _ASIDE, _BACK = np.eye(3)


def palm_frame(wrist: FloatArray, index: FloatArray, little: FloatArray, side: str) -> FloatArray:
    """(...,3,3) palm frames of (...,3) wrists and knuckles of index and little finger."""
    spanned = frame(0.5 * (index + little) - wrist, index - little)
    palm: FloatArray = spanned * np.array([1.0, 1.0, 1.0 if side == "right" else -1.0])
    return palm


def base_frame(finger: str) -> FloatArray:
    """(3,3) axes from which a finger's first segment is measured, in the palm's: along it, aside, back."""
    if finger != "thumb":
        return np.eye(3)
    along, bends = unit(np.array(DATA["thumb"]["along"])), np.array(DATA["thumb"]["bends"])
    back = -unit(reject(bends, along))
    return np.stack([along, np.cross(back, along), back], axis=-1)


def first_turn(flexion: FloatArray, abduction: FloatArray) -> FloatArray:
    """(...,3,3) turn of a finger's first segment from along its base frame, by (...) angles, radians."""
    aside, back = (np.broadcast_to(axis, (*np.shape(flexion), 3)) for axis in (_ASIDE, _BACK))
    bend = quaternions.from_axis_angle(aside, flexion)
    return quaternions.to_matrix(quaternions.multiply(bend, quaternions.from_axis_angle(back, abduction)))


def segment_angles(segments: FloatArray, finger: str) -> FloatArray:
    """(...,1+S) angles, radians, of a finger of S segments: flexion and abduction of the first, flexion of the others.

    Args:
        segments: (...,S,3) vectors along its segments, palm frame, any length.
        finger: its name.
    """
    along = unit(segments) @ base_frame(finger)
    flexion = np.arctan2(-along[..., 0, 2], along[..., 0, 0])
    abduction = np.arcsin(np.clip(along[..., 0, 1], -1.0, 1.0))
    hinge = first_turn(flexion, abduction)
    bent = np.einsum("...ji,...kj->...ki", hinge, along)
    slope = np.arctan2(-bent[..., 2], bent[..., 0])
    steps = np.diff(slope, axis=-1)
    further = np.arctan2(np.sin(steps), np.cos(steps))
    return np.concatenate([flexion[..., None], abduction[..., None], further], axis=-1)


def point_angles(points: FloatArray, side: str) -> FloatArray:
    """(T,5,4) angles, radians, that the points of a hand span; NaN where they are not known.

    Args:
        points: (T,21,3) metres, any axes; NaN where unknown.
        side: "left" or "right".
    """
    palm = palm_frame(points[:, _WRIST], points[:, _INDEX], points[:, _LITTLE], side)
    found = np.empty((len(points), len(FINGERS), ANGLES))
    for number, finger in enumerate(FINGERS):
        first = 1 + number * (SEGMENTS + 1)
        segments = np.diff(points[:, first : first + SEGMENTS + 1], axis=1) @ palm
        found[:, number] = segment_angles(segments, finger)
    return found


def seen_angles(points: FloatArray, side: str) -> FloatArray:
    """(T,5,4) angles, radians, of a hand as a detector shows it, with what it usually gets wrong set right.

    Args:
        points: (T,21,3) metres, any axes; NaN where unknown.
        side: "left" or "right".
    """
    found = point_angles(points, side)
    found[:, 0] -= np.radians(DATA["neutral"])
    seen, beyond = DATA["seen"], found[:, 1:, 2:].sum(axis=-1)
    found[:, 1:, 0] *= seen["first_gain"]
    found[:, 1:, 2], found[:, 1:, 3] = seen["second_share"] * beyond, (1.0 - seen["second_share"]) * beyond
    return found


def hand_size(points: FloatArray) -> FloatArray:
    """(T,) metres from the wrist to the knuckle row of (T,21,3) hands."""
    size: FloatArray = np.linalg.norm(points[:, [_INDEX, _LITTLE]].mean(axis=1) - points[:, _WRIST], axis=-1)
    return size
