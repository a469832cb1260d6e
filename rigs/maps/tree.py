"""The bones of a rig as a tree of points, for finding a body in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import FloatArray
from ..rest import RigRest


@dataclass(frozen=True, slots=True)
class BoneTree:
    """A rig's heads and who hangs on whom.

    Attributes:
        parents: (B,) index of the parent bone, -1 for none.
        children: for each bone its children.
        heads, tails: (B,3) armature space, armature units.
        reach: (B,) length of the longest way down from each bone's head, from head to head.
    """

    parents: tuple[int, ...]
    children: tuple[tuple[int, ...], ...]
    heads: FloatArray
    tails: FloatArray
    reach: FloatArray

    @classmethod
    def from_rest(cls, rest: RigRest) -> BoneTree:
        """The tree of a rig at rest."""
        children: list[list[int]] = [[] for _ in rest.parents]
        reach = np.zeros(len(rest.parents))
        heads = rest.heads
        for bone in reversed(rest.order()):
            parent = rest.parents[bone]
            if parent >= 0:
                children[parent].append(bone)
                reach[parent] = max(reach[parent], reach[bone] + np.linalg.norm(heads[bone] - heads[parent]))
        return cls(rest.parents, tuple(tuple(sorted(found)) for found in children), heads, rest.tails, reach)

    @property
    def extent(self) -> float:
        """Diagonal of the box around all heads."""
        return float(np.linalg.norm(np.ptp(self.heads, axis=0)))

    def step(self, bone: int) -> float:
        """Distance from the parent's head to the bone's."""
        return float(np.linalg.norm(self.heads[bone] - self.heads[self.parents[bone]]))

    def far_child(self, bone: int) -> int | None:
        """The child that leads to the far end of the bone's branch; None at a leaf."""
        return max(self.children[bone], key=lambda child: self.step(child) + self.reach[child], default=None)

    def path(self, bone: int) -> tuple[int, ...]:
        """The bone and all below it on the way to the far end of its branch."""
        found = [bone]
        while (following := self.far_child(found[-1])) is not None:
            found.append(following)
        return tuple(found)

    def line(self, bone: int) -> tuple[int, ...]:
        """The bone and all above it, up to its root."""
        found = [bone]
        while self.parents[found[-1]] >= 0:
            found.append(self.parents[found[-1]])
        return tuple(found)

    def branch(self, bone: int) -> tuple[int, ...]:
        """The bone and all that hang on it."""
        found = [bone]
        for member in found:
            found.extend(self.children[member])
        return tuple(found)

    def arcs(self, path: tuple[int, ...]) -> FloatArray:
        """(len(path),) length of the way along a path up to each of its heads."""
        steps = np.linalg.norm(np.diff(self.heads[list(path)], axis=0), axis=1)
        return np.concatenate([[0.0], np.cumsum(steps)])
