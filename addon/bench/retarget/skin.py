"""A character file as the solver and the measures need it. No bpy here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ....rigs.arrays import FloatArray, IntArray
from ....rigs.maps import RigMap
from ....rigs.rest import RigRest
from ....rigs.retarget import RetargetSettings


@dataclass(frozen=True, slots=True)
class Skin:
    """Points of a mesh that bones carry, by linear blending.

    Attributes:
        points: (V,3) at rest, armature space.
        bones: (V,K) indices of the bones that carry each point.
        weights: (V,K) their shares, each row 1 together.
    """

    points: FloatArray
    bones: IntArray
    weights: FloatArray

    def posed(self, rest: RigRest, bones: FloatArray) -> FloatArray:
        """(T,V,3) world positions, metres, given (T,B,4,4) pose matrices in armature space."""
        moved = bones @ np.linalg.inv(rest.rest_matrices)
        points = np.concatenate([self.points, np.ones((len(self.points), 1))], axis=1)
        carried = np.zeros((len(bones), len(points), 3))
        for way in range(self.bones.shape[1]):
            each = np.einsum("tvij,vj->tvi", moved[:, self.bones[:, way], :3], points)
            carried += self.weights[:, way, None] * each
        world = rest.armature_to_world
        placed: FloatArray = carried @ world[:3, :3].T + world[:3, 3]
        return placed


@dataclass(frozen=True, slots=True)
class RigAtHand:
    """One character file.

    Attributes:
        path: the file.
        rest, rig_map: as `retarget` takes them.
        settings: the defaults, with the shape of its feet.
        soles: the feet's lowest points; None where no mapped bone carries a mesh there.
    """

    path: Path
    rest: RigRest
    rig_map: RigMap
    settings: RetargetSettings
    soles: Skin | None
