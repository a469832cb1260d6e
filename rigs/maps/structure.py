"""Finding a body in a rig by its shape alone: who hangs on whom, what mirrors what, and where the bones rest.

Names are not looked at, so any language and any numbering will do. The rest pose may face anywhere, have any size and
any axis up; it must stand, more or less, with the legs away from the trunk and both sides alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import FloatArray
from ..errors import MapError
from ..rest import RigRest
from ..roles import SIDES, Role, sided
from ..vectors import reject
from .facing import Facing, find_facing
from .limb_pairs import Limbs, Pair, find_limbs
from .rig_map import RigMap
from .segments import Arm, Leg, cut_arm, cut_leg, cut_neck
from .tree import BoneTree

NAME = "Found by structure"
_MOST_COINCIDENT = 0.35
SURE = 0.9
"""Confidence from which on a map needs no second look."""
_ADVICE = "assign the bones by hand or add a map file."


@dataclass(frozen=True, slots=True)
class StructureMatch:
    """A body found by shape.

    Attributes:
        rig_map: the bones of its roles.
        confidence: 0..1, how well the shape is a body's and how surely its front is told from its back.
        reason: one sentence for the user.
    """

    rig_map: RigMap
    confidence: float
    reason: str


def find_structure(rest: RigRest) -> StructureMatch:
    """The body in a rig, by shape.

    Args:
        rest: the rig at rest.

    Returns:
        A complete map and how sure it is.

    Raises:
        MapError: no body is found, or the rig has controls beside its bones, which shape cannot tell apart.
    """
    tree = BoneTree.from_rest(rest)
    if _coincident(tree) > _MOST_COINCIDENT:
        raise MapError(f"Many bones of this rig share their place with others, as controls do; {_ADVICE}")
    limbs = find_limbs(tree)
    if limbs is None:
        raise MapError(f"The {len(rest.bone_names)} bones make no body with two arms and two legs; {_ADVICE}")
    arms, legs = _arms(tree, limbs), _legs(tree, limbs)
    if arms is None or legs is None:
        raise MapError(
            f"The arms or legs at '{rest.bone_names[limbs.arms.parent]}' and "
            f"'{rest.bone_names[limbs.legs.parent]}' have too few bones; {_ADVICE}"
        )
    facing = find_facing(tree, limbs, legs, arms)
    roles = _torso(tree, limbs, arms, legs)
    for side, arm, leg in zip(SIDES, facing.ordered(arms), facing.ordered(legs), strict=True):
        roles |= _limb_roles(side, arm, leg)
    named = {role: tuple(rest.bone_names[bone] for bone in bones) for role, bones in roles.items() if bones}
    confidence = _confidence(limbs, facing, arms, legs)
    reason = _reason(rest, roles, facing)
    found = RigMap(NAME, named, confidence, notice="" if confidence >= SURE else f"{reason} Check it before use.")
    if found.missing():
        raise MapError(f"The bones make no whole body: a spine between arms and legs is missing; {_ADVICE}")
    return StructureMatch(found, confidence, reason)


def _coincident(tree: BoneTree) -> float:
    """Share of the bones whose head and tail are another's too."""
    ends = np.concatenate([tree.heads, tree.tails], axis=1)
    rounded = np.round(ends / max(1e-4 * tree.extent, 1e-12)).astype(np.int64)
    _, counts = np.unique(rounded, axis=0, return_counts=True)
    return float(counts[counts > 1].sum() / len(ends))


def _paths(pair: Pair) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return pair.first, pair.second


def _legs(tree: BoneTree, limbs: Limbs) -> tuple[Leg, Leg] | None:
    first, second = (cut_leg(tree, path, limbs.up) for path in _paths(limbs.legs))
    return (first, second) if first and second else None


def _arms(tree: BoneTree, limbs: Limbs) -> tuple[Arm, Arm] | None:
    legs = _legs(tree, limbs)
    if legs is None:
        return None
    off = np.abs((tree.heads - limbs.plane) @ limbs.across)
    hip_half = float(np.mean([off[leg.thigh[0]] for leg in legs]))
    first, second = (cut_arm(tree, path, off[list(path)], hip_half) for path in _paths(limbs.arms))
    return (first, second) if first and second else None


def _torso(tree: BoneTree, limbs: Limbs, arms: tuple[Arm, Arm], legs: tuple[Leg, Leg]) -> dict[Role, tuple[int, ...]]:
    """Root, pelvis, spine, chest, neck and head; those that the rig lacks have no bones."""
    chest_line = tree.line(limbs.arms.parent)
    shared = next((bone for bone in tree.line(limbs.legs.parent) if bone in chest_line), limbs.legs.parent)
    hips = tree.heads[[leg.thigh[0] for leg in legs]].mean(axis=0)
    shoulders = tree.heads[[arm.upper_arm[0] for arm in arms]].mean(axis=0)
    trunk = float(np.linalg.norm(shoulders - hips))
    far = float(np.linalg.norm(reject(tree.heads[shared] - hips, limbs.across))) > 0.6 * trunk
    pelvis = limbs.legs.parent if far else shared
    above = tuple(reversed(chest_line[: chest_line.index(shared)])) if shared in chest_line else ()
    off = np.abs((tree.heads - limbs.plane) @ limbs.across)
    tops = [
        child
        for bone in chest_line[: max(len(above), 1)]
        for child in tree.children[bone]
        if child not in (*chest_line, limbs.arms.first[0], limbs.arms.second[0])
        and off[child] < 0.05 * trunk
        and _rises(tree, child, shoulders, limbs.up, trunk)
    ]
    roles: dict[Role, tuple[int, ...]] = {Role.PELVIS: (pelvis,), Role.SPINE: above[:-1], Role.CHEST: above[-1:]}
    if tops:
        top = max(tops, key=lambda child: len(tree.branch(child)) + tree.reach[child] / tree.extent)
        neck, head = cut_neck(tree, top, off, limbs.up, trunk, all(len(tree.path(leg.foot)) > 2 for leg in legs))
        roles |= {Role.NECK: neck, Role.HEAD: (head,)}
    line = tree.line(pelvis)
    return roles | {Role.ROOT: line[-1:] if len(line) > 1 else ()}


def _rises(tree: BoneTree, child: int, shoulders: FloatArray, up: FloatArray, trunk: float) -> bool:
    """Whether a branch starts about as high as the shoulders and goes up."""
    members = list(tree.branch(child))
    heights = (tree.heads[members] - shoulders) @ up
    tips = (tree.tails[members] - shoulders) @ up
    return bool(heights[0] > -0.3 * trunk and max(heights.max(), tips.max()) > 0.0)


def _limb_roles(side: str, arm: Arm, leg: Leg) -> dict[Role, tuple[int, ...]]:
    return {
        sided("clavicle", side): arm.clavicle,
        sided("upper_arm", side): arm.upper_arm,
        sided("forearm", side): arm.forearm,
        sided("hand", side): (arm.hand,),
        sided("thigh", side): leg.thigh,
        sided("shin", side): leg.shin,
        sided("foot", side): (leg.foot,),
        sided("toe", side): leg.toes,
    }


def _confidence(limbs: Limbs, facing: Facing, arms: tuple[Arm, Arm], legs: tuple[Leg, Leg]) -> float:
    odd = float(np.mean([limb.oddity for limb in (*arms, *legs)]))
    alike = all(
        len(getattr(pair[0], part)) == len(getattr(pair[1], part))
        for pair, parts in ((arms, ("clavicle", "upper_arm", "forearm")), (legs, ("thigh", "shin", "toes")))
        for part in parts
    )
    return float(np.clip(limbs.fit * facing.confidence * np.exp(-0.5 * odd) * (1.0 if alike else 0.7), 0.0, 1.0))


def _reason(rest: RigRest, roles: dict[Role, tuple[int, ...]], facing: Facing) -> str:
    pelvis, chest = (rest.bone_names[(roles[role] or roles[Role.PELVIS])[0]] for role in (Role.PELVIS, Role.CHEST))
    return (
        f"The names follow no known convention; by shape, the legs hang on '{pelvis}' and the arms on '{chest}', "
        f"and the front is where {facing.evidence}."
    )
