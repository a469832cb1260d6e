"""The sample film through each way to refine: real errors and confidences, where motion capture has drawn ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip3D, Track17, lift_clip, track_joints
from ..detect.keypoint_files import read_keypoints
from ..keypoint_track import KeypointTrack
from ..lift.lifter import Lifter
from ..result import write_result
from .film_run import film_result, result_figures

_KEPT: Final = ("p_mpjpe_over_detector", "p_mpjpe_17_mm", "limb_direction_error_deg")


class LiftedClip(Protocol):
    """A clip before its refinement."""

    @property
    def track(self) -> KeypointTrack:
        """As detected."""

    @property
    def joints_2d(self) -> Track17:
        """What was lifted."""

    @property
    def lifted(self) -> NDArray[np.float64]:
        """(T, 17, 3) root-relative, camera axes: the lifter alone."""


Stage = Callable[[LiftedClip], Clip3D]


@dataclass(frozen=True, slots=True)
class FilmClip:
    """The sample film before its refinement.

    Attributes:
        track, joints_2d, lifted: as in `LiftedClip`.
        folder: where results are kept.
    """

    track: KeypointTrack
    joints_2d: Track17
    lifted: NDArray[np.float64]
    folder: Path


def read_film(lifter: Lifter, folder: Path) -> FilmClip:
    """The film as the program detects it, and what the lifter makes of that.

    Raises:
        InferenceError: the film is missing, or the child process fails.
    """
    return lifted_film(film_result(lifter.info.name, folder), lifter)


def lifted_film(result: Path, lifter: Lifter) -> FilmClip:
    """The film as it was detected for a `result` of it, and what the lifter makes of that.

    Raises:
        InferenceError: the result cannot be read.
    """
    track = read_keypoints(result, None, lambda _code, _text: None)
    joints_2d = track_joints(track, "the sample film")
    return FilmClip(track, joints_2d, lift_clip(track, joints_2d, lifter), result.parent)


def film_stage_figures(film: FilmClip, stage: Stage) -> dict[str, float]:
    """`film_p_mpjpe_over_detector` (13 joints), `film_p_mpjpe_17_mm` and `film_limb_direction_error_deg` of a way."""
    path = film.folder / "stage.npz"
    write_result(path, film.track, film.joints_2d, stage(film))
    figures = result_figures(path)
    return {f"film_{name}": figures[name] for name in _KEPT}
