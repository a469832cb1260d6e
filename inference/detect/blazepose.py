"""BlazePose full through the MediaPipe 1.x pose landmarker, in video mode."""

from __future__ import annotations

from pathlib import Path
from typing import Final

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


class BlazePose:
    """33 points of the most prominent person, with MediaPipe's own rough 3D.

    Follows the person from frame to frame; make a new one for each video.
    """

    layout = "blazepose-33"

    def __init__(self, bundle: Path | None = None) -> None:
        """Loads the networks.

        Args:
            bundle: a `.task` archive; None = this environment's.

        Raises:
            ModelError: the bundle is missing or broken, or the system lacks a library.
        """
        bundle = bundle or bundle_path()
        if not bundle.is_file():
            raise ModelError("model-missing", f"The pose model {bundle} is missing.", "Run the set-up.")
        options = vision.PoseLandmarkerOptions(
            # As a buffer: the path would have to pass through the C library's idea of a file name's encoding.
            base_options=tasks.BaseOptions(model_asset_buffer=bundle.read_bytes()),
            running_mode=vision.RunningMode.VIDEO,
            min_pose_detection_confidence=_DETECTION_CONFIDENCE,
            min_pose_presence_confidence=_PRESENCE_CONFIDENCE,
        )
        try:
            self._landmarker = vision.PoseLandmarker.create_from_options(options)
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
        self._time_ms = -1

    def detect(self, frame_bgr: Image, time_s: float) -> Keypoints | None:
        """Points of the person in (H, W, 3) BGR, or None. Times increase from call to call."""
        image = mp.Image(mp.ImageFormat.SRGB, np.ascontiguousarray(cv2.cvtColor(frame_bgr, cv2.COLOR_BGR2RGB)))
        # The task wants whole, strictly increasing milliseconds; rates above 1 kHz would repeat one.
        self._time_ms = max(self._time_ms + 1, round(time_s * 1000.0))
        found = self._landmarker.detect_for_video(image, self._time_ms)
        if not found.pose_landmarks:
            return None
        height, width = frame_bgr.shape[:2]
        points = found.pose_landmarks[0]
        return Keypoints(
            px=np.array([(p.x * width, p.y * height) for p in points], np.float32),
            confidence=np.array([p.visibility for p in points], np.float32).clip(0.0, 1.0),
            world=np.array([(p.x, p.y, p.z) for p in found.pose_world_landmarks[0]], np.float32),
        )

    def close(self) -> None:
        """Gives up the network's memory."""
        self._landmarker.close()
