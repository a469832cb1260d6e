"""The ways of smoothing that are compared, each with its own strengths from weak to strong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

from ..joints import NAMES
from ..refine.smooth import smooth

Array = NDArray[np.float64]
Method = Callable[[Array, Array, Array, float], Array]
"""paths (T, P, 3), times (T,), weights (T, P), strength -> smoothed paths."""

OWN, NONE = "adaptive spline", "none"

_UNEASE: Final = (
    (0.35, ("pelvis", "hip")),
    (0.45, ("spine", "thorax")),
    (0.7, ("shoulder", "nose", "head")),
    (1.1, ("knee", "elbow")),
    (1.5, ("ankle",)),
    (2.0, ("wrist",)),
)
"""How much each joint errs beside the average one, as measured on the lifter's joints above 5 Hz; both sides alike."""
_ROUNDS: Final = 5
_LEAST_JERK: Final = 3.0


class OwnSmoothing(Protocol):
    """The program's own smoothing, `rigs.smoothing.adaptive`: it lives in another room, and is handed in."""

    DEFAULT_STRENGTH: float
    """What films get where nobody wishes otherwise."""
    FILLED_WEIGHT: float
    """Of joints that were filled in, beside 1 for what was seen."""

    def smooth_paths(self, paths: Array, times_s: Array, strength: float, weights: Array | None = None) -> Array:
        """Paths (T, P, 3) smoothed; strength above 0, up to 1."""

    def joint_weights(
        self, confidence: Array, stance: Mapping[str, Array], joint_names: Sequence[str], filled: float = ...
    ) -> Array:
        """(T, J) weights by confidences (T, J) and by how likely the left and the right foot stand, (T,) each."""


class Spline(Protocol):
    """What it is made of, `rigs.smoothing.spline.smoothing_spline`."""

    def __call__(self, paths: Array, times_s: Array, cutoffs_hz: Array, weights: Array | None = None) -> Array:
        """Paths (T, P, 3) smoothed with cutoffs (T, P)."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A method, the meaning of its strength, and which strengths are tried."""

    method: Method
    meaning: str
    strengths: tuple[float, ...]


def own_weights(own: OwnSmoothing, confidence: Array, contact: Array, filled: float | None = None) -> Array:
    """(T, 17) weights as the program has them: confidence (T, 17), contact (T, 2) of the left and the right foot."""
    stance = {"left": contact[:, 0], "right": contact[:, 1]}
    return own.joint_weights(confidence, stance, NAMES, own.FILLED_WEIGHT if filled is None else filled)


def smoothed_by_default(own: OwnSmoothing, paths: Array, times_s: Array, confidence: Array, contact: Array) -> Array:
    """The joints (T, 17, 3) as a character gets them where nobody wishes otherwise."""
    return own.smooth_paths(paths, times_s, own.DEFAULT_STRENGTH, own_weights(own, confidence, contact))


def candidates(own: OwnSmoothing, spline: Spline) -> Mapping[str, Candidate]:
    """All by name; the program's own two are handed in, since they live in another room."""

    def even(paths: Array, times_s: Array, weights: Array, hz: float) -> Array:
        return spline(paths, times_s, np.full(paths.shape[:2], hz), weights)

    def by_joint(paths: Array, times_s: Array, weights: Array, hz: float) -> Array:
        cutoffs = hz / np.sqrt(_unease(paths.shape[1]))
        return spline(paths, times_s, np.tile(cutoffs, (len(paths), 1)), weights)

    def sparse_jerk(paths: Array, times_s: Array, weights: Array, hz: float) -> Array:
        return _sparse_jerk(spline, paths, times_s, weights, hz)

    hz = (12.0, 8.0, 6.0, 5.0, 4.0, 3.0, 2.0)
    shares = (0.1, 0.25, 0.5, 0.75, 1.0)
    return {
        "One-Euro, causal": Candidate(_one_euro, "lowest cutoff, Hz", (8.0, 4.0, 2.0, 1.0)),
        "One-Euro, both ways": Candidate(_one_euro_both_ways, "lowest cutoff, Hz", (8.0, 4.0, 2.0, 1.0)),
        "Savitzky-Golay": Candidate(_savitzky_golay, "frames", (5.0, 7.0, 9.0, 13.0, 17.0)),
        "Butterworth, both ways": Candidate(_butterworth, "cutoff, Hz", hz[1:]),
        "Gaussian": Candidate(_gaussian, "cutoff, Hz", hz[1:]),
        "spline, 2nd derivative": Candidate(_second_order, "cutoff, Hz", hz),
        "spline, 3rd derivative": Candidate(even, "cutoff, Hz", hz),
        "spline by joint": Candidate(by_joint, "cutoff of the average joint, Hz", hz),
        "sparse jerk (l1)": Candidate(sparse_jerk, "cutoff in brisk motion, Hz", hz[1:]),
        OWN: Candidate(lambda p, t, w, s: own.smooth_paths(p, t, s, w), "strength", shares),
    }


def _rate(times_s: Array) -> float:
    return 1.0 / float(np.median(np.diff(times_s)))


def _one_euro(paths: Array, times_s: Array, _weights: Array, lowest_hz: float) -> Array:
    """Casiez et al., 2012, with the cutoff rising by 30 % for each metre a second."""
    steps = np.diff(times_s)
    smoothed, speed = paths.copy(), np.zeros_like(paths[0])
    for frame, step in enumerate(steps, start=1):
        speed += ((paths[frame] - smoothed[frame - 1]) / step - speed) / (1.0 + 1.0 / (2.0 * np.pi * step))
        cutoff = lowest_hz * (1.0 + 0.3 * np.linalg.norm(speed, axis=-1, keepdims=True))
        share = 1.0 / (1.0 + 1.0 / (2.0 * np.pi * cutoff * step))
        smoothed[frame] = smoothed[frame - 1] + share * (paths[frame] - smoothed[frame - 1])
    return smoothed


def _one_euro_both_ways(paths: Array, times_s: Array, weights: Array, lowest_hz: float) -> Array:
    there = _one_euro(paths, times_s, weights, lowest_hz)
    return _one_euro(there[::-1], -times_s[::-1], weights, lowest_hz)[::-1]


def _savitzky_golay(paths: Array, _times: Array, _weights: Array, frames: float) -> Array:
    if int(frames) > len(paths):
        return paths.copy()
    return np.asarray(signal.savgol_filter(paths, int(frames), 3, axis=0))


def _butterworth(paths: Array, times_s: Array, _weights: Array, hz: float) -> Array:
    sections = signal.butter(2, min(hz / (0.5 * _rate(times_s)), 0.99), output="sos")
    return np.asarray(signal.sosfiltfilt(sections, paths, axis=0, padlen=min(len(paths) - 1, 12)))


def _gaussian(paths: Array, times_s: Array, _weights: Array, hz: float) -> Array:
    sigma = np.sqrt(2.0 * np.log(2.0)) / (2.0 * np.pi * hz) * _rate(times_s)
    return np.asarray(ndimage.gaussian_filter1d(paths, sigma, axis=0, mode="nearest"))


def _second_order(paths: Array, times_s: Array, weights: Array, hz: float) -> Array:
    return smooth(paths, times_s, hz, weights.min(axis=1))


def _sparse_jerk(spline: Spline, paths: Array, times_s: Array, weights: Array, hz: float) -> Array:
    """Trend filtering: the jerk's size counts, not its square, so that it may be large at few moments (reweighting)."""
    cutoffs = np.full(paths.shape[:2], hz)
    for _ in range(_ROUNDS):
        smoothed = spline(paths, times_s, cutoffs, weights)
        jerk = smoothed
        for _ in range(3):
            jerk = np.gradient(jerk, times_s, axis=0)
        size = np.maximum(np.linalg.norm(jerk, axis=-1), _LEAST_JERK)
        cutoffs = hz * (size / 100.0) ** (1.0 / 6.0)
    return spline(paths, times_s, cutoffs, weights)


def _unease(paths: int) -> Array:
    assert paths == len(NAMES), paths
    return np.array([next(value for value, parts in _UNEASE if name.endswith(parts)) for name in NAMES])
