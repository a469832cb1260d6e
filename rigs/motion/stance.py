"""The pose against which a moving rig is measured: its rest where that is a stance, else its best standing frame."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .. import quaternions
from ..arrays import FloatArray
from ..maps.rig_map import RigMap
from ..rest import RigRest
from ..roles import SIDES, Role, sided
from ..vectors import dot, frame, reject, unit

_UPRIGHT_COSINE = np.cos(np.radians(35.0))
_MIRROR_COSINE, _MADE_COSINE = np.cos(np.radians(25.0)), np.cos(np.radians(8.0))
"""Limbs of both sides mirror each other as well as this in a pose that stands, and in a rest pose that was made."""
_LOOKS = 2000
_BODY_HEIGHTS_M, _USUAL_HEIGHT_M = (0.3, 3.0), 1.75
HEIGHT_PER_LEG = 2.04
"""Standing height over thigh and shin together, as people are built."""
_ENDS = {"upper_arm": "forearm", "forearm": "hand", "thigh": "shin", "shin": "foot"}


@dataclass(frozen=True, slots=True)
class Stance:
    """A rig in the pose that counts as standing upright and looking straight ahead.

    Attributes:
        rest: the rig with that pose as its rest; its `armature_to_world` makes a person's size of it, Z up.
        pelvis, thorax, head: (3,3) columns left, back, up of those parts in that pose, world axes.
        from_motion: the pose is one of a person in motion, for want of a rest pose that was made.
    """

    rest: RigRest
    pelvis: FloatArray
    thorax: FloatArray
    head: FloatArray
    from_motion: bool = False


def find_stance(rest: RigRest, rig_map: RigMap, posed: FloatArray) -> Stance:
    """The stance of a rig that moves.

    A standing rest pose that is symmetric is taken as it is. Some motion files have none: all bones along one axis, or
    the first frame of the clip. Then that rest pose, if it stands, or else the frame that stands best is measured, with
    the lean that its joints show.

    Args:
        rest: the rig at rest.
        rig_map: the roles of its bones, complete.
        posed: (T,B,4,4) bone to armature space.
    """
    rest = replace(rest, armature_to_world=_placed(rest, rig_map, posed))
    heads = _heads(rest, rig_map, rest.rest_matrices)
    if _quality(heads, _MADE_COSINE) > 0.0:
        body = _body(heads)
        return Stance(rest, body, body, body)
    if _quality(heads) > 0.0:
        return _leaning(rest, heads)
    looked_at = posed[:: 1 + len(posed) // _LOOKS]
    qualities = [_quality(_heads(rest, rig_map, matrices)) for matrices in looked_at]
    best = looked_at[int(np.argmax(qualities))].copy()
    u, _, vt = np.linalg.svd(best[:, :3, :3])
    best[:, :3, :3] = u @ vt
    return _leaning(replace(rest, rest_matrices=best), _heads(rest, rig_map, best))


def _leaning(rest: RigRest, heads: dict[Role, FloatArray]) -> Stance:
    """A stance of which only the joints tell how far pelvis and thorax lean and turn."""
    trunk = _middle(heads, "upper_arm") - _middle(heads, "thigh")
    hips, shoulders = _across(heads, "thigh"), _across(heads, "upper_arm")
    # a fast turn of one part must not turn the other: each has its own left
    pelvis, thorax = _upright(trunk, hips), _upright(trunk, shoulders)
    return Stance(rest, pelvis, thorax, _upright(np.array([0.0, 0.0, 1.0]), shoulders), from_motion=True)


def _placed(rest: RigRest, rig_map: RigMap, posed: FloatArray) -> FloatArray:
    """(4,4) armature to world: as it is, but Z up and with a body of a person's size."""
    heads = _heads(rest, rig_map, rest.rest_matrices)
    legs = np.mean(
        [
            np.linalg.norm(heads[sided(end, side)] - heads[sided(start, side)])
            for start, end in (("thigh", "shin"), ("shin", "foot"))
            for side in SIDES
        ]
    )
    height = HEIGHT_PER_LEG * 2.0 * float(legs)
    low, high = _BODY_HEIGHTS_M
    size = 1.0 if low <= height <= high else _USUAL_HEIGHT_M / max(height, 1e-12)
    placed = np.eye(4)
    placed[:3, :3] = size * _z_up(rest, rig_map, posed, heads)
    return placed @ rest.armature_to_world


def _z_up(rest: RigRest, rig_map: RigMap, posed: FloatArray, heads: dict[Role, FloatArray]) -> FloatArray:
    """(3,3) rotation that makes Z of the axis along which the rig rests upright, if its motion is upright along it."""
    up = unit(_middle(heads, "upper_arm") - _middle(heads, "foot"))
    axis = np.eye(3)[int(np.argmax(np.abs(up)))]
    axis = axis * np.sign(dot(axis, up))
    moving = _heads(rest, rig_map, posed)
    trunk = unit(_middle(moving, "upper_arm") - _middle(moving, "foot")).mean(axis=0)
    if dot(axis, up) < _UPRIGHT_COSINE or trunk @ axis <= trunk[2]:
        return np.eye(3)
    return quaternions.to_matrix(quaternions.swing(axis, np.array([0.0, 0.0, 1.0])))


def _heads(rest: RigRest, rig_map: RigMap, matrices: FloatArray) -> dict[Role, FloatArray]:
    """(...,3) world head of the first bone of each role, for (...,B,4,4) bone to armature matrices."""
    world = rest.armature_to_world
    found = {}
    for role, names in rig_map.roles.items():
        head = matrices[..., rest.index(names[0]), :3, 3]
        found[role] = head @ world[:3, :3].T + world[:3, 3]
    return found


def _middle(heads: dict[Role, FloatArray], limb: str) -> FloatArray:
    middle: FloatArray = 0.5 * (heads[sided(limb, "left")] + heads[sided(limb, "right")])
    return middle


def _across(heads: dict[Role, FloatArray], limb: str) -> FloatArray:
    across: FloatArray = heads[sided(limb, "left")] - heads[sided(limb, "right")]
    return across


def _upright(up: FloatArray, left: FloatArray) -> FloatArray:
    """(3,3) columns left, back, up: left exact, up as near as it can be."""
    spanned = frame(left, up)
    return np.stack([spanned[:, 0], -spanned[:, 2], spanned[:, 1]], axis=-1)


def _body(heads: dict[Role, FloatArray]) -> FloatArray:
    """(3,3) columns left, back, up of a body that stands: up is the world's."""
    up = np.array([0.0, 0.0, 1.0])
    return _upright(up, reject(_across(heads, "thigh") + _across(heads, "upper_arm"), up))


def _quality(heads: dict[Role, FloatArray], mirror_cosine: float = _MIRROR_COSINE) -> float:
    """How well a pose stands: above zero for straight legs under an upright trunk, and limbs alike on both sides."""
    up = np.array([0.0, 0.0, 1.0])
    trunk = unit(_middle(heads, "upper_arm") - _middle(heads, "thigh"))
    left = reject(_across(heads, "thigh") + _across(heads, "upper_arm"), up)
    if np.linalg.norm(left) < 1e-9:
        return -2.0
    mirror = np.eye(3) - 2.0 * np.outer(unit(left), unit(left))
    upright, alike = [float(trunk @ up)], []
    for start, end in _ENDS.items():
        if not all(sided(limb, side) in heads for limb in (start, end) for side in SIDES):
            continue
        here, there = (unit(heads[sided(end, side)] - heads[sided(start, side)]) for side in SIDES)
        alike.append(float(here @ mirror @ there))
        if start in ("thigh", "shin"):
            upright += [float(-here @ up), float(-there @ up)]
    return min(min(upright) - float(_UPRIGHT_COSINE), min(alike) - mirror_cosine)
