"""Telling a body's front from its back, and so its left from its right, by shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ..arrays import FloatArray
from ..vectors import reject, unit
from .limb_pairs import Limbs
from .segments import Arm, Leg
from .tree import BoneTree

_Limb = TypeVar("_Limb", Arm, Leg)
_SIGNIFICANT_BEND = 0.03
"""A knee or elbow this share of its limb's length off the straight line counts in full."""


@dataclass(frozen=True, slots=True)
class Facing:
    """Where a body looks.

    Attributes:
        forward: (3,) unit direction in armature space.
        first_is_left: whether the first of each pair of limbs is the body's left.
        confidence: 0.5..1, how far toes, knees, elbows and face agree.
        evidence: what decided, in words: "the toes point".
    """

    forward: FloatArray
    first_is_left: bool
    confidence: float
    evidence: str

    def ordered(self, pair: tuple[_Limb, _Limb]) -> tuple[_Limb, _Limb]:
        """A pair as left, right."""
        return pair if self.first_is_left else (pair[1], pair[0])


def find_facing(tree: BoneTree, limbs: Limbs, legs: tuple[Leg, Leg], arms: tuple[Arm, Arm]) -> Facing:
    """The front of a body, by the toes first, then by how knees and elbows bend."""
    ahead = np.cross(limbs.across, limbs.up)
    votes = {
        "the toes point": 3.0 * float(np.mean([_toe_vote(tree, leg, limbs.up, ahead) for leg in legs])),
        "the knees bend": float(np.mean([_bend(tree, leg.thigh[0], leg.shin[0], leg.foot) @ ahead for leg in legs])),
        "the elbows point away": -0.7
        * float(np.mean([_bend(tree, arm.upper_arm[0], arm.forearm[0], arm.hand) @ ahead for arm in arms])),
    }
    total = sum(votes.values())
    sign = 1.0 if total >= 0.0 else -1.0
    weight = sum(abs(vote) for vote in votes.values())
    # little evidence leaves a guess
    confidence = 0.5 + 0.5 * min(abs(total) / max(weight, 1.0), 1.0)
    evidence = max(votes, key=lambda name: sign * votes[name])
    forward = sign * ahead
    left = np.cross(limbs.up, forward)
    hips = tree.heads[legs[0].thigh[0]] - tree.heads[legs[1].thigh[0]]
    return Facing(forward, bool(hips @ left > 0.0), confidence, evidence)


def _toe_vote(tree: BoneTree, leg: Leg, up: FloatArray, ahead: FloatArray) -> float:
    """-1..1: how far the foot points ahead; less where only the end of its bone says so."""
    path = tree.path(leg.foot)
    known = len(path) > 1
    end = tree.heads[path[-1]] if known else tree.tails[leg.foot]
    way = reject(end - tree.heads[leg.foot], up)
    return float(unit(way) @ ahead) * (1.0 if known else 0.4)


def _bend(tree: BoneTree, start: int, middle: int, end: int) -> FloatArray:
    """(3,) where a limb's middle joint lies off the line between its ends; length 1 for a clear bend."""
    span = tree.heads[end] - tree.heads[start]
    off = reject(tree.heads[middle] - tree.heads[start], unit(span))
    size = float(np.linalg.norm(off))
    strength = min(size / max(_SIGNIFICANT_BEND * float(np.linalg.norm(span)), 1e-12), 1.0)
    clear: FloatArray = unit(off) * strength
    return clear
