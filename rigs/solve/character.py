"""The character at rest, in stage space, with everything that the solver asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..arrays import FloatArray
from ..errors import MapError
from ..maps.rig_map import RigMap
from ..rest import RigRest
from ..roles import SIDES, Role, sided
from ..vectors import dot, frame, unit
from .hinges import elbow_axis, knee_axis, rest_axis

_SNAP_COSINE = np.cos(np.radians(25.0))
_FLOOR_SHARE = 0.12
_FOOT_PARTS = ("foot", "toe")


@dataclass(frozen=True, slots=True)
class Limb:
    """An arm or a leg: two segments that bend about one axis.

    Attributes:
        upper, lower, end: bone indices: the chain of the first segment, that of the second, and the hand or foot.
        upper_m, lower_m: (3,) rest vectors of the two segments, stage space.
        axis: (3,) unit bend axis at rest: first segment cross second, for a natural bend.
    """

    upper: tuple[int, ...]
    lower: tuple[int, ...]
    end: tuple[int, ...]
    upper_m: FloatArray
    lower_m: FloatArray
    axis: FloatArray

    @property
    def lengths_m(self) -> tuple[float, float]:
        """Lengths of the two segments."""
        return float(np.linalg.norm(self.upper_m)), float(np.linalg.norm(self.lower_m))


@dataclass(frozen=True, slots=True)
class Character:
    """A rig at rest with its map, in stage space.

    Attributes:
        rest: the rig as read.
        rig_map: the roles of its bones.
        heads, tails: (B,3) metres.
        axes: (B,3,3) rest orientation of each bone, columns X, Y, Z.
        body: (3,3) columns left, back, up of the body at rest.
        arms, legs: by side, "left" and "right".
        outlines: foot or toe bone -> (N,3) outermost points that it carries at rest, metres, and (N,) their
            shares that it carries; the bone before it carries the rest.
        sole_m: height of the soles at rest, along the body's own up.
        floor_m: height, along world Z, of the floor that the character is to stand on.
    """

    rest: RigRest
    rig_map: RigMap
    heads: FloatArray
    tails: FloatArray
    axes: FloatArray
    body: FloatArray
    arms: dict[str, Limb]
    legs: dict[str, Limb]
    outlines: dict[int, tuple[FloatArray, FloatArray]]
    sole_m: float
    floor_m: float

    def bones(self, *roles: Role) -> tuple[int, ...]:
        """Indices of the bones of the given roles, in order."""
        return tuple(self.rest.index(name) for name in self.rig_map.bones(*roles))

    def location_axes(self, bone: int) -> FloatArray:
        """(3,3) axes, stage space, along which a bone's location counts while its parents rest."""
        rest = self.rest
        parent = rest.parents[bone]
        axes: FloatArray = self.axes[bone]
        if rest.local_location is not None and not rest.local_location[bone]:
            axes = self.axes[parent] if parent >= 0 else rest.world_rotation
        return axes

    @property
    def hips(self) -> FloatArray:
        """(3,) middle of the hip joints at rest, metres."""
        middle: FloatArray = np.mean([self.heads[self.legs[side].upper[0]] for side in SIDES], axis=0)
        return middle

    @property
    def hip_width_m(self) -> float:
        """Distance between the hip joints at rest, along the body's left."""
        left, right = (self.heads[self.legs[side].upper[0]] for side in SIDES)
        return float(dot(left - right, self.body[:, 0]))

    @property
    def leg_length_m(self) -> float:
        """Thigh and shin together, mean of both sides."""
        return float(np.mean([sum(self.legs[side].lengths_m) for side in SIDES]))


def read_character(
    rest: RigRest, rig_map: RigMap, sole_height: float | None, soles: Mapping[str, FloatArray] | None = None
) -> Character:
    """Measure a rig at rest.

    Args:
        rest: the rig's bones.
        rig_map: the roles of its bones.
        sole_height: height of the soles at rest over the armature's origin, metres along the body's own up; None to
            find it from the lowest foot or toe bone.
        soles: bone -> (N,4) outermost points of the mesh; see `rigs.retarget.RetargetSettings`.

    Raises:
        MapError: a role or bone is missing, sides are swapped, or a limb has no length; names it.
    """
    rig_map.check()
    unknown = [name for name in rig_map.bones(*rig_map.roles) if name not in rest.bone_names]
    if unknown:
        raise MapError(f"Map '{rig_map.name}' names the bone '{unknown[0]}', which the rig lacks; assign another.")
    to_stage = rest.world_rotation * rest.scale
    heads, tails = rest.heads @ to_stage.T, rest.tails @ to_stage.T
    axes = rest.world_rotation @ rest.rest_matrices[:, :3, :3]
    head_of = {role: heads[[rest.index(name) for name in names]] for role, names in rig_map.roles.items()}
    body = _body_frame(head_of)
    limbs = {
        (kind, side): _limb(rest, rig_map, heads, tails, body, kind, side) for kind in ("arm", "leg") for side in SIDES
    }
    _check_front(rig_map, rest, heads, tails, body)
    arms = {side: limbs["arm", side] for side in SIDES}
    legs = {side: limbs["leg", side] for side in SIDES}
    leg_length = float(np.mean([sum(leg.lengths_m) for leg in legs.values()]))
    sole = _sole(rest, rig_map, np.concatenate([heads, tails]) @ body[:, 2]) if sole_height is None else sole_height
    stands = abs(sole) < _FLOOR_SHARE * leg_length
    if stands and sole_height is None:
        # bones end inside the foot: where they end just over the origin, the skin touches it
        sole = min(sole, 0.0)
    floor = 0.0 if stands else -float(rest.armature_to_world[2, 3])
    outlines = {
        bone: (heads[bone] + points[:, :3] * rest.scale @ axes[bone].T, points[:, 3])
        for bone, points in ((rest.index(name), points) for name, points in (soles or {}).items())
    }
    return Character(rest, rig_map, heads, tails, axes, body, arms, legs, outlines, sole, floor)


def _body_frame(head_of: dict[Role, FloatArray]) -> FloatArray:
    """(3,3) columns left, back, up, from where the limbs are attached; up snaps to a near axis of the stage."""

    def first(limb: str, side: str) -> FloatArray:
        point: FloatArray = head_of[sided(limb, side)][0]
        return point

    left = (first("thigh", "left") - first("thigh", "right")) + (
        first("upper_arm", "left") - first("upper_arm", "right")
    )
    shoulders = first("upper_arm", "left") + first("upper_arm", "right")
    ankles = first("foot", "left") + first("foot", "right")
    if np.linalg.norm(left) < 1e-9 or np.linalg.norm(shoulders - ankles) < 1e-9:
        raise MapError("The thighs and upper arms of both sides start at one place; check the left and right bones.")
    up = unit(shoulders - ankles)
    axis = int(np.argmax(np.abs(up)))
    if abs(up[axis]) > _SNAP_COSINE:
        up = np.eye(3)[axis] * np.sign(up[axis])
    spanned = frame(up, left)
    return np.stack([spanned[:, 1], np.cross(up, spanned[:, 1]), up], axis=-1)


def _limb(
    rest: RigRest, rig_map: RigMap, heads: FloatArray, tails: FloatArray, body: FloatArray, kind: str, side: str
) -> Limb:
    names = ("upper_arm", "forearm", "hand") if kind == "arm" else ("thigh", "shin", "foot")
    upper, lower, end = (tuple(rest.index(name) for name in rig_map.bones(sided(limb, side))) for limb in names)
    upper_m = heads[lower[0]] - heads[upper[0]]
    lower_m = (heads[end[0]] if end else tails[lower[-1]]) - heads[lower[0]]
    for vector, bone in ((upper_m, upper[0]), (lower_m, lower[0])):
        if np.linalg.norm(vector) < 1e-6:
            raise MapError(f"Bone '{rest.bone_names[bone]}' has no length up to the next mapped bone; check the map.")
    natural = elbow_axis(side, body, upper_m) if kind == "arm" else knee_axis(body, upper_m)
    return Limb(upper, lower, end, upper_m, lower_m, rest_axis(upper_m, lower_m, natural))


def _check_front(rig_map: RigMap, rest: RigRest, heads: FloatArray, tails: FloatArray, body: FloatArray) -> None:
    ahead = 0.0
    for side in SIDES:
        foot = rest.index(rig_map.bones(sided("foot", side))[-1])
        toes = [rest.index(name) for name in rig_map.bones(sided("toe", side))]
        tip = heads[toes].mean(axis=0) if toes else tails[foot]
        ahead -= float(dot(unit(tip - heads[foot]), body[:, 1]))
    if ahead < -1.0:
        raise MapError(f"With map '{rig_map.name}' the feet point backwards; swap the left and the right bones.")


def _sole(rest: RigRest, rig_map: RigMap, heights: FloatArray) -> float:
    """Height of the lowest end of a foot or toe bone, given (2B,) heights of all heads, then all tails."""
    feet = [rest.index(name) for name in rig_map.bones(*(sided(limb, side) for limb in _FOOT_PARTS for side in SIDES))]
    return float(heights.reshape(2, -1)[:, feet].min())
