"""Opens MediaPipe's landmarkers: of one person's pose through a film or everybody's in a picture; of a hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import cv2
import mediapipe as mp
import numpy as np
from mediapipe.tasks import python as tasks
from mediapipe.tasks.python import vision

from ..errors import ModelError
from ..video import Image
from .bundle import HANDS, POSE, bundle_path
from .detector import Keypoints

# MediaPipe's own 0.5 takes furniture for people; these lose about 1 % of a person's frames, at the picture's edge.
_DETECTION_CONFIDENCE: Final = 0.6
_PRESENCE_CONFIDENCE: Final = 0.7
_HAND_CONFIDENCE: Final = 0.3
"""Where to look is known from the pose, so a faint find is a hand more often than not."""


def open_landmarker(bundle: Path | None = None, *, video: bool, people: int = 1) -> Any:
    """Loads the networks.

    Args:
        bundle: a `.task` archive; None = this environment's.
        video: frames of one film in order, each looked at where the person was; else pictures without an order.
        people: how many to find at most.

    Raises:
        ModelError: the bundle is missing or broken, or the system lacks a library.
    """
    return _opened(
        bundle or bundle_path(POSE),
        lambda model: vision.PoseLandmarker.create_from_options(
            vision.PoseLandmarkerOptions(
                base_options=tasks.BaseOptions(model_asset_buffer=model),
                running_mode=vision.RunningMode.VIDEO if video else vision.RunningMode.IMAGE,
                num_poses=people,
                min_pose_detection_confidence=_DETECTION_CONFIDENCE,
                min_pose_presence_confidence=_PRESENCE_CONFIDENCE,
            )
        ),
    )


def open_hand_landmarker(bundle: Path | None = None) -> Any:
    """Loads the networks for one hand through a film.

    Args:
        bundle: a `.task` archive; None = this environment's.

    Raises:
        ModelError: as `open_landmarker`; a set-up that was made before hands were looked for lacks the bundle.
    """
    return _opened(
        bundle or bundle_path(HANDS),
        lambda model: vision.HandLandmarker.create_from_options(
            vision.HandLandmarkerOptions(
                base_options=tasks.BaseOptions(model_asset_buffer=model),
                running_mode=vision.RunningMode.VIDEO,
                num_hands=1,
                min_hand_detection_confidence=_HAND_CONFIDENCE,
                min_hand_presence_confidence=_HAND_CONFIDENCE,
                min_tracking_confidence=_HAND_CONFIDENCE,
            )
        ),
    )


def _opened(bundle: Path, create: Callable[[bytes], Any]) -> Any:
    """What `create` makes of the archive, as a buffer: a path would pass through the C library's idea of encodings."""
    if not bundle.is_file():
        raise ModelError("model-missing", f"The model {bundle} is missing.", "Run the set-up again: it makes it.")
    try:
        return create(bundle.read_bytes())
    except OSError as error:  # MediaPipe opens its native library here, and that one OpenGL ES
        raise ModelError(
            "library-missing",
            f"MediaPipe misses a library of the system: {error}",
            "Install it; on Debian and Ubuntu: apt install libgles2 libegl1 libgl1.",
        ) from error
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            "model-broken", f"The model {bundle.name} cannot be loaded: {error}", "Run the set-up again."
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
