"""How a camera turned and zoomed over a film."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_STILL_RAD: Final = np.radians(0.4)
"""A camera that turns less than this in nearly all frames stands still: fixed ones seem to turn by up to 0.3 deg."""
_NEARLY_ALL: Final = 98.0
_STILL_ZOOM: Final = 0.03
"""The same for zooms: steps forward and errors of long pans look like them."""


@dataclass(frozen=True, slots=True)
class CameraPath:
    """T frames of a camera that stays in its place; anew after each cut.

    Attributes:
        turns: (T, 3, 3) axes of the shot's first camera from those of each frame's.
        zooms: (T,) focal length over the usual one of a picture of that size.
        known: (T,) False where the background told nothing and the frame before was kept.
        cuts: frames that begin another shot, rising; 0 is none of them.
        moves: False where all turns are none and the focal length stays as it is.
    """

    turns: FloatArray
    zooms: FloatArray
    known: NDArray[np.bool_]
    cuts: tuple[int, ...] = ()
    moves: bool = True

    def shots(self) -> list[tuple[int, int]]:
        """First frame and the one behind the last of each shot."""
        edges = (0, *self.cuts, len(self.turns))
        return list(itertools.pairwise(edges))

    def part(self, start: int, end: int | None) -> CameraPath:
        """The half-open range of frames, its turns from its own first frame."""
        first, behind, _ = slice(start, end).indices(len(self.turns))
        cuts = tuple(cut - first for cut in self.cuts if first < cut < behind)
        span = slice(first, behind)
        taken = CameraPath(self.turns[span], self.zooms[span], self.known[span], cuts, self.moves)
        if not self.moves or behind <= first:
            return taken
        turns = taken.turns.copy()
        until = cuts[0] if cuts else len(turns)
        turns[:until] = turns[0].T @ turns[:until]
        return replace(taken, turns=turns)

    def steadied(self) -> CameraPath:
        """The same, without the turns and zooms of shots in which the camera stands still."""
        turns, zooms = self.turns.copy(), self.zooms.copy()
        moves = False
        for first, end in self.shots():
            turn, zoom = turns[first:end], zooms[first:end]
            if np.abs(zoom / zoom[0] - 1.0).max() < _STILL_ZOOM:
                zoom[:] = zoom[0]
            angles = np.arccos(np.clip((np.trace(turn, axis1=1, axis2=2) - 1.0) / 2.0, -1.0, 1.0))
            if np.percentile(angles, _NEARLY_ALL) < _STILL_RAD and zoom[0] == zoom[-1]:
                turn[:], zoom[:] = np.eye(3), 1.0
            else:
                moves = True
        return replace(self, turns=turns, zooms=zooms, moves=moves)

    def to_first(self, points: FloatArray) -> FloatArray:
        """Points or vectors (T, ..., 3) in each frame's camera axes -> in those of the first frame's."""
        return np.einsum("tij,t...j->t...i", self.turns, points) if self.moves else points

    def from_first(self, points: FloatArray) -> FloatArray:
        """The way back from `to_first`."""
        return np.einsum("tji,t...j->t...i", self.turns, points) if self.moves else points


def drop_cuts(path: CameraPath, kept: Sequence[int]) -> CameraPath:
    """The path with only some of its cuts: over the shots that are dropped, the camera stays as it was before."""
    turns, zooms, known = path.turns.copy(), path.zooms.copy(), path.known.copy()
    for first, end in path.shots():
        if first in kept or first == 0:
            continue
        turns[first:end], zooms[first:end], known[first:end] = turns[first - 1], zooms[first - 1], False
    return CameraPath(turns, zooms, known, tuple(kept), path.moves)


def still_camera(frames: int) -> CameraPath:
    """A camera that does not move."""
    return CameraPath(np.tile(np.eye(3), (frames, 1, 1)), np.ones(frames), np.ones(frames, np.bool_), (), moves=False)
