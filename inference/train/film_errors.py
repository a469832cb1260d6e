"""What a detector gets wrong on the clips of `samples/make_clips.py`: its joints beside the true ones."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .. import joints
from ..detect.blazepose import BlazePose
from ..errors import InferenceError
from ..layouts import load_layout

FloatArray = NDArray[np.float64]

_BONE_SUM_HEIGHTS = 2.385
"""Bone lengths of a standing height, as in `lift.normalise.TARGET_BONE_SUM_M`."""


@dataclass(frozen=True, slots=True)
class FilmErrors:
    """S frames of C clips, one behind the other.

    Attributes:
        detected, truth: (S, 17, 2) in person heights of their own frame; NaN in `detected` where nobody was found.
        confidence: (S, 17) the detector's own, 0 where nobody was found.
        gap_m: (S, 17) how far before its joint a surface lies, seen from the camera; (S, 17) NaN where not known.
        offsets: (C + 1,) first frame of each clip, and S.
        body: (C,) whose clip it is.
        fps: frame rate.
    """

    detected: FloatArray
    truth: FloatArray
    confidence: FloatArray
    gap_m: FloatArray
    offsets: NDArray[np.int64]
    body: NDArray[np.str_]
    fps: float

    @property
    def errors(self) -> FloatArray:
        """(S, 17, 2) detected minus true, in person heights."""
        return self.detected - self.truth


def read_errors(folder: Path, layout: str, keypoints: Path | None = None) -> FilmErrors:
    """Errors of a detector on the clips of a folder.

    Args:
        folder: as `samples/make_clips.py` wrote it.
        layout: of the detector's points; says how they become the 17 joints.
        keypoints: an .npz with `keypoints_px` (S, K, 2) and `confidence` (S, K) of all frames, from a detector that
            does not run here; None = BlazePose.

    Raises:
        InferenceError: the folder is no such folder, or the keypoints do not fit it.
    """
    film = read_film(folder)
    if keypoints is None:
        points, confidence = _detected(folder, film)
    else:
        stored = _read_arrays(keypoints)
        points, confidence = stored["keypoints_px"], stored["confidence"]
    wanted = (len(film["gap_m"]), len(load_layout(layout).points))
    if confidence.shape != wanted:
        raise InferenceError(
            "bad-keypoints",
            f"The keypoints have shape {confidence.shape}, but the clips and the layout {layout} need {wanted}.",
            "Detect all frames of all clips in their order.",
        )
    found_px, sure = load_layout(layout).to_joints(points.astype(np.float32), confidence.astype(np.float32))
    true = film["joints_camera_m"].astype(np.float64)
    height = person_height_px(true, film["offsets"], float(film["focal_px"]))[:, None, None]
    true_px = float(film["focal_px"]) * true[..., :2] / true[..., 2:] + film["image_size_px"] / 2.0
    return FilmErrors(
        found_px / height, true_px / height, sure, film["gap_m"].astype(np.float64), film["offsets"].astype(np.int64),
        film["body"], float(film["fps"]),
    )  # fmt: skip


def person_height_px(true: FloatArray, offsets: NDArray[np.int64], focal_px: float) -> FloatArray:
    """(S,) a person's standing height, by the bones (S, 17, 3) camera axes, as large as it is at the pelvis."""
    bones = np.linalg.norm(true[:, 1:] - true[:, joints.PARENTS[1:]], axis=-1).sum(axis=-1)
    stature = np.empty(len(true))
    for start, end in itertools.pairwise(offsets):
        stature[start:end] = np.median(bones[start:end]) / _BONE_SUM_HEIGHTS
    return np.asarray(focal_px * stature / true[:, 0, 2])


def read_film(folder: Path) -> dict[str, NDArray[Any]]:
    """The arrays of clips.npz, as `samples/make_clips.py` describes them.

    Raises:
        InferenceError: there is no such file.
    """
    return _read_arrays(folder / "clips.npz")


def _read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    if not path.is_file():
        raise InferenceError("no-clips", f"There is no {path.name} in {path.parent}.", "Make the clips first.")
    with np.load(path, allow_pickle=False) as stored:
        return {key: stored[key] for key in stored.files}


def _detected(folder: Path, film: dict[str, NDArray[Any]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Runs BlazePose over every clip as over a film, or reads what an earlier run left beside the clips."""
    kept = folder / f"keypoints-{BlazePose.layout}.npz"
    if kept.is_file() and kept.stat().st_mtime >= (folder / "clips.npz").stat().st_mtime:
        stored = _read_arrays(kept)
        return stored["keypoints_px"], stored["confidence"]
    points, confidence = [], []
    count = len(load_layout(BlazePose.layout).points)
    for clip, length in zip(film["clips"], np.diff(film["offsets"]), strict=True):
        detector = BlazePose()
        for frame in range(int(length)):
            picture = folder / str(clip) / f"{frame + 1:04d}.jpg"
            image = cv2.imread(str(picture))
            if image is None:
                raise InferenceError("no-picture", f"{picture} cannot be read.", "Make the clips again.")
            found = detector.detect(np.asarray(image, np.uint8), frame / float(film["fps"]))
            points.append(np.full((count, 2), np.nan, np.float32) if found is None else found.px)
            confidence.append(np.zeros(count, np.float32) if found is None else found.confidence)
        detector.close()
    np.savez_compressed(kept, keypoints_px=points, confidence=confidence, layout=BlazePose.layout)
    return np.array(points), np.array(confidence)
