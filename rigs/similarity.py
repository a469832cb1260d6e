"""The similarity that carries one body onto another, both upright."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .arrays import FloatArray, frozen
from .errors import SequenceError


@dataclass(frozen=True, slots=True)
class Similarity:
    """A uniform scale, a turn and a shift.

    Attributes:
        scale: above zero.
        rotation: (3,3).
        translation: (3,) in the target's units.
    """

    scale: float
    rotation: FloatArray
    translation: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "rotation", frozen(self.rotation))
        object.__setattr__(self, "translation", frozen(self.translation))

    def points(self, points: FloatArray) -> FloatArray:
        """(...,3) points of the source -> where they lie in the target."""
        carried: FloatArray = self.scale * np.asarray(points, np.float64) @ self.rotation.T + self.translation
        return carried


def upright_similarity(source: FloatArray, target: FloatArray) -> Similarity:
    """The similarity with a turn about Z alone that carries `source` nearest to `target`, by least squares.

    Args:
        source: (N,3) points, two or more of them apart.
        target: (N,3) where they ought to land, in the same order.

    Raises:
        SequenceError: the shapes differ, or all points of one side coincide.
    """
    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    if source.shape != target.shape or source.ndim != 2 or source.shape[1] != 3 or len(source) == 0:
        raise SequenceError(f"Points to be matched must have equal shapes (N, 3), not {source.shape}, {target.shape}.")
    middle_source, middle_target = source.mean(axis=0), target.mean(axis=0)
    a, b = source - middle_source, target - middle_target
    spread = float(np.sum(a * a))
    if spread < 1e-12 or float(np.sum(b * b)) < 1e-12:
        raise SequenceError("Points to be matched all coincide; a pose with a size is needed.")
    along = float(np.sum(a[:, :2] * b[:, :2]))
    across = float(np.sum(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]))
    yaw = np.arctan2(across, along)
    rotation = np.array([[np.cos(yaw), -np.sin(yaw), 0.0], [np.sin(yaw), np.cos(yaw), 0.0], [0.0, 0.0, 1.0]])
    scale = float(np.sum((a @ rotation.T) * b)) / spread
    if scale <= 0.0:
        raise SequenceError("Points to be matched lie in opposite ways; the pose stands on its head.")
    return Similarity(scale, rotation, middle_target - scale * rotation @ middle_source)
