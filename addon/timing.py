"""From the video's true frame times to whole frames of a scene with a rate of its own. No bpy here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .errors import KeyingError
from .rotation_modes import FloatArray, sign_continuous

_ON_FRAME_S = 1e-3
"""A video frame this near to a scene frame is taken as it is: containers round times to a millisecond."""


@dataclass(frozen=True, slots=True)
class Resampling:
    """How scene frames lie between video frames.

    Attributes:
        frames: (N,) whole scene frames to key.
        before: (N,) index of the video frame at or before each.
        weight: (N,) 0..1, the share of the video frame after it.
    """

    frames: FloatArray
    before: np.ndarray
    weight: FloatArray

    def path(self, values: FloatArray) -> FloatArray:
        """(T, ...) values at the video's frames -> (N, ...) at the scene's, on straight lines."""
        weight = self.weight.reshape(-1, *[1] * (values.ndim - 1))
        return values[self.before] * (1.0 - weight) + values[self._after(len(values))] * weight

    def rotations(self, quaternions: FloatArray) -> FloatArray:
        """(T, B, 4) unit quaternions at the video's frames -> (N, B, 4) at the scene's, on great circles (slerp)."""
        q = sign_continuous(quaternions)
        a, b = q[self.before], q[self._after(len(q))]
        angle = np.arccos(np.clip(np.sum(a * b, axis=-1, keepdims=True), -1.0, 1.0))
        weight = self.weight[:, None, None]
        sine = np.sin(angle)
        small = sine < 1e-8
        safe = np.where(small, 1.0, sine)
        share_a = np.where(small, 1.0 - weight, np.sin((1.0 - weight) * angle) / safe)
        share_b = np.where(small, weight, np.sin(weight * angle) / safe)
        mixed = share_a * a + share_b * b
        return mixed / np.linalg.norm(mixed, axis=-1, keepdims=True)

    def _after(self, count: int) -> np.ndarray:
        return np.minimum(self.before + 1, count - 1)


def resampling(times_s: FloatArray, scene_fps: float, frame_start: int) -> Resampling:
    """Whole scene frames over the time of the video, and where each lies between its frames.

    The first video frame falls on `frame_start`.

    Args:
        times_s: (T,) rising times of the video's frames, in seconds.
        scene_fps: frames a second of the scene (`render.fps / render.fps_base`).
        frame_start: scene frame of the first video frame.

    Raises:
        KeyingError: no frames, times that do not rise, or a rate that is not above zero.
    """
    times = np.asarray(times_s, dtype=np.float64)
    if times.ndim != 1 or len(times) == 0:
        raise KeyingError("The result holds no frames; process the video again.")
    if not scene_fps > 0.0:
        raise KeyingError(f"The scene runs at {scene_fps:g} frames a second; expected a rate above zero.")
    steps = np.diff(times)
    if not np.all(np.isfinite(times)) or np.any(steps <= 0.0):
        at = int(np.argmax(~(steps > 0.0))) + 1
        raise KeyingError(f"The time of video frame {at} is not after the frame before it; process the video again.")
    times = times - times[0]
    count = int(np.floor((times[-1] + _ON_FRAME_S) * scene_fps)) + 1
    wanted = np.arange(count) / scene_fps
    before = np.clip(np.searchsorted(times, wanted + _ON_FRAME_S, side="right") - 1, 0, len(times) - 1)
    after = np.minimum(before + 1, len(times) - 1)
    span = np.maximum(times[after] - times[before], 1e-12)
    weight = np.clip((wanted - times[before]) / span, 0.0, 1.0)
    weight[(np.abs(wanted - times[before]) <= _ON_FRAME_S) | (after == before)] = 0.0
    return Resampling(frame_start + np.arange(count, dtype=np.float64), before, weight)
