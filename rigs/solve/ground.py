"""The floor under the character, and the performer's places on it."""

from __future__ import annotations

import numpy as np

from ..arrays import FloatArray
from ..roles import SIDES
from ..sequence import PoseSequence
from .character import Character
from .feet import read_sole, upright_weight
from .smoothing import gaussian
from .source import hip_width, leg_length, standing_ankle_height

_LYING_ANKLE_SHARE = 0.7
_STANCE_SIGMA_S = 0.15


class Ground:
    """Carries the performer's points onto the character's floor: scaled, ankles standing at the character's height."""

    def __init__(self, character: Character, source: PoseSequence, scale: float) -> None:
        self.ankle_m = float(np.mean([read_sole(character, side).ankle_m for side in SIDES]))
        self._scale = scale
        self._base = character.floor_m + self.ankle_m
        self._source_ankle_m = standing_ankle_height(source, leg_length(source))
        self._wider_m = 0.5 * (character.hip_width_m - scale * hip_width(source))
        self._fps = source.fps

    def lift(self, points: FloatArray) -> FloatArray:
        """(T,3) stage positions of (T,3) source positions."""
        lowered = points - np.array([0.0, 0.0, self._source_ankle_m])
        placed: FloatArray = self._scale * lowered + np.array([0.0, 0.0, self._base])
        return placed

    def stance(self, side: str, pelvis: FloatArray) -> FloatArray:
        """(T,3) how far to set an ankle outwards for hips that are wider than the performer's scaled ones."""
        left = gaussian(pelvis[..., 0] * np.array([1.0, 1.0, 0.0]), _STANCE_SIGMA_S * self._fps)
        outwards: FloatArray = (self._wider_m if side == "left" else -self._wider_m) * left
        return outwards

    def over(self, ankle: FloatArray) -> FloatArray:
        """(T,) height of a stage position over a standing ankle."""
        over: FloatArray = ankle[:, 2] - self._base
        return over

    def lowest(self, shin: FloatArray) -> FloatArray:
        """(T,) how low an ankle may be, stage height, for (T,3) shin directions."""
        share = _LYING_ANKLE_SHARE + (1.0 - _LYING_ANKLE_SHARE) * upright_weight(shin)
        lowest: FloatArray = self._base - self.ankle_m * (1.0 - share)
        return lowest
