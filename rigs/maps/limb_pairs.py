"""Finding the two pairs of mirrored branches of a rig that are its arms and its legs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from ..arrays import FloatArray
from ..vectors import unit
from .tree import BoneTree

_LEAST_REACH = 0.12
"""An arm or a leg is at least this share of the rig's extent: hands with fingers, hair and ears are shorter."""
_LEAST_LIKENESS = 0.7
"""The shorter of two mirrored branches is at least this share of the longer one."""
_LEAST_PARALLEL = 0.85
_LEAST_DOWNWARD = 0.4


@dataclass(frozen=True, slots=True)
class Pair:
    """Two branches at one bone that mirror each other.

    Attributes:
        parent: the bone on which both hang.
        first, second: the paths from it towards their far ends, as far as both go: a hand may hold something.
        across: (3,) unit direction from the second to the first.
        middle: (3,) mean of the pair's widest early points: a point of the mirror plane.
        straight: 0..1, how far all lines between mirrored heads are parallel.
    """

    parent: int
    first: tuple[int, ...]
    second: tuple[int, ...]
    across: FloatArray
    middle: FloatArray
    straight: float

    def reach(self, tree: BoneTree) -> float:
        """Mean length of both branches."""
        return float(np.mean([tree.arcs(path)[-1] for path in (self.first, self.second)]))

    def descent(self, tree: BoneTree, up: FloatArray) -> float:
        """Cosine between the branches, from first head to far end, and straight down."""
        ends = np.array([tree.heads[path[-1]] - tree.heads[path[0]] for path in (self.first, self.second)])
        return -float((unit(ends) @ up).mean())


@dataclass(frozen=True, slots=True)
class Limbs:
    """The arms and legs of a rig and the body's own directions.

    Attributes:
        arms, legs: the pairs; the first of both are on one side.
        up, across: (3,) unit directions in armature space; `across` is at a right angle to `up`, its sign unknown.
        plane: (3,) a point of the mirror plane.
        fit: 0..1, how well the two pairs make a body.
    """

    arms: Pair
    legs: Pair
    up: FloatArray
    across: FloatArray
    plane: FloatArray
    fit: float


def find_limbs(tree: BoneTree) -> Limbs | None:
    """The pairs that make the best body; None where no two do."""
    pairs = list(_pairs(tree))
    found = [limbs for legs in pairs for arms in pairs if legs is not arms and (limbs := _body(tree, arms, legs))]
    return max(found, key=lambda limbs: limbs.fit * _size(tree, limbs), default=None)


def _size(tree: BoneTree, limbs: Limbs) -> float:
    return limbs.arms.reach(tree) + limbs.legs.reach(tree)


def _pairs(tree: BoneTree) -> Iterator[Pair]:
    least = _LEAST_REACH * tree.extent
    for parent, children in enumerate(tree.children):
        long = [child for child in children if tree.step(child) + tree.reach[child] > least]
        for first, second in combinations(long, 2):
            pair = _pair(tree, parent, tree.path(first), tree.path(second))
            if pair is not None:
                yield pair


def _pair(tree: BoneTree, parent: int, first: tuple[int, ...], second: tuple[int, ...]) -> Pair | None:
    shared = min(len(first), len(second))
    first, second = first[:shared], second[:shared]
    lengths = [tree.arcs(path)[-1] + tree.step(path[0]) for path in (first, second)]
    if min(lengths) < _LEAST_LIKENESS * max(lengths) or shared < 3:
        return None
    ours, theirs = (tree.heads[list(path)] for path in (first, second))
    between = ours - theirs
    across = unit(between.sum(axis=0))
    total = np.linalg.norm(between, axis=1).sum()
    if total < 1e-6 * tree.extent:
        return None
    straight = float(np.abs(between @ across).sum() / total)
    widest = int(np.argmax(np.linalg.norm(between[:3], axis=1)))
    return Pair(parent, first, second, across, 0.5 * (ours[widest] + theirs[widest]), straight)


def _body(tree: BoneTree, arms: Pair, legs: Pair) -> Limbs | None:
    """These arms and legs as a body, or None where they make none."""
    inside = set(tree.line(arms.parent)) & {legs.first[0], legs.second[0]}
    inside |= set(tree.line(legs.parent)) & {arms.first[0], arms.second[0]}
    parallel = abs(float(arms.across @ legs.across))
    trunk = arms.middle - legs.middle
    length = float(np.linalg.norm(trunk))
    if inside or parallel < _LEAST_PARALLEL or length < 0.05 * tree.extent:
        return None
    if arms.across @ legs.across < 0.0:
        arms = replace(arms, first=arms.second, second=arms.first, across=-arms.across)
    across = unit(arms.across + legs.across)
    up = unit(trunk - (trunk @ across) * across)
    plane = 1.0 - abs(float(trunk @ across)) / length
    downward = legs.descent(tree, up)
    if downward < _LEAST_DOWNWARD:
        return None
    fit = parallel * plane * downward * arms.straight * legs.straight
    return Limbs(arms, legs, up, across, 0.5 * (arms.middle + legs.middle), max(fit, 0.0))
