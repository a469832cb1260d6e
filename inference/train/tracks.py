"""2D joints of real videos as training data without a truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InferenceError
from ..lift.gaps import fill_gaps
from ..lift.normalise import image_rays, window_inputs
from ..lift.track import MODEL_FPS, checked_track, sample_track
from ..npz import read_arrays
from .truth import input_size

_KEYS = ("joints_px", "confidence", "image_size_px", "focal_px", "frame_times_s")


@dataclass(frozen=True, slots=True)
class Track:
    """One video: joints (T, 17, 2) on the plane z = 1, without gaps, and the frames' times (T,) in seconds."""

    rays: NDArray[np.float32]
    times_s: NDArray[np.float64]


class TrackStore:
    """Windows from anywhere in some tracks, at the network's frame rate.

    Args:
        tracks: one or more.
    """

    def __init__(self, tracks: list[Track]) -> None:
        self._tracks = tracks
        self._ends = np.cumsum([len(track.rays) for track in tracks])

    def __len__(self) -> int:
        return int(self._ends[-1])

    def windows(
        self, count: int, frames: int, target: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """`count` windows around frames drawn evenly: inputs (count, F, 34) and their person sizes (count,)."""
        drawn = np.sort(rng.integers(0, len(self), count))
        which = np.searchsorted(self._ends, drawn, side="right")
        rays = np.empty((count, frames, 17, 2), np.float32)
        for number in np.unique(which):
            track, rows = self._tracks[number], np.flatnonzero(which == number)
            centres = drawn[rows] - (self._ends[number] - len(track.rays))
            wanted = track.times_s[centres][:, None] + np.arange(-target, frames - target) / MODEL_FPS
            positions = np.interp(wanted, track.times_s, np.arange(len(track.rays), dtype=np.float64))
            rays[rows] = sample_track(track.rays, positions)
        inputs, rotation = window_inputs(rays, target)
        return inputs, input_size(rays[:, target], rotation, inputs[:, target])


def read_tracks(folder: Path) -> TrackStore:
    """The 2D joints of all results (.npz, docs/design.md) in `folder`.

    Raises:
        InferenceError: there are none, or one is no such file.
    """
    paths = sorted(folder.glob("*.npz"))
    if not paths:
        raise InferenceError(
            "no-data", f"There is no result (.npz) in {folder}.", "Give the folder of some finished jobs."
        )
    return TrackStore([_read_track(path) for path in paths])


def _read_track(path: Path) -> Track:
    try:
        arrays = read_arrays(path, _KEYS)
    except ValueError as error:
        raise InferenceError(
            "bad-data", f"{path.name} is no result with 2D joints: {error}.", "Take it out of the folder."
        ) from error
    track, seen = checked_track(arrays["joints_px"], arrays["confidence"])
    rays = image_rays(fill_gaps(track, seen), arrays["image_size_px"].astype(np.float64), float(arrays["focal_px"]))
    return Track(rays, arrays["frame_times_s"].astype(np.float64))
