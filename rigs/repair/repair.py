"""The order of the steps of the repair."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from .. import quaternions
from ..arrays import BoolArray, FloatArray
from ..sequence import PoseSequence
from ..shots import by_shot
from ..skeleton import anchor_of
from ..vectors import unit
from .excursions import without_excursions
from .lines import steadied_lines
from .pace import allowed_steps
from .paced import paced

_LINES: Final = (("right_hip", "left_hip", "spine"), ("right_shoulder", "left_shoulder", "thorax"))
"""Joints at the ends of a line across the body, and at the upper end of the part of the spine that carries it."""


def repaired(sequence: PoseSequence) -> PoseSequence:
    """The sequence without jumps: excursions of up to 0.1 s are bridged, lasting jumps become turns.

    Joints keep their distances from their parents, and the root its path; points move along with their joints. Motion
    in which nothing jumps comes back as it is; so does what a rig has made.

    Args:
        sequence: joints seen in a film.
    """
    times = sequence.frame_times_s
    if sequence.exact or len(times) < 3:
        return sequence
    if sequence.cuts:
        return by_shot(sequence, repaired)
    parents = np.array(sequence.skeleton.parents)
    spans = sequence.joints - sequence.joints[:, parents]
    spans[:, parents < 0] = 0.0
    given = unit(spans)
    allowed = allowed_steps(given, times)
    mended = paced(without_excursions(given, allowed, times), allowed)
    for names in _LINES:
        right, left, carrier = (sequence.skeleton.index(name) for name in names)
        line = unit(spans[:, left] - spans[:, right])
        steadied = steadied_lines(line, mended[:, carrier], times)
        turn = quaternions.swing(line, steadied)
        still = np.all(steadied == line, axis=-1)[:, None]
        for joint in (right, left):
            mended[:, joint] = np.where(still, given[:, joint], quaternions.rotate(turn, given[:, joint]))
    changed = np.any(mended != given, axis=-1)
    return _moved(sequence, spans, mended, changed) if changed.any() else sequence


def _moved(sequence: PoseSequence, spans: FloatArray, directions: FloatArray, changed: BoolArray) -> PoseSequence:
    """The sequence with its (T,J,3) spans from parent to joint turned into (T,J,3) directions where (T,J) `changed`."""
    lengths = np.linalg.norm(spans, axis=-1, keepdims=True)
    shifts = np.where(changed[..., None], lengths * directions - spans, 0.0)
    for joint, parent in enumerate(sequence.skeleton.parents):
        if parent >= 0:
            shifts[:, joint] += shifts[:, parent]
    joints = sequence.joints + shifts
    anchored = {name: sequence.skeleton.index(anchor_of(name)) for name in sequence.points}
    points = {name: path + shifts[:, anchored[name]] for name, path in sequence.points.items()}
    return replace(sequence, joints=joints, points=points)
