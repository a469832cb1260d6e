"""Turns of the feet and toes, which the 17 joints do not show.

A foot is level while its ankle is near the floor, unless its heel is known to have left it before the toe; while it is
lifted it is turned as the performer's heel and toe say, or follows the shin where those are unknown. It always turns
about its own left axis just so far that its ball is not under the floor: this makes a heel rise over a standing ball.
Toes do the same about the ball.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import quaternions
from ..arrays import BoolArray, FloatArray
from ..joint_limits import within
from ..roles import sided
from ..vectors import apply, dot, reject, smoothstep, unit
from .body import directions
from .character import Character
from .contact import hold_heading
from .foot_points import FootPoints, ankle_turn, outwards_at_rest
from .smoothing import gaussian, least_slope, limited_steps
from .turns import Turns
from .twists import follow_end

_LEVEL_BELOW, _FREE_ABOVE = 0.02, 0.10
_UPRIGHT_LOW, _UPRIGHT_HIGH = 0.25, 0.55
_LUNGE_FROM, _LUNGE_TO, _LUNGE_ANGLE = np.radians([15.0, 55.0, 40.0])
_KNEEL_FROM, _KNEEL_TO, _KNEEL_UNTIL, _KNEEL_OVER = np.radians([65.0, 90.0, 110.0, 160.0])
_KNEEL_ANGLE, _KNEEL_BELOW, _KNEEL_ABOVE = np.radians(50.0), 0.15, 0.35
_STEP_MARGIN = np.radians(6.0)
_FADE_FROM = np.radians(150.0)
_WEIGHT_SIGMA_S, _GUARD_SIGMA_S = 0.05, 0.02
_ON_TOE_FROM, _ON_TOE_TO = 0.3, 0.6
"""How much likelier a toe must stand than its heel: of feet that lie flat nine in ten stay below the first."""
HEEL_SHARE = 0.3
"""Of the way from under the ankle to the ball: how far the heel lies behind it, where no mesh tells."""


@dataclass(frozen=True, slots=True)
class Sole:
    """Points under a foot at rest, metres, stage axes: ball and heel from the ankle, (N,3) toe tips from the ball."""

    ball: FloatArray
    heel: FloatArray
    tips: FloatArray
    ankle_m: float
    """Height of the ankle over the sole."""


def read_sole(character: Character, side: str) -> Sole:
    """Measure one foot at rest: where toe bones start is the ball, else where the foot bone ends."""
    up, back = character.body[:, 2], character.body[:, 1]
    foot = character.bones(sided("foot", side))
    toes = list(character.bones(sided("toe", side)))
    ankle = character.heads[foot[0]]
    ball = character.heads[toes].mean(axis=0) if toes else character.tails[foot[-1]]
    height = float(dot(ankle, up)) - character.sole_m

    def under(point: FloatArray) -> FloatArray:
        return reject(point - ankle, up) - height * up

    length = float(np.linalg.norm(reject(ball - ankle, up)))
    tips = [under(character.tails[toe]) for toe in toes] or [under(ball) - 0.4 * length * back]
    heel = HEEL_SHARE * length * back - height * up
    skin = [character.outlines[bone][0] for bone in (*foot, *toes) if bone in character.outlines]
    if skin:
        points = np.concatenate(skin)
        along = points @ back
        tips, heel = [under(points[np.argmin(along)])], under(points[np.argmax(along)])
    return Sole(under(ball), heel, np.array(tips) - under(ball), height)


def level_weight(character: Character, ankle_over_m: FloatArray, shin: FloatArray, fps: float) -> FloatArray:
    """How far a foot lies flat, 0..1, smooth in time.

    Args:
        character: the rig at rest.
        ankle_over_m: (T,) height of the ankle over where it is when standing.
        shin: (T,3) unit directions from knee to ankle.
        fps: frames per second.
    """
    over = ankle_over_m / character.leg_length_m
    near = 1.0 - smoothstep(_LEVEL_BELOW, _FREE_ABOVE, over)
    return gaussian(near * upright_weight(shin), _WEIGHT_SIGMA_S * fps)


def heel_down_weight(soles: FloatArray | None, fps: float) -> FloatArray | float:
    """How far a foot may lie flat, 0..1, smooth in time, for (T,2) how likely its heel and its toe stand.

    1 where nothing is known, and where both stand or neither does; 0 where surely only the toe stands.
    """
    if soles is None:
        return 1.0
    on_toe = smoothstep(_ON_TOE_FROM, _ON_TOE_TO, soles[:, 1] - soles[:, 0])
    return 1.0 - gaussian(on_toe, _WEIGHT_SIGMA_S * fps)


def upright_weight(shin: FloatArray) -> FloatArray:
    """(T,) 1 where a shin stands, 0 where it lies."""
    return smoothstep(_UPRIGHT_LOW, _UPRIGHT_HIGH, -shin[:, 2])


def turn_foot(
    turns: Turns,
    character: Character,
    side: str,
    ankle: FloatArray,
    floor: FloatArray,
    level: FloatArray,
    standing: BoolArray,
    fps: float,
    points: FootPoints | None = None,
) -> FloatArray:
    """Write the turns of one foot, of its toes and of the twist bones over it.

    Args:
        turns: receives them; must already hold those of the shin.
        character: the rig at rest.
        side: "left" or "right".
        ankle: (T,3) ankle, stage space.
        floor: (T,) stage height of what it stands on.
        level: (T,) how far the foot lies flat, see `level_weight`.
        standing: (T,) where it stands, and its heading is held.
        fps: frames per second.
        points: how the performer's foot is turned, where that is known; None: nowhere.

    Returns:
        (T,) height of the foot's lowest point over the floor, metres; below zero where it is under it.
    """
    sole = read_sole(character, side)
    foot = _free_foot(turns, character, side, sole, ankle[:, 2] - floor, level, standing, fps, points)
    foot = _guarded(foot, character, ankle, sole.ball, floor, fps, "ankle_floor_pitch")
    ball = ankle + apply(foot, np.broadcast_to(sole.ball, ankle.shape))
    longest = sole.tips[np.argmin(sole.tips @ character.body[:, 1])]
    toe = _guarded(foot, character, ball, longest, floor, fps, "toes_floor_pitch")
    for bone in character.bones(sided("foot", side)):
        turns.set(bone, foot)
    for bone in character.bones(sided("toe", side)):
        turns.set(bone, toe)
    follow_end(turns, character, character.legs[side].lower, character.legs[side].lower_m, foot)
    heel = ankle + apply(foot, np.broadcast_to(sole.heel, ankle.shape))
    tips = ball[:, None] + np.einsum("tij,nj->tni", toe, sole.tips)
    lowest = np.min(
        [heel[:, 2], ball[:, 2], tips[..., 2].min(axis=1), _lowest_skin(turns, character, side, ankle)], axis=0
    )
    return np.asarray(lowest - floor)


def _free_foot(
    turns: Turns,
    character: Character,
    side: str,
    sole: Sole,
    over_m: FloatArray,
    level: FloatArray,
    standing: BoolArray,
    fps: float,
    points: FootPoints | None,
) -> FloatArray:
    """(T,3,3) turns of a foot as if there were no floor in its way, given (T,) how high its ankle is."""
    leg = character.legs[side]
    shin = turns.of(leg.lower[-1])
    upright = shin @ character.body
    along = directions(shin, leg.lower_m)
    near = 1.0 - smoothstep(_KNEEL_BELOW, _KNEEL_ABOVE, over_m / character.leg_length_m)
    bent, known = _bend(along, _level(upright), near), np.zeros(len(near))
    seen = np.zeros_like(bent)
    if points is not None:
        seen, known = ankle_turn(points, side, upright, outwards_at_rest(character.body, sole.ball - sole.heel, side))
    follow = _turned_about(upright, bent + known[:, None] * (seen - bent))
    flat = _held_level(_level(_turned_about(upright, known[:, None] * seen)), standing, fps)
    between = quaternions.slerp(quaternions.from_matrix(follow), quaternions.from_matrix(flat), level)
    foot = quaternions.to_matrix(between) @ character.body.T
    exact = points is not None and points.exact
    return foot if exact else _steadied(shin, foot, along)


def _lowest_skin(turns: Turns, character: Character, side: str, ankle: FloatArray) -> FloatArray:
    """(T,) stage height of a foot's lowest outermost point, or bone's end without a mesh, given its (T,3) ankle."""
    foot, toes = character.bones(sided("foot", side)), character.bones(sided("toe", side))
    bones, carriers = (*foot, *toes), (character.legs[side].lower[-1], *foot[:-1], *[foot[-1]] * len(toes))
    raised = ankle[:, 2] - turns.head(bones[0])[:, 2]
    lowest = np.full(len(ankle), np.inf)
    for before, bone in zip(carriers, bones, strict=True):
        ends = np.stack([character.heads[bone], character.tails[bone]])
        points, shares = character.outlines.get(bone, (ends, np.ones(2)))
        own, other = (
            turns.head(carrier)[:, None, 2] + turns.of(carrier)[:, 2] @ (points - character.heads[carrier]).T
            for carrier in (bone, before)
        )
        lowest = np.minimum(lowest, raised + (shares * own + (1.0 - shares) * other).min(axis=1))
    return lowest


def _level(frames: FloatArray) -> FloatArray:
    """(T,3,3) upright frames, columns left, back, up, with the heading of (T,3,3) frames of shin or foot."""
    up = np.array([0.0, 0.0, 1.0])
    # the left axis stays level however far the shin leans forwards
    left = unit(reject(frames[..., 0], up) + 1e-6 * np.cross(frames[..., 1], up))
    back = np.cross(np.broadcast_to(up, left.shape), left)
    return np.stack([left, back, np.broadcast_to(up, left.shape)], axis=-1)


def _held_level(level: FloatArray, standing: BoolArray, fps: float) -> FloatArray:
    """(T,3,3) upright frames whose heading stays while the foot stands."""
    headings = np.unwrap(np.arctan2(level[:, 1, 0], level[:, 0, 0]))
    off = hold_heading(headings, standing, fps) - headings
    held: FloatArray = quaternions.to_matrix(quaternions.exp(off[:, None] * np.array([0.0, 0.0, 1.0]))) @ level
    return held


def _turned_about(frames: FloatArray, vectors: FloatArray) -> FloatArray:
    """(T,3,3) frames turned by (T,3) rotation vectors about their own axes."""
    turned: FloatArray = frames @ quaternions.to_matrix(quaternions.exp(vectors))
    return turned


def _bend(along: FloatArray, level: FloatArray, near: FloatArray) -> FloatArray:
    """(T,3) rotation vectors that bend an ankle as (T,) near the floor: toes up in a lunge, down where one kneels.

    Args:
        along: (T,3) unit directions of the shin.
        level: (T,3,3) upright frames with its heading.
        near: (T,) 0..1.
    """
    lean = np.arctan2(dot(along, level[..., 1]), -along[:, 2])
    reach = 1.0 - smoothstep(_KNEEL_UNTIL, _KNEEL_OVER, lean)
    lunge = smoothstep(_LUNGE_FROM, _LUNGE_TO, lean)
    kneel = smoothstep(_KNEEL_FROM, _KNEEL_TO, lean)
    angle = ((_KNEEL_ANGLE + _LUNGE_ANGLE) * kneel - _LUNGE_ANGLE * lunge) * reach * near
    vectors: FloatArray = angle[:, None] * np.array([1.0, 0.0, 0.0])
    return vectors


def _steadied(shin: FloatArray, foot: FloatArray, along: FloatArray) -> FloatArray:
    """(T,3,3) turns of the foot that jump no further against the shin than its (T,3) directions do themselves."""
    bent = quaternions.log(quaternions.from_matrix(np.swapaxes(shin, 1, 2) @ foot))
    moved = np.linalg.norm(np.diff(along, axis=0), axis=-1)
    still = np.zeros(len(moved))
    bent = limited_steps(bent, np.ones(len(bent)), still, moved + _STEP_MARGIN)
    steadied: FloatArray = shin @ quaternions.to_matrix(quaternions.exp(bent))
    return steadied


def _guarded(
    turn: FloatArray,
    character: Character,
    pivot: FloatArray,
    arm: FloatArray,
    floor: FloatArray,
    fps: float,
    joint: str,
) -> FloatArray:
    """`turn`, turned on about its left axis until the end of `arm`, which starts at `pivot`, is over the floor.

    Args:
        turn: (T,3,3) turns of the foot or toe.
        character: the rig at rest.
        pivot: (T,3) ankle or ball, stage space.
        arm: (3,) rest vector from the pivot to the point to be kept over the floor.
        floor: (T,) its stage height.
        fps: frames per second.
        joint: the joint limits that the further turn keeps to.
    """
    left = apply(turn, np.broadcast_to(character.body[:, 0], (len(turn), 3)))
    reach = apply(turn, np.broadcast_to(arm, (len(turn), 3)))
    along = dot(reach, left)[:, None] * left
    across = reach - along
    # height over the floor after a further turn by x: base + a cos x + b sin x
    base = pivot[:, 2] + along[:, 2] - floor
    a, b = across[:, 2], np.cross(left, across)[:, 2]
    radius = np.maximum(np.hypot(a, b), 1e-9)
    top = np.arctan2(b, a)
    half = np.arccos(np.clip(-base / radius, -1.0, 1.0))
    # straight down, both ways up are as long: there the turn fades out, so that it never flips
    fading = 1.0 - smoothstep(_FADE_FROM, np.pi, np.abs(top))
    angle = np.where(base + a < 0.0, np.sign(top) * np.maximum(np.abs(top) - half, 0.0), 0.0)
    angle = fading * np.clip(angle, *within(joint))
    slopes = np.full(len(angle) - 1, _STEP_MARGIN)
    angle = least_slope(np.maximum(angle, 0.0), slopes) - least_slope(np.maximum(-angle, 0.0), slopes)
    angle = gaussian(angle, _GUARD_SIGMA_S * fps)
    guarded: FloatArray = quaternions.to_matrix(quaternions.from_axis_angle(left, angle)) @ turn
    return guarded
