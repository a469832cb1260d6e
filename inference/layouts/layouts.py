"""Reads a layout and turns its points into the 17 joints."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .. import joints
from ..errors import LayoutError
from ..lift.normalise import SPINE_FRACTION

_FOLDER: Final = Path(__file__).parent
_SPINE, _PELVIS, _THORAX = joints.INDEX["spine"], joints.INDEX["pelvis"], joints.INDEX["thorax"]
_EITHER_SIDE: Final = frozenset({"nose", "head"})
"""Joints for which one point of a pair may stand in for its hidden twin: the twins lie close together there."""
_MAIN_SHARE: Final = 0.25
"""Share from which on a point carries a joint; smaller ones only correct its place."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A detector's points and what they say about the 17 joints.

    Attributes:
        name: for example "coco-17".
        points: K names, in the detector's order.
        mirrored: (K,) index of each point's twin in a mirror, itself where it has none.
        weights: (17, K) float64; rows sum to 1. Joints in pixels are `weights @ points`.
    """

    name: str
    points: tuple[str, ...]
    mirrored: NDArray[np.intp]
    weights: NDArray[np.float64]

    def __post_init__(self) -> None:
        shape = (joints.COUNT, len(self.points))
        if self.weights.shape != shape or not np.allclose(self.weights.sum(axis=1), 1.0, atol=1e-6):
            raise LayoutError("bad-layout", f"The layout {self.name} needs {shape} weights whose rows sum to 1.")

    def to_joints(
        self, points_px: NDArray[np.float32], confidence: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The 17 joints in 2D; a joint is as sure as the least sure of the points that carry it.

        Args:
            points_px: (T, K, 2) pixels, NaN where a point was not found.
            confidence: (T, K) 0..1.

        Returns:
            joints (T, 17, 2) pixels, NaN where a point is missing; confidence (T, 17), 0 there.
        """
        points = np.where((confidence > 0)[..., None], points_px, np.nan).astype(np.float64)
        twins = points[:, self.mirrored]
        with_twins = np.where(np.isnan(points), twins, points)
        sure_twins = np.where(np.isnan(points[..., 0]), confidence[:, self.mirrored], confidence)
        joints_px = np.empty((len(points), joints.COUNT, 2))
        sure = np.empty((len(points), joints.COUNT))
        for joint, name in enumerate(joints.NAMES):
            used = np.flatnonzero(self.weights[joint])
            either = name in _EITHER_SIDE
            source = (with_twins if either else points)[:, used]
            joints_px[:, joint] = np.einsum("k,tkc->tc", self.weights[joint, used], source)
            main = np.flatnonzero(np.abs(self.weights[joint]) >= _MAIN_SHARE)
            sure[:, joint] = (sure_twins if either else confidence)[:, main].min(axis=1)
        sure[np.isnan(joints_px).any(axis=-1)] = 0.0
        return joints_px, sure


def layout_names() -> tuple[str, ...]:
    """Names of the layouts that there are."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


@functools.cache
def load_layout(name: str) -> Layout:
    """Reads a layout by name.

    Raises:
        LayoutError: there is none of that name (lists those that there are), or its file is inconsistent.
    """
    if name not in layout_names():
        raise LayoutError.unknown(name, layout_names())
    values = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    points = tuple(values["points"])
    index = {point: number for number, point in enumerate(points)}
    mirrored = np.arange(len(points))
    for left, right in values["pairs"]:
        mirrored[index[left]], mirrored[index[right]] = index[right], index[left]
    return Layout(values["name"], points, mirrored, _weights(name, index, values["joints"]))


def _weights(name: str, index: Mapping[str, int], recipes: Mapping[str, Mapping[str, float]]) -> NDArray[np.float64]:
    weights = np.zeros((joints.COUNT, len(index)))
    for joint, recipe in recipes.items():
        for point, share in recipe.items():
            if joint not in joints.INDEX or point not in index:
                raise LayoutError("bad-layout", f"The layout {name} gives {joint} by {point}, which it does not have.")
            weights[joints.INDEX[joint], index[point]] = share
    # No detector has a point in the back: one rule for all layouts, the same as in training.
    weights[_SPINE] = (1.0 - SPINE_FRACTION) * weights[_PELVIS] + SPINE_FRACTION * weights[_THORAX]
    return weights
