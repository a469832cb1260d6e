"""The result .npz of docs/design.md: arrays only, written aside and moved into place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from . import joints
from .clip import Clip3D, Track17
from .edit.edits import NO_EDITS, Edits
from .errors import InferenceError
from .files import write_whole
from .keypoint_track import KeypointTrack
from .protocol import RESULT_SCHEMA


def write_result(path: Path, track: KeypointTrack, joints_2d: Track17, clip: Clip3D, edits: Edits = NO_EDITS) -> None:
    """Writes the file whole or not at all.

    Args:
        path: the .npz.
        track, joints_2d, clip: what was found.
        edits: what the user said of it.

    Raises:
        InferenceError: the folder cannot be written to, or the disk is full.
    """
    arrays: dict[str, Any] = {
        "schema_version": np.int64(RESULT_SCHEMA),
        "joint_names": np.array(joints.NAMES),
        "joints_world_m": clip.joints_world_m.astype(np.float32),
        "joints_camera_m": clip.joints_camera_m.astype(np.float32),
        "confidence": joints_2d.confidence.astype(np.float32),
        "keypoints_px": track.px,
        "keypoint_confidence": track.confidence,
        "keypoint_layout": np.array(track.layout),
        "joints_px": joints_2d.px.astype(np.float32),
        "detector_world_m": track.world,
        "detected": joints_2d.detected,
        "contact": clip.contact.astype(np.float32),
        "sole_contact": clip.sole_contact.astype(np.float32),
        "contact_said": edits.standing(len(track)).astype(np.float32),
        "frame_times_s": track.times_s,
        "fps": np.float64(track.fps),
        "image_size_px": np.array(track.image_size_px, np.int64),
        "sides_exchanged": joints_2d.exchanged,
        "first_frame": np.int64(track.first_frame),
        "focal_px": np.float64(clip.focal_px * clip.zooms[0]),
        "world_from_camera": clip.world_from_camera,
        "camera_path": clip.cameras,
        "camera_focal_px": clip.focal_px * clip.zooms,
        "cuts": np.array(track.camera_path.cuts, np.int64),
        "edges_px": track.edges,
    }
    if track.hands is not None:
        arrays |= {"hand_joints_m": track.hands.joints_m, "hand_confidence": track.hands.confidence}
    try:
        write_whole(path, lambda file: np.savez_compressed(file, **arrays))
    except OSError as error:
        raise InferenceError(
            "cannot-write",
            f"The result {path} cannot be written: {error.strerror or error}.",
            "Choose a folder that you may write to, with room on the disk.",
        ) from error
