"""The turns of a rig's bones over time: what is driven, and what follows its parent."""

from __future__ import annotations

import numpy as np

from .. import quaternions
from ..arrays import FloatArray
from ..rest import RigRest
from ..vectors import apply


class Turns:
    """Turns of the bones that are driven; every other bone has the turn of its parent.

    A turn is the rotation from rest to pose, (T,3,3), in stage axes. Positions are those before the
    root is moved.
    """

    def __init__(self, rest: RigRest, heads: FloatArray, frames: int) -> None:
        """Nothing driven yet: all bones at rest for `frames` frames; `heads` are (B,3) rest heads, stage space."""
        self._rest = rest
        self._heads = heads
        self._still = np.broadcast_to(np.eye(3), (frames, 3, 3))
        self._driven: dict[int, FloatArray] = {}

    @property
    def bones(self) -> tuple[int, ...]:
        """Indices of the driven bones, in the order of the rig."""
        return tuple(sorted(self._driven))

    def set(self, bone: int, turn: FloatArray) -> None:
        """Drive a bone with (T,3,3) turns."""
        self._driven[bone] = turn

    def of(self, bone: int) -> FloatArray:
        """(T,3,3) turn of a bone, driven or not."""
        while bone >= 0 and bone not in self._driven:
            if not self._inherits(bone):
                return self._still
            bone = self._rest.parents[bone]
        return self._driven[bone] if bone >= 0 else self._still

    def of_parent(self, bone: int) -> FloatArray:
        """(T,3,3) turn that a bone has when nothing drives it."""
        parent = self._rest.parents[bone]
        return self.of(parent) if parent >= 0 and self._inherits(bone) else self._still

    def head(self, bone: int) -> FloatArray:
        """(T,3) head of a bone."""
        place = np.broadcast_to(self._heads[bone], (len(self._still), 3))
        parent = self._rest.parents[bone]
        if parent < 0:
            return place
        return self.head(parent) + apply(self.of(parent), place - self._heads[parent])

    def basis(self, bone: int, axes: FloatArray) -> FloatArray:
        """(T,4) basis quaternions of a bone, sign-continuous, given (3,3) its rest orientation in stage axes."""
        local = axes.T @ np.swapaxes(self.of_parent(bone), 1, 2) @ self.of(bone) @ axes
        return quaternions.make_continuous(quaternions.from_matrix(local))

    def _inherits(self, bone: int) -> bool:
        flags = self._rest.inherits_rotation
        return flags is None or bool(flags[bone])
