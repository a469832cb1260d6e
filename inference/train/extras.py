"""Clips of `samples/make_extras.py`: people in motion as the detector saw them, and what is true of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InferenceError
from ..keypoint_track import KeypointTrack
from ..npz import read_arrays

LAYOUT: Final = "blazepose-33"
_KEYS: Final = (
    *("keypoints_px", "keypoint_confidence", "detector_world_m", "joints_camera_m", "joints_px", "covered"),
    *("height_m", "body", "fps", "image_size_px"),
)
_FOUND: Final = 0.5
"""A clip in fewer of whose frames anybody was found teaches nothing."""


@dataclass(frozen=True, slots=True)
class ExtraClip:
    """A clip of T frames.

    Attributes:
        body: whose it is.
        track: as detected.
        joints_camera_m: (T, 17, 3) true, camera axes.
        joints_px: (T, 17, 2) true, in the picture.
        covered: (T,) whether something is before any of the joints.
        height_m: of the body.
    """

    body: str
    track: KeypointTrack
    joints_camera_m: NDArray[np.float64]
    joints_px: NDArray[np.float64]
    covered: NDArray[np.bool_]
    height_m: float


def read_extras(folder: Path) -> list[ExtraClip]:
    """All clips of a folder but those in which hardly anybody was found.

    Raises:
        InferenceError: there is none, or one cannot be read.
    """
    clips = [_read(path) for path in sorted(folder.glob("*.npz"))]
    if not clips:
        raise InferenceError("no-data", f"There are no clips in {folder}.", "Make them with samples/make_extras.py.")
    return [clip for clip in clips if (clip.track.confidence.max(axis=1) > 0.0).mean() >= _FOUND]


def _read(path: Path) -> ExtraClip:
    try:
        arrays = read_arrays(path, _KEYS)
    except ValueError as error:
        raise InferenceError(
            "bad-data", f"{path.name} cannot be read: {error}.", "Delete it and make it anew."
        ) from error
    fps = float(arrays["fps"])
    width, height = arrays["image_size_px"].tolist()
    confidence = arrays["keypoint_confidence"]
    times_s = np.arange(len(confidence)) / fps
    px, world = arrays["keypoints_px"], arrays["detector_world_m"]
    return ExtraClip(
        body=str(arrays["body"]),
        track=KeypointTrack(LAYOUT, px, confidence, world, times_s, fps, (width, height)),
        joints_camera_m=arrays["joints_camera_m"].astype(np.float64),
        joints_px=arrays["joints_px"].astype(np.float64),
        covered=arrays["covered"].astype(np.bool_),
        height_m=float(arrays["height_m"]),
    )
