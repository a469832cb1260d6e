"""Points of hands and feet that turn as the bones of a rig do."""

from __future__ import annotations

import numpy as np

from .. import quaternions
from ..arrays import FloatArray
from ..solve.character import Character
from ..solve.feet import read_sole
from ..vectors import apply, reject, unit

_PALM_M = {
    "thumb_knuckle": (0.03, 0.03),
    "index_knuckle": (0.09, 0.03),
    "little_knuckle": (0.08, -0.035),
}
"""From the wrist: along the hand, and towards the thumb's side, on a hand of usual size."""


def hand_points(character: Character, side: str) -> dict[str, FloatArray]:
    """(3,) knuckles from the wrist in the stance, metres, world axes.

    Of a hand that is held out to the side the palm is down and the thumb in front; an arm that rests otherwise carries
    it along by the shortest way.
    """
    outwards = character.body[:, 0] * (1.0 if side == "left" else -1.0)
    along = unit(character.arms[side].lower_m)
    thumbwards = quaternions.rotate(quaternions.swing(outwards, along), -character.body[:, 1])
    thumbwards = unit(reject(thumbwards, along))
    return {name: forth * along + across * thumbwards for name, (forth, across) in _PALM_M.items()}


def foot_points(character: Character, side: str) -> dict[str, FloatArray]:
    """(3,) heel and toe tip from the ankle in the stance, metres, world axes; both on the sole."""
    sole = read_sole(character, side)
    return {"heel": sole.heel, "toe": sole.ball + sole.tips.mean(axis=0)}


def carried(points: dict[str, FloatArray], turn: FloatArray, joint: FloatArray, side: str) -> dict[str, FloatArray]:
    """(T,3) paths, under the names of `rigs.skeleton.POINTS`, of points that hang on a (T,3) joint and turn with it.

    Args:
        points: (3,) from the joint in the stance.
        turn: (T,3,3) from the stance, world axes.
        joint: (T,3) wrist or ankle.
        side: "left" or "right".
    """
    return {
        f"{side}_{name}": joint + apply(turn, np.broadcast_to(point, joint.shape)) for name, point in points.items()
    }
