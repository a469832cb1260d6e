"""Frames of the performer's pelvis, thorax and head, from the 17 joints.

Frames have the columns (left, back, up). A person who stands straight and faces -Y has identities, whatever the small
slants between the joints of this person or this detector: each slant is taken against its median over the clip, unless
the sequence is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import quaternions
from ..arrays import FloatArray
from ..joint_limits import doubt, within
from ..repair.pace import allowed_turns
from ..sequence import PoseSequence
from ..vectors import apply, dot, frame, unit
from .smoothing import envelope, limited_steps

HEAD_TILT = np.radians(30.0)
"""Angle of the line from the tip of the nose to the top of the head behind the upright, gaze level."""
_SLANT_LIMIT = np.radians(20.0)
FACE_AREA_M2 = 0.004
"""How much of the thorax's left goes into the face's, as an area beside the one that neck, nose and crown span."""
_DOUBT_RADIUS_S = 0.15


@dataclass(frozen=True, slots=True)
class BodyFrames:
    """Frames of the torso over time, stage space.

    Attributes:
        pelvis, thorax, head: (T,3,3) columns left, back, up.
        shoulder_tilt: (T,) angle of the shoulder line over the thorax's own left axis, radians, left side up positive.
    """

    pelvis: FloatArray
    thorax: FloatArray
    head: FloatArray
    shoulder_tilt: FloatArray


def read_body(sequence: PoseSequence) -> BodyFrames:
    """Frames of the torso and the head for every frame of a sequence, in the sequence's own world axes."""
    spine, thorax = sequence.joint("spine"), sequence.joint("thorax")
    trunk = thorax - sequence.joint("pelvis")
    hips = sequence.joint("left_hip") - sequence.joint("right_hip")
    shoulders = sequence.joint("left_shoulder") - sequence.joint("right_shoulder")
    pelvis_up, thorax_up = spine - sequence.joint("pelvis"), thorax - spine
    if not sequence.exact:
        pelvis_up, thorax_up = _unslanted(pelvis_up, trunk, hips), _unslanted(thorax_up, trunk, shoulders)
    pelvis_left = frame(hips, pelvis_up)
    pelvis = np.stack([pelvis_left[..., 0], -pelvis_left[..., 2], pelvis_left[..., 1]], axis=-1)
    chest = _upright(thorax_up, shoulders)
    if not sequence.exact:
        chest = _within_reach("spine", pelvis, chest, sequence.fps)
    tilt = np.arctan2(dot(shoulders, chest[..., 2]), dot(shoulders, chest[..., 0]))
    return BodyFrames(pelvis, chest, _head(sequence, chest), tilt)


def _upright(up: FloatArray, left: FloatArray) -> FloatArray:
    """(T,3,3) frame whose up is exact and whose left is as near as it can be."""
    spanned = frame(up, left)
    return np.stack([spanned[..., 1], np.cross(spanned[..., 0], spanned[..., 1]), spanned[..., 0]], axis=-1)


def _unslanted(part: FloatArray, trunk: FloatArray, left: FloatArray) -> FloatArray:
    """(T,3) direction of a part of the trunk, turned so that its median slant against the whole trunk is none."""
    body = _upright(trunk, left)
    slant = np.arctan2(dot(part, body[..., 1]), dot(part, body[..., 2]))
    usual = float(np.clip(np.median(slant), -_SLANT_LIMIT, _SLANT_LIMIT))
    turn = quaternions.exp(usual * body[..., 0])
    return quaternions.rotate(turn, unit(part))


def _head(sequence: PoseSequence, thorax: FloatArray) -> FloatArray:
    """(T,3,3) head frames: the face's plane through neck, nose and crown gives left, nose to crown gives the pitch."""
    base = sequence.joint("thorax")
    nose, crown = sequence.joint("nose") - base, sequence.joint("head") - base
    # the thorax steps in where the three joints are nearly in one line, or say that the head faces backwards
    across, ahead = np.cross(crown, nose), thorax[..., 0]
    if not sequence.exact:
        across = across - np.minimum(dot(across, ahead), 0.0)[..., None] * ahead
    left = unit(across + FACE_AREA_M2 * ahead)
    spanned = frame(left, crown - nose)
    upright = quaternions.exp(HEAD_TILT * left)
    up = quaternions.rotate(upright, spanned[..., 1])
    head = np.stack([left, np.cross(up, left), up], axis=-1)
    return head if sequence.exact else _within_reach("neck", thorax, head, sequence.fps)


def _within_reach(joint: str, base: FloatArray, end: FloatArray, fps: float) -> FloatArray:
    """(T,3,3) frames of a body part that its joint with (T,3,3) `base` can have: impossible ones fade out in time.

    Nor does the joint jump: its turn steps hardly further than around that moment.
    """
    turn = quaternions.log(quaternions.from_matrix(np.swapaxes(base, 1, 2) @ end))
    angle = np.linalg.norm(turn, axis=-1)
    believed = 1.0 - envelope(doubt(joint, angle), round(_DOUBT_RADIUS_S * fps))
    kept = np.minimum(angle, within(joint)[1]) * believed
    limited = turn * (kept / np.maximum(angle, 1e-9))[:, None]
    steps = np.linalg.norm(np.diff(limited, axis=0), axis=-1)
    if len(steps):
        allowed = allowed_turns(steps[:, None], np.arange(len(limited)) / fps)[:, 0]
        limited = limited_steps(limited, np.ones(len(limited)), np.zeros(len(steps)), allowed)
    reachable: FloatArray = base @ quaternions.to_matrix(quaternions.exp(limited))
    return reachable


def between(start: FloatArray, end: FloatArray, share: float) -> FloatArray:
    """(T,3,3) rotation at `share` of the short way from `start` to `end`."""
    first, last = quaternions.from_matrix(start), quaternions.from_matrix(end)
    return quaternions.to_matrix(quaternions.slerp(first, last, np.full(first.shape[:-1], share)))


def tilted(thorax: FloatArray, angles: FloatArray) -> FloatArray:
    """(T,3,3) thorax frames with the left axis raised by (T,) angles, radians."""
    turn = quaternions.to_matrix(quaternions.exp(-angles[:, None] * thorax[..., 1]))
    raised: FloatArray = turn @ thorax
    return raised


def directions(matrices: FloatArray, vector: FloatArray) -> FloatArray:
    """(T,3) unit directions of a rest vector after (T,3,3) turns."""
    return unit(apply(matrices, np.broadcast_to(vector, (len(matrices), 3))))
