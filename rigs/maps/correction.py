"""How far a bone is to be turned from its rest before anything is measured on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .. import quaternions
from ..arrays import FloatArray
from ..errors import MapError
from ..rest import RigRest

_SAME_REST = np.radians(2.0)

Wxyz = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Correction:
    """One bone's part in the pose that counts as the rig's rest.

    Attributes:
        turn: unit quaternion of the bone's basis, rest to calibration pose.
        made_on: unit quaternion of the bone's own rest against its parent's, by which the rig is known again: on a rig
            that rests otherwise the correction would be wrong.

    Raises:
        MapError: one of them is no unit quaternion.
    """

    turn: Wxyz
    made_on: Wxyz

    def __post_init__(self) -> None:
        for name in ("turn", "made_on"):
            value = tuple(float(part) for part in getattr(self, name))
            if len(value) != 4 or not abs(float(np.linalg.norm(value)) - 1.0) < 1e-3:
                raise MapError(f"A correction's '{name}' is {value}, which is no unit quaternion (w, x, y, z).")
            object.__setattr__(self, name, value)

    def fits(self, rest: RigRest, bone_name: str) -> bool:
        """Whether the bone rests as it did when the correction was made."""
        turn = quaternions.multiply(own_rest(rest, bone_name), quaternions.inverse(np.array(self.made_on)))
        return bool(np.linalg.norm(quaternions.log(quaternions.normalize(turn))) < _SAME_REST)


def own_rest(rest: RigRest, bone_name: str) -> FloatArray:
    """(4,) rest rotation of a bone against its parent's, or against the armature."""
    bone = rest.index(bone_name)
    parent = rest.parents[bone]
    axes = rest.rest_matrices[bone, :3, :3]
    return quaternions.from_matrix(axes if parent < 0 else rest.rest_matrices[parent, :3, :3].T @ axes)


def wxyz(quaternion: FloatArray) -> Wxyz:
    """(4,) as plain numbers."""
    w, x, y, z = (float(part) for part in quaternion)
    return w, x, y, z
