"""Turns of arm and leg bones from the directions of their segments and their bend axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import quaternions
from ..arrays import FloatArray
from ..vectors import apply, dot, frame, unit
from .character import Character, Limb
from .turns import Turns


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


def turn_limb(turns: Turns, character: Character, limb: Limb, pose: LimbPose) -> None:
    """Write the turns of a limb's segments and of its hand or foot, which follows the second segment.

    Args:
        turns: receives the turns of `limb.upper`, `limb.lower` and `limb.end`; must already hold the body's.
        character: the rig at rest.
        limb: which limb.
        pose: its directions and bend axes, stage space.
    """
    upper_rest = frame(limb.upper_m, limb.axis)
    upper = frame(pose.upper, pose.axis) @ upper_rest.T
    carried = quaternions.rotate(quaternions.swing(unit(limb.upper_m), unit(limb.lower_m)), limb.axis)
    lower_axis = quaternions.rotate(quaternions.swing(pose.upper, pose.lower), pose.axis)
    lower = frame(pose.lower, lower_axis) @ frame(limb.lower_m, carried).T
    spread_twist(turns, character, limb.upper, limb.upper_m, upper)
    spread_twist(turns, character, limb.lower, limb.lower_m, lower)
    for bone in limb.end:
        turns.set(bone, lower)


def spread_twist(
    turns: Turns, character: Character, chain: tuple[int, ...], segment_m: FloatArray, whole: FloatArray
) -> None:
    """Write the turns of a segment made of several bones: all swing with it, and each takes its share of the twist.

    Args:
        turns: receives the turns of `chain`.
        character: the rig at rest.
        chain: the segment's bones, from the body outwards; the last takes the whole twist.
        segment_m: (3,) rest vector from the first bone's head to the next segment.
        whole: (T,3,3) turn of the segment.
    """
    if len(chain) == 1:
        turns.set(chain[0], whole)
        return
    before = turns.of_parent(chain[0])
    aim = apply(whole, np.broadcast_to(unit(segment_m), (len(whole), 3)))
    came = apply(before, np.broadcast_to(unit(segment_m), (len(whole), 3)))
    swung = quaternions.multiply(quaternions.swing(came, aim), quaternions.from_matrix(before))
    twist = quaternions.log(quaternions.multiply(quaternions.from_matrix(whole), quaternions.inverse(swung)))
    angle = _unwrapped(dot(twist, aim))
    shares = np.arange(1, len(chain) + 1) / len(chain)
    parts = [
        quaternions.to_matrix(quaternions.multiply(quaternions.from_axis_angle(aim, share * angle), swung))
        for share in shares
    ]
    _straighten(character, chain, segment_m, parts, aim)
    for bone, part in zip(chain, parts, strict=True):
        turns.set(bone, part)


def _unwrapped(angles: FloatArray) -> FloatArray:
    """(T,) twist angles without jumps of a full turn, so that half of one never jumps by half a turn."""
    smooth = np.unwrap(angles)
    # np.unwrap keeps the first angle; move the whole clip to where most of it is smallest
    shifted: FloatArray = smooth - 2.0 * np.pi * np.round(np.median(smooth) / (2.0 * np.pi))
    return shifted


def _straighten(
    character: Character, chain: tuple[int, ...], segment_m: FloatArray, parts: list[FloatArray], aim: FloatArray
) -> None:
    """Turn all parts together so that a slightly crooked chain still ends exactly where its segment points."""
    heads = [character.heads[bone] for bone in chain]
    ends = [*heads[1:], heads[0] + segment_m]
    reach = sum(apply(part, end - head) for part, head, end in zip(parts, heads, ends, strict=True))
    correction = quaternions.to_matrix(quaternions.swing(np.asarray(reach), aim))
    parts[:] = [correction @ part for part in parts]
