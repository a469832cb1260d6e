"""Twist of a segment, shared by the bones of its chain and by those that hang beside it."""

from __future__ import annotations

import numpy as np

from .. import quaternions
from ..arrays import FloatArray
from ..vectors import apply, dot, unit
from .character import Character
from .smoothing import limited_steps
from .turns import Turns

_AT_START, _AT_END = 0.02, 0.98
_STEP = np.radians(12.0)


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
    shares = np.arange(1, len(chain) + 1) / len(chain)
    aim, parts = _shared(turns.of_parent(chain[0]), whole, segment_m, shares)
    _straighten(character, chain, segment_m, parts, aim)
    for bone, part in zip(chain, parts, strict=True):
        turns.set(bone, part)


def undo_twist(
    turns: Turns, character: Character, chain: tuple[int, ...], segment_m: FloatArray, whole: FloatArray
) -> None:
    """Write the turns of the bones beside a first segment: near the body they twist little, far from it as it does.

    Args:
        turns: receives them; must already hold those of the body.
        character: the rig at rest.
        chain: the segment's own bones.
        segment_m: (3,) rest vector from the first bone's head to the next segment.
        whole: (T,3,3) turn of the segment.
    """
    beside = beside_chain(character, chain, segment_m)
    if beside:
        bones, shares = zip(*beside, strict=True)
        _, parts = _shared(turns.of_parent(chain[0]), whole, segment_m, np.array(shares))
        for bone, part in zip(bones, parts, strict=True):
            turns.set(bone, part)


def follow_end(
    turns: Turns, character: Character, chain: tuple[int, ...], segment_m: FloatArray, end: FloatArray
) -> None:
    """Write the turns of the bones beside a second segment: towards its end they twist ever more as that does.

    Args:
        turns: receives them; must already hold those of the segment.
        character: the rig at rest.
        chain: the segment's own bones.
        segment_m: (3,) rest vector from the first bone's head to the hand or foot.
        end: (T,3,3) turn of the hand or foot.
    """
    whole = turns.of(chain[-1])
    aim = apply(whole, np.broadcast_to(unit(segment_m), (len(whole), 3)))
    turn = quaternions.from_matrix(end @ np.swapaxes(whole, 1, 2))
    angle = 2.0 * np.arctan2(dot(turn[:, 1:], aim), turn[:, 0])
    for bone, share in beside_chain(character, chain, segment_m):
        turns.set(bone, quaternions.to_matrix(quaternions.from_axis_angle(aim, share * angle)) @ whole)


def beside_chain(character: Character, chain: tuple[int, ...], segment_m: FloatArray) -> list[tuple[int, float]]:
    """Twist bones that hang beside a chain, each with its place along the segment, from 0 at its start to 1."""
    rest, rig_map = character.rest, character.rig_map
    first = rest.bone_names[chain[0]]
    names = next((rig_map.twists.get(role, ()) for role, bones in rig_map.roles.items() if first in bones), ())
    bones = [rest.index(name) for name in names if name in rest.bone_names]
    length = float(np.linalg.norm(segment_m))
    heads = character.heads[bones] - character.heads[chain[0]] if bones else np.zeros((0, 3))
    places = np.clip(heads @ unit(segment_m) / length, 0.0, 1.0)
    if len(bones) and places.max() - places.min() < _AT_START and (places.max() < _AT_START or places.min() > _AT_END):
        # all at one end, where places say nothing: even shares
        places = np.arange(1, len(bones) + 1) / (len(bones) + 1)
    return [(bone, float(place)) for bone, place in zip(bones, places, strict=True)]


def _shared(
    before: FloatArray, whole: FloatArray, segment_m: FloatArray, shares: FloatArray
) -> tuple[FloatArray, list[FloatArray]]:
    """(T,3) where a segment points, and for each share of its twist the (T,3,3) turn, from (T,3,3) `before` it."""
    aim = apply(whole, np.broadcast_to(unit(segment_m), (len(whole), 3)))
    came = apply(before, np.broadcast_to(unit(segment_m), (len(whole), 3)))
    swung = quaternions.multiply(quaternions.swing(came, aim), quaternions.from_matrix(before))
    twist = quaternions.log(quaternions.multiply(quaternions.from_matrix(whole), quaternions.inverse(swung)))
    angle = _steadied(_unwrapped(dot(twist, aim)))
    return aim, [
        quaternions.to_matrix(quaternions.from_axis_angle(aim, (share - 1.0) * angle)) @ whole for share in shares
    ]


def _steadied(angles: FloatArray) -> FloatArray:
    """(T,) twist angles that do not whirl where a segment points straight back along its rest."""
    steps = len(angles) - 1
    return limited_steps(angles[:, None], np.ones(len(angles)), np.zeros(steps), np.full(steps, _STEP))[:, 0]


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
