"""Cutting an arm, a leg or a neck into its parts by lengths, bends and branches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import FloatArray
from ..vectors import reject, unit
from .tree import BoneTree

_ALONG_LEG = 0.7
"""Cosine to straight down from which on a bone belongs to the leg, not to the hip."""
_ANKLE_DROP = 0.6
"""The ankle lies at least this share of the leg's height below the hip."""
_ANKLE_TURN = np.cos(np.radians(25.0))
_TOE_LEAD = 0.3
"""Toes start at least this share of the foot's longest child ahead of the ankle."""
_HEAD_LENGTH = 0.28
"""A last bone over the shoulders that is longer than this share of the trunk is a head, not a neck."""
_NECK_LENGTH = 0.45
"""So is one that others follow, such as a jaw, from this share on."""
_RISE = 0.35
_FINGERS = 3


@dataclass(frozen=True, slots=True)
class Leg:
    """Bones of a leg from the hip down, and how far its proportions are from a leg's (0 for none)."""

    thigh: tuple[int, ...]
    shin: tuple[int, ...]
    foot: int
    toes: tuple[int, ...]
    oddity: float


@dataclass(frozen=True, slots=True)
class Arm:
    """Bones of an arm from the chest outwards, and how far its proportions are from an arm's (0 for none)."""

    clavicle: tuple[int, ...]
    upper_arm: tuple[int, ...]
    forearm: tuple[int, ...]
    hand: int
    oddity: float


def cut_leg(tree: BoneTree, path: tuple[int, ...], up: FloatArray) -> Leg | None:
    """The parts of a leg, given its path and the body's up; None where it has too few bones."""
    points = np.concatenate([tree.heads[list(path)], tree.tails[[path[-1]]]])
    steps = unit(np.diff(points, axis=0))
    falling = np.flatnonzero(steps @ up < -_ALONG_LEG)
    if not len(falling):
        return None
    hip = int(falling[0])
    drop = -(points[:-1] - points[hip]) @ up
    low = [at for at in range(hip + 2, len(path)) if drop[at] > _ANKLE_DROP * drop.max()]
    if not low:
        return None
    turned = [at for at in low if steps[at] @ steps[at - 1] < _ANKLE_TURN]
    ankle = turned[0] if turned else low[-1]
    arcs = tree.arcs(path)
    share = (arcs[hip + 1 : ankle] - arcs[hip]) / max(arcs[ankle] - arcs[hip], 1e-12)
    knee = hip + 1 + int(np.argmin(np.abs(share - 0.5)))
    return Leg(path[hip:knee], path[knee:ankle], path[ankle], _toes(tree, path[ankle], up), _off_half(share))


def _off_half(shares: FloatArray) -> float:
    """How much further than a body's a joint is from the middle of its limb."""
    return max(0.0, float(np.abs(shares - 0.5).min()) - 0.1)


def _toes(tree: BoneTree, foot: int, up: FloatArray) -> tuple[int, ...]:
    """Children of a foot ahead of the ankle, the one nearest to the long one's side first."""
    main = tree.far_child(foot)
    if main is None:
        return ()
    level = {child: reject(tree.heads[child] - tree.heads[foot], up) for child in tree.children[foot]}
    ahead = unit(level[main])
    lead = {child: float(way @ ahead) for child, way in level.items()}
    longest = max(lead.values())
    return tuple(child for child in tree.children[foot] if lead[child] > max(_TOE_LEAD * longest, 1e-9))


def cut_arm(tree: BoneTree, path: tuple[int, ...], offsets: FloatArray, hip_half: float) -> Arm | None:
    """The parts of an arm: of all cuts of its path the one that is most like an arm.

    Args:
        tree: the rig's bones.
        path: from the chest to the fingertips.
        offsets: (len(path),) distance of each head from the mirror plane.
        hip_half: distance of the hip joints from that plane.

    Returns:
        The arm; None where the path is too short for one.
    """
    arcs = tree.arcs(path)
    bends = _bends(tree, path)
    hubs = [_has_fingers(tree, bone) for bone in path]
    best: tuple[float, Arm] | None = None
    for shoulder in range(len(path) - 2):
        for elbow in range(shoulder + 1, len(path) - 1):
            for wrist in range(elbow + 1, len(path)):
                upper, fore = arcs[elbow] - arcs[shoulder], arcs[wrist] - arcs[elbow]
                if min(upper, fore) <= 0.0:
                    continue
                odd = 1.5 * abs(float(np.log(upper / fore)) - 0.05)
                odd += 2.0 * max(0.0, 0.8 - offsets[shoulder] / max(hip_half, 1e-12))
                beyond = (arcs[-1] - arcs[wrist]) / fore
                odd += max(0.0, arcs[shoulder] / upper - 0.8)
                odd += max(0.0, beyond - 1.0) if hubs[wrist] else 0.7 * beyond
                odd += bends[shoulder + 1 : elbow].sum() + bends[elbow + 1 : wrist].sum()
                odd += 0.15 * abs((elbow - shoulder) - (wrist - elbow)) + (0.0 if hubs[wrist] else 1.0)
                if best is None or odd < best[0]:
                    parts = (path[:shoulder], path[shoulder:elbow], path[elbow:wrist], path[wrist])
                    best = (odd, Arm(*parts, oddity=max(0.0, odd - (0.0 if hubs[wrist] else 1.0))))
    return best[1] if best else None


def _has_fingers(tree: BoneTree, bone: int) -> bool:
    """Whether several branches start at a bone; a twist bone beside a limb is a leaf and makes no branch."""
    children = tree.children[bone]
    return len(children) >= _FINGERS or sum(bool(tree.children[child]) for child in children) > 1


def _bends(tree: BoneTree, path: tuple[int, ...]) -> FloatArray:
    """(len(path),) angle at each head between the ways before and after it; 0 at both ends."""
    steps = unit(np.diff(tree.heads[list(path)], axis=0))
    angles = np.zeros(len(path))
    angles[1:-1] = np.arccos(np.clip(np.sum(steps[1:] * steps[:-1], axis=1), -1.0, 1.0))
    return angles


def cut_neck(
    tree: BoneTree, start: int, off_plane: FloatArray, up: FloatArray, trunk: float, tips: bool
) -> tuple[tuple[int, ...], int]:
    """Neck bones, from the shoulders up, and the head.

    Args:
        tree: the rig's bones.
        start: the lowest bone over the shoulders.
        off_plane: (B,) distance of each bone's head from the mirror plane.
        up: (3,) the body's up.
        trunk: distance from hips to shoulders.
        tips: whether this rig's limbs end in bones that only mark where they end.
    """
    line = [start]
    while True:
        bone = line[-1]
        above = [
            child
            for child in tree.children[bone]
            if off_plane[child] < 0.05 * trunk
            and (tree.heads[child] - tree.heads[bone]) @ up > _RISE * tree.step(child)
        ]
        if len(tree.children[bone]) > 1 and len(line) > 1 and not _goes_on(tree, bone, above):
            break
        following = max(above, key=lambda child: float(tree.heads[child] @ up), default=None)
        if following is None or tree.step(following) > trunk * (
            _NECK_LENGTH if tree.children[following] else _HEAD_LENGTH
        ):
            break
        line.append(following)
    if len(line) > 1 and not tree.children[line[-1]] and tips:
        line.pop()  # it only marks where the head ends
    return tuple(line[:-1]), line[-1]


def _goes_on(tree: BoneTree, bone: int, above: list[int]) -> bool:
    """Whether a bone with several children is a neck: one of them carries more than all the others together."""
    sizes = {child: len(tree.branch(child)) for child in tree.children[bone]}
    return bool(above) and max(sizes[child] for child in above) > 0.5 * sum(sizes.values())
