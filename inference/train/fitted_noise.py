"""A detector's errors as measured on films with exact joints: `fit_noise` writes them, training draws them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InferenceError
from ..joints import COUNT, NAMES
from ..lift.normalise import MIRRORED, PELVIS, THORAX

FloatArray = NDArray[np.float32]

FOLDER: Final = Path(__file__).parent / "detectors"
DRAWN: Final = tuple(index for index, name in enumerate(NAMES) if name not in ("pelvis", "spine", "thorax"))
"""The joints that a detector finds; the others are made from these."""
LIMBS: Final = {"legs": np.arange(1, 7), "arms": np.arange(11, 17)}
_FAST, _BURST = 5, 15
_MEAN_RANGE: Final = (0.3, 1.2)
"""How much of the mean error a window has: it was measured on a few made bodies, and people differ."""


@dataclass(frozen=True, slots=True)
class Episodes:
    """Stretches of frames in which something goes wrong.

    Attributes:
        share: of all frames; one for each joint (17,) or for each kind of `LIMBS` (2,).
        frames: mean length of a stretch.
    """

    share: NDArray[np.float64]
    frames: NDArray[np.float64]

    def draw(self, count: int, length: int, rng: np.random.Generator) -> tuple[NDArray[np.intp], ...]:
        """Stretches in `count` windows of `length` frames: window, column, first frame (may be below 0), end (M,)."""
        rate = self.share / self.frames / np.maximum(1.0 - self.share, 0.5)
        expected = rate * (length + self.frames - 1.0)
        number = rng.poisson(expected, (count, len(self.share)))
        window, column = np.nonzero(number)
        times = number[window, column]
        window, column = np.repeat(window, times), np.repeat(column, times)
        lasting = rng.geometric(1.0 / np.maximum(self.frames[column], 1.0))
        start = np.floor(rng.random(len(window)) * (length + lasting - 1)).astype(np.intp) - lasting + 1
        return window, column, start, start + lasting


@dataclass(frozen=True, slots=True)
class FittedNoise:
    """Errors of one detector, in person heights, image axes (x right, y down).

    Attributes:
        name: of the detector's layout.
        mean_up, mean_across: (17,) mean error along the trunk (pelvis to thorax) and along the hips (right to left), in
            lengths of these as the camera sees them.
        knots: frames between the knots of each drift; 0 = constant in a window, 1 = new in each frame.
        factors: for each of these (28, 34), which turns white noise into correlated errors of the 17 joints.
        level: logarithmic spread of a window's noise.
        bursts: the same of what changes fast (knots up to `_FAST` frames apart), over joints and time.
        slips: stretches in which a joint is far off; slip_heights (17,) how far, standard deviation on each axis.
        swaps: stretches in which left and right limbs are exchanged.
    """

    name: str
    mean_up: FloatArray
    mean_across: FloatArray
    knots: tuple[int, ...]
    factors: tuple[FloatArray, ...]
    level: float
    bursts: float
    slips: Episodes
    slip_heights: FloatArray
    swaps: Episodes

    @classmethod
    def from_file(cls, file: Path | str) -> FittedNoise:
        """Reads what `fit_noise` wrote.

        Args:
            file: a path, or the name of a layout that has a file in `inference/train/detectors/`.

        Raises:
            InferenceError: there is no such file, or it is none of that form.
        """
        path = FOLDER / f"{file}.json" if isinstance(file, str) else file
        if not path.is_file():
            known = ", ".join(sorted(p.stem for p in FOLDER.glob("*.json")))
            raise InferenceError("no-noise", f"There is no noise file {path.name}.", f"Use one of: {known}.")
        try:
            return cls.from_values(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, KeyError, TypeError) as error:
            raise InferenceError(
                "bad-noise",
                f"{path.name} is no noise file: {error!r}.",
                "Write it anew with inference.train.fit_noise.",
            ) from error

    @classmethod
    def from_values(cls, values: dict[str, Any]) -> FittedNoise:
        """The same from the file's contents; ValueError or KeyError where they do not fit."""
        factors = tuple(np.array(part["factor"], np.float32) for part in values["parts"])
        if any(factor.shape != (2 * len(DRAWN), 2 * COUNT) for factor in factors) or not factors:
            raise ValueError(f"a factor is not ({2 * len(DRAWN)}, {2 * COUNT})")
        slips, swaps = values["slips"], values["swaps"]
        return cls(
            name=values["name"],
            mean_up=np.array(values["mean_up"], np.float32),
            mean_across=np.array(values["mean_across"], np.float32),
            knots=tuple(int(part["knot_frames"]) for part in values["parts"]),
            factors=factors,
            level=float(values["level"]),
            bursts=float(values["bursts"]),
            slips=Episodes(np.array(slips["share"]), np.array(slips["frames"])),
            slip_heights=np.array(slips["heights"], np.float32),
            swaps=Episodes(np.array([swaps[kind]["share"] for kind in LIMBS]),
                           np.array([swaps[kind]["frames"] for kind in LIMBS])),
        )  # fmt: skip

    def apply(self, rays: FloatArray, height: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Detections from true 2D joints.

        Args:
            rays: (N, F, 17, 2) on the plane z = 1.
            height: (N,) person height there.

        Returns:
            (N, F, 17, 2); pelvis and thorax are not yet the middles of their pairs.
        """
        count, frames = rays.shape[:2]
        spread = np.exp(self.level * rng.standard_normal(count) - self.level**2).astype(np.float32)
        errors = self.draw(count, frames, rng)
        errors *= (spread * height)[:, None, None, None]
        mean = rng.uniform(*_MEAN_RANGE, (count, 1, 1)).astype(np.float32)
        axes = (
            np.stack([rays[:, :, THORAX] - rays[:, :, PELVIS], rays[:, :, 4] - rays[:, :, 1]], axis=2) * mean[..., None]
        )
        errors += np.matmul(np.stack([self.mean_up, self.mean_across], axis=1), axes)
        self._slip(errors, height, rng)
        errors += rays
        self._swap(errors, rng)
        return errors

    def draw(self, count: int, frames: int, rng: np.random.Generator) -> FloatArray:
        """Noise without slips, swaps and mean, (count, frames, 17, 2) in person heights."""
        knots: dict[bool, list[FloatArray]] = {True: [], False: []}
        hats: dict[bool, list[FloatArray]] = {True: [], False: []}
        for step, factor in zip(self.knots, self.factors, strict=True):
            number = frames if step == 1 else 1 if step == 0 else (frames - 1) // step + 3
            drawn = rng.standard_normal((count, number, len(factor)), dtype=np.float32) @ factor
            fast = 1 <= step <= _FAST
            knots[fast].append(drawn)
            hats[fast].append(_hats(frames, number, step, rng.random()))
        errors = np.matmul(np.concatenate(hats[True], axis=1), np.concatenate(knots[True], axis=1))
        errors = errors.reshape(count, frames, COUNT, 2)
        errors *= self._bursts(count, frames, rng)[..., None]
        slow = np.matmul(np.concatenate(hats[False], axis=1), np.concatenate(knots[False], axis=1))
        errors += slow.reshape(errors.shape)
        return np.asarray(errors, np.float32)

    def _bursts(self, count: int, frames: int, rng: np.random.Generator) -> FloatArray:
        """(count, frames, 17) level of what changes fast, mean square 1."""
        number = (frames - 1) // _BURST + 3
        level = np.exp(np.float32(self.bursts) * rng.standard_normal((count, number, COUNT), dtype=np.float32))
        hats = _hats(frames, number, _BURST, rng.random()) / np.float32(np.sqrt(1.5))
        # On a line between knots 2/3 of the mean square are the knots' own, 1/3 is that of their product.
        square = (2.0 * np.exp(2.0 * self.bursts**2) + np.exp(self.bursts**2)) / 3.0
        return np.asarray(np.matmul(hats / np.float32(np.sqrt(square)), level), np.float32)

    def _slip(self, errors: FloatArray, height: FloatArray, rng: np.random.Generator) -> None:
        window, joint, start, end = self.slips.draw(errors.shape[0], errors.shape[1], rng)
        # The joint wanders from one wrong place to another; on the way the variance averages 2/3 of that at the ends.
        size = (np.float32(np.sqrt(1.5)) * self.slip_heights[joint] * height[window])[:, None]
        first, last = (size * rng.standard_normal((len(window), 2), dtype=np.float32) for _ in range(2))
        episode, frame = _frames_of(start, end, errors.shape[1])
        along = ((frame - start[episode]) / (end - start)[episode])[:, None].astype(np.float32)
        n, j = window[episode], joint[episode]
        errors[n, frame, j] += (1.0 - along) * first[episode] + along * last[episode]

    def _swap(self, detected: FloatArray, rng: np.random.Generator) -> None:
        window, kind, start, end = self.swaps.draw(detected.shape[0], detected.shape[1], rng)
        for number, limbs in enumerate(LIMBS.values()):
            own = kind == number
            episode, frame = _frames_of(start[own], end[own], detected.shape[1])
            place, frame = np.unique(np.stack([window[own][episode], frame]), axis=1)[:, :, None]
            detected[place, frame, limbs] = detected[place, frame, np.array(MIRRORED)[limbs]]


def _hats(frames: int, knots: int, step: int, phase: float) -> FloatArray:
    """(F, K) linear interpolation between knots `step` frames apart, scaled to unit variance on average.

    A step of 0 has one knot for all frames, a step of 1 one for each.
    """
    if step < 2:
        return np.ones((frames, 1), np.float32) if step == 0 else np.eye(frames, dtype=np.float32)
    position = np.arange(frames) / step + phase
    weights = np.maximum(0.0, 1.0 - np.abs(position[:, None] - np.arange(knots)[None, :]))
    return np.asarray(weights * np.sqrt(1.5), np.float32)


def _frames_of(start: NDArray[np.intp], end: NDArray[np.intp], frames: int) -> tuple[NDArray[np.intp], ...]:
    """Every frame inside each stretch: number of the stretch and frame, (M,) each."""
    first = np.maximum(start, 0)
    length = np.maximum(np.minimum(end, frames) - first, 0)
    episode = np.repeat(np.arange(len(start)), length)
    within = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    return episode, first[episode] + within
