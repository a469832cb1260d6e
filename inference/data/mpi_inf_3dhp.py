"""MPI-INF-3DHP: the annotations of its training sequences, `S*/Seq*/annot.mat`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat

from ..errors import InferenceError
from ..joints import COUNT, INDEX
from .pose_file import PoseClip

JOINTS: Final = {
    "pelvis": 4, "right_hip": 23, "right_knee": 24, "right_ankle": 25, "left_hip": 18, "left_knee": 19,
    "left_ankle": 20, "spine": 3, "thorax": 5, "nose": 6, "head": 7, "left_shoulder": 9, "left_elbow": 10,
    "left_wrist": 11, "right_shoulder": 14, "right_elbow": 15, "right_wrist": 16,
}  # fmt: skip
"""Ours among the 28 of the annotations; its "head" is in the middle of it, where the nose comes nearest."""
_ALL: Final = 28
_FAST: Final = frozenset({("S1", "Seq2"), ("S3", "Seq1"), ("S3", "Seq2"), ("S5", "Seq1"), ("S5", "Seq2")})
"""Sequences of 50 frames/s; the others have 25."""
_IMAGE_PX: Final = (2048.0, 2048.0)


def read_clips(folder: Path, subjects: tuple[str, ...] = ()) -> Iterator[PoseClip]:
    """Clips of all sequences under `folder`, one for each camera, millimetres turned into metres.

    Raises:
        InferenceError: there is no annot.mat, or one is of another form.
    """
    files = sorted(folder.glob("S*/Seq*/annot.mat"))
    if not files:
        raise InferenceError("no-data", f"There is no S*/Seq*/annot.mat in {folder}.", "Name the dataset's folder.")
    for path in files:
        subject, sequence = path.parts[-3], path.parts[-2]
        if subjects and subject not in subjects:
            continue
        points, poses = _cells(path, "annot2", 2), _cells(path, "annot3", 3)
        fps = 50.0 if (subject, sequence) in _FAST else 25.0
        for camera, (flat, deep) in enumerate(zip(points, poses, strict=True)):
            yield PoseClip(
                subject, sequence, f"camera{camera}", fps, (deep / 1000.0).astype(np.float32), flat.astype(np.float32),
                focal_px=_focal(flat, deep)[0], centre_px=_focal(flat, deep)[1], image_size_px=_IMAGE_PX,
            )  # fmt: skip


def _cells(path: Path, key: str, axes: int) -> list[NDArray[np.float64]]:
    """One (T, 17, axes) for each camera."""
    try:
        stored: dict[str, Any] = loadmat(str(path), variable_names=[key])
        cells = [np.asarray(cell, np.float64) for cell in stored[key].ravel()]
        return [cell.reshape(len(cell), _ALL, axes)[:, [JOINTS[name] for name in INDEX]] for cell in cells]
    except (OSError, ValueError, KeyError, TypeError, NotImplementedError) as error:
        name = "/".join(path.parts[-3:])
        raise InferenceError(
            "bad-mat", f"{name} has no {key} of {_ALL} joints for each camera: {error}.", "Fetch it again."
        ) from error


def _focal(flat: NDArray[np.float64], deep: NDArray[np.float64]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Focal lengths and centre, px: the annotations are exact projections, so a straight line through them says it."""
    found = []
    for axis in range(2):
        tangent = (deep[..., axis] / deep[..., 2]).reshape(-1)
        slope, offset = np.polyfit(tangent, flat[..., axis].reshape(-1), 1)
        found.append((float(slope), float(offset)))
    assert flat.shape[1] == COUNT
    return (found[0][0], found[1][0]), (found[0][1], found[1][1])
