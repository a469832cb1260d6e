"""What a 2D detector gets wrong: jitter, slow drift, a constant bias, drop-outs, and left and right exchanged.

Two sources, mixed by window: wide ranges that no detector in particular has, so that a network serves all of them, and
errors fitted to detectors that were run on films with exact joints (`fitted_noise`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..joints import COUNT
from ..lift.normalise import MIRRORED, PELVIS, THORAX
from .fitted_noise import FittedNoise
from .occlusion import OcclusionModel, occlude

FloatArray = NDArray[np.float32]

# How much worse than the mean each joint is found: limb ends move fast, the head's top is extrapolated.
_JOINT_FACTOR = np.array(
    [1.0, 1.1, 1.0, 1.2, 1.1, 1.0, 1.2, 1.0, 0.8, 0.8, 2.0, 0.9, 1.1, 1.4, 0.9, 1.1, 1.4], np.float32
)
CLEAN: Final = 0
GENERIC: Final = 1
FITTED: Final = 2
"""Kinds of windows; from `FITTED` on, one for each fitted detector."""
LAYOUTS: Final = ("blazepose-33", "coco-17", "halpe-26")
"""Layouts whose errors are known, for `NoiseModel.mixed`."""
_FITTED_SHARE: Final = 0.6
_DRIFT_FRAMES = 9
_LEGS, _ARMS = np.arange(1, 7), np.arange(11, 17)


@dataclass(frozen=True, slots=True)
class NoiseModel:
    """Ranges from which each window draws its own levels, in person heights (1 % is about 17 mm).

    Attributes:
        white, drift, bias: (lowest, highest) standard deviation, drawn evenly in the logarithm.
        pixel: standard deviation that does not shrink with the person, in half-lengths of the longer image side.
        clean: share of windows without any error.
        dropout: expected joints a window that are lost for a while and bridged by a straight line.
        swap: share of windows in which legs or arms are exchanged for a while.
        fitted: errors of real detectors, which the noisy windows draw from evenly.
        fitted_share: share of the noisy windows that do; the others have the errors above.
        occlusion: how the noisy windows lose joints; None = they do not.
    """

    white: tuple[float, float] = (0.0015, 0.010)
    drift: tuple[float, float] = (0.0015, 0.012)
    bias: tuple[float, float] = (0.002, 0.014)
    pixel: float = 0.001
    clean: float = 0.15
    dropout: float = 0.35
    swap: float = 0.03
    fitted: tuple[FittedNoise, ...] = ()
    fitted_share: float = 0.0
    occlusion: OcclusionModel | None = None

    @classmethod
    def from_file(cls, file: Path | str = "blazepose-33") -> NoiseModel:
        """The errors of one real detector alone, in every window: what evaluation calls detector noise.

        Args:
            file: as `fit_noise` wrote it, or the name of a layout that has one in `inference/train/detectors/`.

        Raises:
            InferenceError: there is no such file, or it is none of that form.
        """
        return cls(clean=0.0, fitted=(FittedNoise.from_file(file),), fitted_share=1.0)

    @classmethod
    def mixed(cls, files: Sequence[Path | str] = ("blazepose-33",)) -> NoiseModel:
        """What training draws: clean windows, some with errors of the generic ranges, and most with detectors' own.

        A third of the noisy windows lose joints as well: half as many as Cheng et al., since fitted errors hold slips.
        """
        return cls(
            fitted=tuple(FittedNoise.from_file(file) for file in files),
            fitted_share=_FITTED_SHARE,
            occlusion=OcclusionModel(point=0.1, frame=0.05, long_point=0.2, long_frame=0.05, shift=0.05, swap=0.03),
        )

    def draw_kinds(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """(count,) `CLEAN`, `GENERIC`, or `FITTED` + number of the detector."""
        share = self.fitted_share if self.fitted else 0.0
        detector = FITTED + rng.integers(0, max(len(self.fitted), 1), count)
        kinds = np.where(rng.random(count) < share, detector, GENERIC)
        return np.where(rng.random(count) < self.clean, CLEAN, kinds)


def add_noise(
    rays: FloatArray,
    height: FloatArray,
    pixel: FloatArray,
    model: NoiseModel,
    rng: np.random.Generator,
    kinds: NDArray[np.int64] | None = None,
) -> FloatArray:
    """Detections from true 2D joints.

    Args:
        rays: (N, F, 17, 2) on the plane z = 1.
        height: (N,) person height there.
        pixel: (N,) half-length of the longer image side there.
        kinds: (N,) of `draw_kinds`, for callers that must know them; None = drawn here.

    Returns:
        (N, F, 17, 2).
    """
    kinds = model.draw_kinds(len(rays), rng) if kinds is None else kinds
    detected = rays.copy()
    generic = np.flatnonzero(kinds == GENERIC)
    detected[generic] = _add_generic(rays[generic], height[generic], pixel[generic], model, rng)
    for number, fitted in enumerate(model.fitted):
        own = np.flatnonzero(kinds == FITTED + number)
        detected[own] = fitted.apply(rays[own], height[own], rng)
    noisy = np.flatnonzero(kinds != CLEAN)
    if model.occlusion is not None:
        detected[noisy] = occlude(detected[noisy], height[noisy], rng, model.occlusion)
    # Detectors know neither: both are made from the pairs, with whatever error these have.
    detected[:, :, PELVIS] = (detected[:, :, 1] + detected[:, :, 4]) / 2.0
    detected[:, :, THORAX] = (detected[:, :, 11] + detected[:, :, 14]) / 2.0
    return detected


def _add_generic(
    rays: FloatArray, height: FloatArray, pixel: FloatArray, model: NoiseModel, rng: np.random.Generator
) -> FloatArray:
    count, frames = rays.shape[:2]
    factor = _JOINT_FACTOR[:, None]

    def level(bounds: tuple[float, float]) -> FloatArray:
        drawn = np.exp(rng.uniform(np.log(bounds[0]), np.log(bounds[1]), count)).astype(np.float32)
        levels: FloatArray = (drawn * height)[:, None, None, None]
        return levels

    white = level(model.white) * factor + (model.pixel * pixel)[:, None, None, None]
    detected = np.asarray(rays + white * rng.standard_normal(rays.shape, dtype=np.float32), np.float32)
    bias = level(model.bias) * factor * rng.standard_normal((count, 1, COUNT, 2), dtype=np.float32)
    knots = (frames - 1) // _DRIFT_FRAMES + 2
    drift = rng.standard_normal((count, knots, COUNT * 2), dtype=np.float32)
    smooth = np.matmul(_knot_weights(frames, knots), drift).reshape(rays.shape)
    detected += bias
    detected += level(model.drift) * factor * smooth
    _drop_out(detected, height, model, rng)
    _swap_sides(detected, model, rng)
    return detected


def _knot_weights(frames: int, knots: int) -> FloatArray:
    """(F, K) linear interpolation between knots `_DRIFT_FRAMES` apart, scaled to unit variance on average."""
    position = np.arange(frames) / _DRIFT_FRAMES
    weights = np.maximum(0.0, 1.0 - np.abs(position[:, None] - np.arange(knots)[None, :]))
    return np.asarray(weights / np.sqrt(np.mean((weights**2).sum(axis=1))), np.float32)


def _drop_out(detected: FloatArray, height: FloatArray, model: NoiseModel, rng: np.random.Generator) -> None:
    """Bridges stretches of single joints by a line between their ends, with an offset of its own; in place."""
    count, frames = detected.shape[:2]
    lost = rng.binomial(COUNT, model.dropout / COUNT, count)
    window = np.repeat(np.arange(count), lost)
    joint = rng.integers(1, COUNT, len(window))
    start = rng.integers(-8, frames, len(window))
    end = start + rng.integers(2, 21, len(window))
    before, after = start - 1, np.minimum(end, frames - 1)
    first = detected[window, np.where(before < 0, after, before), joint][:, None]
    last = detected[window, np.where(end >= frames, np.maximum(before, 0), after), joint][:, None]
    frame = np.arange(frames)[None, :]
    along = np.clip((frame - before[:, None]) / (end - before)[:, None], 0.0, 1.0)[..., None].astype(np.float32)
    offset = 0.02 * height[window][:, None, None] * rng.standard_normal((len(window), 1, 2), dtype=np.float32)
    bridged = first + along * (last - first) + offset
    pair, inside = np.nonzero((frame >= start[:, None]) & (frame < end[:, None]))
    detected[window[pair], inside, joint[pair]] = bridged[pair, inside]


def _swap_sides(detected: FloatArray, model: NoiseModel, rng: np.random.Generator) -> None:
    """Exchanges left and right legs or arms for 1 to 12 frames; in place."""
    frames = detected.shape[1]
    for window in np.flatnonzero(rng.random(len(detected)) < model.swap):
        limbs = _LEGS if rng.random() < 0.5 else _ARMS
        start = int(rng.integers(0, frames))
        span = slice(start, start + int(rng.integers(1, 13)))
        detected[window, span, limbs] = detected[window, span, np.array(MIRRORED)[limbs]]
