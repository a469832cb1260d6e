"""3DPW: `sequenceFiles/<split>/*.pkl`, one moving camera, one or two people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InferenceError
from ..joints import COUNT, INDEX
from ..layouts import load_layout
from .pose_file import PoseClip
from .restricted_pickle import load_pickle

_SMPL: Final = {
    "right_hip": 2, "right_knee": 5, "right_ankle": 8, "left_hip": 1, "left_knee": 4, "left_ankle": 7, "spine": 6,
    "left_shoulder": 16, "left_elbow": 18, "left_wrist": 20, "right_shoulder": 17, "right_elbow": 19, "right_wrist": 21,
}  # fmt: skip
"""Ours among SMPL's 24 joints; pelvis and thorax are the middles, and nose and top of the head are not among them."""
_COCO_18: Final = (0, 15, 14, 17, 16, 5, 2, 6, 3, 7, 4, 11, 8, 12, 9, 13, 10)
"""COCO's 17 points among the 18 of the 2D poses."""
_FPS: Final = 30.0


def read_clips(folder: Path, subjects: tuple[str, ...] = ()) -> Iterator[PoseClip]:
    """Clips of all people of all sequences in a folder of .pkl files, in the camera's axes.

    Raises:
        InferenceError: there are none, or one is of another form.
    """
    files = sorted(folder.glob("*.pkl"))
    if not files:
        raise InferenceError("no-data", f"There is no .pkl file in {folder}.", "Name the folder of one split.")
    for path in files:
        stored = load_pickle(path)
        try:
            people = len(stored["jointPositions"])
            for person in range(people):
                clip = _clip(stored, person)
                if not subjects or clip.subject in subjects:
                    yield clip
        except (KeyError, ValueError, TypeError, IndexError) as error:
            raise InferenceError(
                "bad-3dpw", f"{path.name} is no sequence of 3DPW: {error!r}.", "Fetch it again."
            ) from error


def _clip(stored: dict[str, Any], person: int) -> PoseClip:
    world = np.asarray(stored["jointPositions"][person], np.float64).reshape(-1, 24, 3)
    camera = np.asarray(stored["cam_poses"], np.float64)[: len(world)]
    seen = np.einsum("tij,tkj->tki", camera[:, :3, :3], world) + camera[:, None, :3, 3]
    seen[~np.asarray(stored["campose_valid"][person], bool)[: len(world)]] = np.nan
    joints = np.full((len(world), COUNT, 3), np.nan)
    joints[:, [INDEX[name] for name in _SMPL]] = seen[:, list(_SMPL.values())]
    joints[:, INDEX["pelvis"]] = (joints[:, INDEX["left_hip"]] + joints[:, INDEX["right_hip"]]) / 2
    joints[:, INDEX["thorax"]] = (joints[:, INDEX["left_shoulder"]] + joints[:, INDEX["right_shoulder"]]) / 2
    points, sure = _keypoints(np.asarray(stored["poses2d"][person], np.float32)[: len(world)])
    lens = np.asarray(stored["cam_intrinsics"], np.float64)
    return PoseClip(
        f"person{person}", str(stored["sequence"]), "phone", _FPS, joints.astype(np.float32), points, sure,
        focal_px=(float(lens[0, 0]), float(lens[1, 1])), centre_px=(float(lens[0, 2]), float(lens[1, 2])),
    )  # fmt: skip


def _keypoints(poses2d: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The 17 joints (T, 17, 2) and their confidence from (T, 3, 18): x, y, confidence."""
    points = poses2d.transpose(0, 2, 1)[:, list(_COCO_18)]
    joints_px, sure = load_layout("coco-17").to_joints(points[..., :2], points[..., 2])
    return joints_px.astype(np.float32), sure.astype(np.float32)
