"""Points of hands and feet that turn as the bones of a rig do."""

from __future__ import annotations

import numpy as np

from ..arrays import FloatArray
from ..solve.character import Character
from ..solve.feet import HEEL_SHARE, read_sole
from ..solve.hands import neutral_hand, rest_hand
from ..solve.limbs import carried_axis
from ..vectors import apply, dot, reject, unit

_PALM_M = {"thumb_knuckle": (0.03, 0.03), "index_knuckle": (0.09, 0.035), "little_knuckle": (0.09, -0.035)}
"""From the wrist: along the hand, and towards the thumb's side, on a hand of usual size."""
_TOE_SHARE = 1.4
"""Of the way from under the ankle to the ball: on to the tip of the toes."""


def hand_points(character: Character, side: str) -> dict[str, FloatArray]:
    """(3,) knuckles from the wrist in the stance, metres, world axes; as the solver sees a rig's hand at rest."""
    limb = character.arms[side]
    upper, lower = unit(limb.upper_m), unit(limb.lower_m)
    neutral = neutral_hand(lower, carried_axis(upper, lower, limb.axis))
    hand = rest_hand(character.rest, character.heads, limb.end[0], neutral)
    return {name: forth * hand[:, 0] + across * hand[:, 1] for name, (forth, across) in _PALM_M.items()}


def foot_points(character: Character, side: str) -> dict[str, FloatArray]:
    """(3,) heel and toe tip from the ankle in the stance, metres, world axes; both on the sole."""
    sole, up = read_sole(character, side), character.body[:, 2]
    return _on_sole(sole.ball, unit(reject(sole.ball - sole.heel, up)), up)


def levelled_foot_points(ankle: FloatArray, ball: FloatArray, turn: FloatArray) -> dict[str, FloatArray]:
    """The same for a stance in which feet may hang in the air: a foot counts as level in the frame where it is lowest.

    Args:
        ankle, ball: (T,3) metres, world.
        turn: (T,3,3) of the foot from the stance, world axes.
    """
    lowest = int(np.argmin(ankle[:, 2] + ball[:, 2]))
    step, up = ball[lowest] - ankle[lowest], np.array([0.0, 0.0, 1.0])
    points = _on_sole(step, unit(reject(step, up)), up)
    return {name: turn[lowest].T @ point for name, point in points.items()}


def _on_sole(ball: FloatArray, ahead: FloatArray, up: FloatArray) -> dict[str, FloatArray]:
    """(3,) heel and toe tip of a level foot from its ankle, for its ball; straight behind each other and the ankle."""
    under, length = dot(ball, up) * up, float(np.linalg.norm(reject(ball, up)))
    return {"heel": under - HEEL_SHARE * length * ahead, "toe": under + _TOE_SHARE * length * ahead}


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
