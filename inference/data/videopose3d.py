"""Human3.6M and HumanEva in the files that VideoPose3D made common: `data_3d_*.npz` with `data_2d_*.npz` beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InferenceError
from ..joints import COUNT, INDEX
from ..layouts import load_layout
from .pose_file import PoseClip
from .restricted_pickle import load_npz

FloatArray = NDArray[np.float64]

_H36M_32: Final = np.array([0, 1, 2, 3, 6, 7, 8, 12, 13, 14, 15, 17, 18, 19, 25, 26, 27])
"""Human3.6M's 17 joints among its 32 markers, in our order."""
_HUMANEVA_15: Final = (
    "pelvis", "thorax", "left_shoulder", "left_elbow", "left_wrist", "right_shoulder", "right_elbow", "right_wrist",
    "left_hip", "left_knee", "left_ankle", "right_hip", "right_knee", "right_ankle", "head",
)  # fmt: skip
_FPS: Final = {32: 50.0, 17: 50.0, 15: 60.0}
_LAYOUTS: Final = {"coco": "coco-17", "h36m": "h36m-17"}


@dataclass(frozen=True, slots=True)
class _Camera:
    rotation: FloatArray
    translation_m: FloatArray
    focal_px: tuple[float, float]
    centre_px: tuple[float, float]


def read_clips(poses: Path, keypoints: Path | None, cameras: Path, subjects: tuple[str, ...]) -> Iterator[PoseClip]:
    """Clips of the chosen subjects, one for each camera.

    Args:
        poses: `positions_3d` -> subject -> action -> (T, 32, 17 or 15, 3) metres, world.
        keypoints: `positions_2d` -> subject -> action -> one (T, K, 2) px for each camera; None = no 2D.
        cameras: JSON with `intrinsics` -> camera -> `calibration_matrix` (3, 3) and `extrinsics` -> subject -> camera
            -> `R` (3, 3), `t` (3, 1) in mm, in the order in which the 2D file has the cameras.
        subjects: such as ("S9", "S11"); empty = all.

    Raises:
        InferenceError: a file is of another form, or the files do not belong together.
    """
    world = _member(load_npz(poses), "positions_3d", poses)
    flat = _member(load_npz(keypoints), "positions_2d", keypoints) if keypoints else {}
    layout = _layout(load_npz(keypoints)) if keypoints else "h36m-17"
    known = _read_cameras(cameras)
    if missing := [name for name in subjects if name not in world]:
        raise InferenceError(
            "no-subject", f"{poses.name} has no subject {missing[0]}.", f"Choose among {', '.join(sorted(world))}."
        )
    for subject in subjects or tuple(world):
        own = known.get(subject) or known.get(subject.rpartition("/")[2])
        if own is None:
            raise InferenceError("no-camera", f"{cameras.name} has no cameras for {subject}.", "Choose other subjects.")
        for action, track in world[subject].items():
            joints = seventeen(np.asarray(track, np.float64), f"{subject}/{action} of {poses.name}")
            views = flat.get(subject, {}).get(action)
            yield from _views(subject, str(action), joints, views, own, layout, _FPS[np.shape(track)[1]])


def seventeen(track: FloatArray, what: str) -> FloatArray:
    """(T, 17, 3) of 32, 17 or 15 joints, NaN where there is no such joint."""
    if track.ndim != 3 or track.shape[1] not in _FPS or track.shape[2] != 3:
        raise InferenceError("bad-poses", f"{what} has shape {track.shape}, not (frames, 32 or 17 or 15, 3).", "")
    if track.shape[1] == len(_H36M_32):
        return track
    if track.shape[1] > COUNT:
        return track[:, _H36M_32]
    joints = np.full((len(track), COUNT, 3), np.nan)
    joints[:, [INDEX[name] for name in _HUMANEVA_15]] = track
    return joints


def _views(
    subject: str, action: str, joints: FloatArray, views: Any, cameras: Mapping[str, _Camera], layout: str, fps: float
) -> Iterator[PoseClip]:
    if views is not None and len(views) != len(cameras):
        raise InferenceError(
            "other-cameras",
            f"{subject}/{action} was seen by {len(views)} cameras, but {len(cameras)} are described.",
            "",
        )
    for number, (name, camera) in enumerate(cameras.items()):
        seen = joints @ camera.rotation.T + camera.translation_m
        points, frames = None, len(joints)
        if views is not None:  # detections run on for some frames after the motion capture, or end before it
            frames = min(frames, len(views[number]))
            points = _to_joints(np.asarray(views[number], np.float32)[:frames, :, :2], layout, f"{subject}/{action}")
        yield PoseClip(
            subject, action, name, fps, seen[:frames].astype(np.float32), points,
            focal_px=camera.focal_px, centre_px=camera.centre_px,
        )  # fmt: skip


def _to_joints(points: NDArray[np.float32], layout: str, what: str) -> NDArray[np.float32]:
    recipe = load_layout(layout)
    if points.shape[1] == COUNT == len(recipe.points) or points.shape[1] == len(recipe.points):
        return recipe.to_joints(points, np.ones(points.shape[:2], np.float32))[0].astype(np.float32)
    if points.shape[1] == len(_HUMANEVA_15):
        joints = np.full((len(points), COUNT, 2), np.nan, np.float32)
        joints[:, [INDEX[name] for name in _HUMANEVA_15]] = points
        return joints
    raise InferenceError("bad-keypoints", f"{what} has {points.shape[1]} keypoints, which fit no known layout.", "")


def _layout(stored: Mapping[str, Any]) -> str:
    metadata = stored.get("metadata")
    name = str(metadata.get("layout_name", "h36m")) if isinstance(metadata, dict) else "h36m"
    return _LAYOUTS.get(name, "h36m-17")


def _member(stored: Mapping[str, Any], key: str, path: Path) -> dict[str, Any]:
    value = stored.get(key)
    if not isinstance(value, dict):
        raise InferenceError("bad-npz", f"{path.name} has no {key} by subject and action.", "Take VideoPose3D's file.")
    return value


def _read_cameras(path: Path) -> dict[str, dict[str, _Camera]]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        lenses = {name: np.array(lens["calibration_matrix"]) for name, lens in values["intrinsics"].items()}
        return {
            subject: {
                name: _Camera(
                    np.array(place["R"], np.float64).reshape(3, 3),
                    np.array(place["t"], np.float64).reshape(3) / 1000.0,
                    (float(lenses[name][0, 0]), float(lenses[name][1, 1])),
                    (float(lenses[name][0, 2]), float(lenses[name][1, 2])),
                )
                for name, place in places.items()
            }
            for subject, places in values["extrinsics"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise InferenceError(
            "bad-cameras", f"{path.name} does not describe cameras: {error!r}.", "See docs/training.md for its form."
        ) from error
