"""Opens MediaPipe's pose landmarker, for one person through a film or for everybody in a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import cv2
import mediapipe as mp
import numpy as np
from mediapipe.tasks import python as tasks
from mediapipe.tasks.python import vision

from ..errors import ModelError
from ..video import Image
from .bundle import bundle_path
from .detector import Keypoints

# MediaPipe's own 0.5 takes furniture for people; these lose about 1 % of a person's frames, at the picture's edge.
_DETECTION_CONFIDENCE: Final = 0.6
_PRESENCE_CONFIDENCE: Final = 0.7


def open_landmarker(bundle: Path | None = None, *, video: bool, people: int = 1) -> Any:
    """Loads the networks.

    Args:
        bundle: a `.task` archive; None = this environment's.
        video: frames of one film in order, each looked at where the person was; else pictures without an order.
        people: how many to find at most.

    Raises:
        ModelError: the bundle is missing or broken, or the system lacks a library.
    """
    bundle = bundle or bundle_path()
    if not bundle.is_file():
        raise ModelError("model-missing", f"The pose model {bundle} is missing.", "Run the set-up.")
    options = vision.PoseLandmarkerOptions(
        # As a buffer: the path would have to pass through the C library's idea of a file name's encoding.
        base_options=tasks.BaseOptions(model_asset_buffer=bundle.read_bytes()),
        running_mode=vision.RunningMode.VIDEO if video else vision.RunningMode.IMAGE,
        num_poses=people,
        min_pose_detection_confidence=_DETECTION_CONFIDENCE,
        min_pose_presence_confidence=_PRESENCE_CONFIDENCE,
    )
    try:
        return vision.PoseLandmarker.create_from_options(options)
    except OSError as error:  # MediaPipe opens its native library here, and that one OpenGL ES
        raise ModelError(
            "library-missing",
            f"MediaPipe misses a library of the system: {error}",
            "Install it; on Debian and Ubuntu: apt install libgles2 libegl1 libgl1.",
        ) from error
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            "model-broken", f"The pose model {bundle.name} cannot be loaded: {error}", "Run the set-up again."
        ) from error


def as_image(frame_bgr: Image) -> mp.Image:
    """(H, W, 3) BGR as MediaPipe takes it."""
    return mp.Image(mp.ImageFormat.SRGB, np.ascontiguousarray(cv2.cvtColor(frame_bgr, cv2.COLOR_BGR2RGB)))


def keypoints_of(found: Any, size_px: tuple[int, int]) -> list[Keypoints]:
    """Everybody in a landmarker's answer, in pixels of a picture of that width and height."""
    width, height = size_px
    return [
        Keypoints(
            px=np.array([(p.x * width, p.y * height) for p in points], np.float32),
            confidence=np.array([p.visibility for p in points], np.float32).clip(0.0, 1.0),
            world=np.array([(p.x, p.y, p.z) for p in world], np.float32),
        )
        for points, world in zip(found.pose_landmarks, found.pose_world_landmarks, strict=True)
    ]
