"""Straight edges of the background in some frames of a film."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Edges = NDArray[np.float32]
"""(N, 5): a frame, and both ends of an edge seen in it, x and y in pixels of the upright original image."""


def no_edges() -> Edges:
    """Nothing was looked at, or seen."""
    return np.zeros((0, 5), np.float32)


def part_of(edges: Edges, first: int, end: int) -> Edges:
    """Those of a half-open range of frames, which are then counted from its first one."""
    inside = edges[(edges[:, 0] >= first) & (edges[:, 0] < end)]
    return np.asarray(inside - np.array([first, 0, 0, 0, 0], np.float32))
