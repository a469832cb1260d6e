"""Turns of arm and leg bones from the directions of their segments and their bend axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import quaternions
from ..arrays import FloatArray
from ..vectors import dot, frame, reject, unit
from .character import Character, Limb
from .hands import HandPoints, hand_frames, held_angles, neutral_hand, rest_hand, wrist_angles
from .smoothing import limited_steps
from .turns import Turns
from .twists import beside_chain, spread_twist, undo_twist

_FOLDED = 0.3
"""Opening, 1 + cosine of the bend, below which a limb counts as folded right back."""
_ROLL_MARGIN, _ROLL_SHARE = np.radians(8.0), 0.5
"""How fast a second segment may roll about itself: an angle a frame, and a share of its swing in that frame."""


@dataclass(frozen=True, slots=True)
class LimbPose:
    """A limb over time.

    Attributes:
        upper, lower: (T,3) unit directions of the two segments, stage space.
        axis: (T,3) unit bend axis, perpendicular to `upper`.
    """

    upper: FloatArray
    lower: FloatArray
    axis: FloatArray


def forwards_only(pose: LimbPose) -> LimbPose:
    """The pose with every backward bend taken out: there the second segment only leaves the bend plane's wrong half."""
    folding = np.cross(pose.axis, pose.upper)
    wrong = np.minimum(dot(pose.lower, folding), 0.0)
    lower = unit(pose.lower - wrong[:, None] * folding)
    return LimbPose(pose.upper, lower, pose.axis)


def carried_axis(upper: FloatArray, lower: FloatArray, axis: FloatArray) -> FloatArray:
    """Bend axis as the second segment carries it.

    Args:
        upper, lower: (...,3) unit directions of the two segments.
        axis: (...,3) unit bend axis, perpendicular to `upper`.

    Returns:
        (...,3) unit axis perpendicular to `lower`: the same where the limb bends about it, the one that the shortest
        swing carries along while it is nearly straight.
    """
    off, opening = dot(axis, lower), 1.0 + dot(upper, lower)
    share = off * opening / (opening**2 + _FOLDED**2)
    return unit(reject(axis, lower) - share[..., None] * reject(upper, lower))


def steadied_axis(upper: FloatArray, lower: FloatArray, axis: FloatArray) -> FloatArray:
    """The second segment's axis without its flips: seen from the first one, it rolls little faster than it swings.

    Joints that pass through a folded limb, as those of a film do when they err, have bend axes that turn right round.

    Args:
        upper: (T,3,3) frame of the first segment.
        lower: (T,3) unit direction of the second segment.
        axis: (T,3) unit axis perpendicular to `lower`.

    Returns:
        (T,3) unit axes perpendicular to `lower`, as given wherever they do not outrun their segment.
    """
    aim, across = np.einsum("tji,tj->ti", upper, lower), np.cross(lower, axis)
    given, side = (np.einsum("tji,tj->ti", upper, vectors) for vectors in (axis, across))
    swing = quaternions.swing(aim[:-1], aim[1:])
    carried = quaternions.rotate(swing, given[:-1])
    rolled = np.append(0.0, np.cumsum(np.arctan2(dot(carried, side[1:]), dot(carried, given[1:]))))
    allowed = _ROLL_MARGIN + _ROLL_SHARE * np.linalg.norm(quaternions.log(swing), axis=-1)
    free = np.zeros(len(swing))
    held = rolled + limited_steps(-rolled[:, None], np.ones(len(rolled)), free, allowed)[:, 0]
    return np.cos(held)[:, None] * axis + np.sin(held)[:, None] * across


def turn_limb(turns: Turns, character: Character, limb: Limb, pose: LimbPose, hand: HandPoints | None = None) -> None:
    """Write the turns of a limb's segments, of its twist bones and of its hand or foot.

    Args:
        turns: receives the turns of `limb.upper`, `limb.lower`, `limb.end` and the twist bones; must already hold the
            body's.
        character: the rig at rest.
        limb: which limb.
        pose: its directions and bend axes, stage space.
        hand: how the performer's hand is turned; None: hand or foot follow the second segment.
    """
    upper_rest = frame(limb.upper_m, limb.axis)
    upper = frame(pose.upper, pose.axis) @ upper_rest.T
    lower_rest = carried_axis(unit(limb.upper_m), unit(limb.lower_m), limb.axis)
    lower_axis = carried_axis(pose.upper, pose.lower, pose.axis)
    lower_axis = steadied_axis(frame(pose.upper, pose.axis), pose.lower, lower_axis)
    lower = frame(pose.lower, lower_axis) @ frame(limb.lower_m, lower_rest).T
    spread_twist(turns, character, limb.upper, limb.upper_m, upper)
    undo_twist(turns, character, limb.upper, limb.upper_m, upper)
    end, pronation = lower, np.zeros(len(lower))
    if hand is not None and limb.end:
        neutral = neutral_hand(unit(limb.lower_m), lower_rest)
        at_rest = rest_hand(character.rest, character.heads, limb.end[0], neutral)
        rest_angles = wrist_angles(neutral, at_rest)
        angles = held_angles(hand, neutral_hand(pose.lower, lower_axis), rest_angles)
        end = hand_frames(neutral_hand(pose.lower, lower_axis), angles) @ at_rest.T
        pronation = angles[:, 0] - rest_angles[0]
    _turn_lower(turns, character, limb, pose.lower, lower, pronation)
    for bone in limb.end:
        turns.set(bone, end)


def _turn_lower(
    turns: Turns, character: Character, limb: Limb, aim: FloatArray, lower: FloatArray, pronation: FloatArray
) -> None:
    """Write the turns of the second segment, twisted from its start by nothing to its end by (T,) `pronation`."""

    def twisted(share: float) -> FloatArray:
        turn: FloatArray = quaternions.to_matrix(quaternions.from_axis_angle(aim, share * pronation)) @ lower
        return turn

    beside = beside_chain(character, limb.lower, limb.lower_m)
    # one bone alone bears half, so that the skin is wrung at both of its ends by as much; with bones beside it, none
    share = 1.0 if len(limb.lower) > 1 else 0.0 if beside else 0.5
    spread_twist(turns, character, limb.lower, limb.lower_m, twisted(share))
    for bone, along in beside:
        turns.set(bone, twisted(along))
