"""BlazePose full through the MediaPipe 1.x pose landmarker, in video mode."""

from __future__ import annotations

from pathlib import Path

from ..video import Image
from .detector import Keypoints
from .landmarker import as_image, keypoints_of, open_landmarker


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
        self._landmarker = open_landmarker(bundle, video=True)
        self._time_ms = -1

    def detect(self, frame_bgr: Image, time_s: float) -> Keypoints | None:
        """Points of the person in (H, W, 3) BGR, or None. Times increase from call to call."""
        # The task wants whole, strictly increasing milliseconds; rates above 1 kHz would repeat one.
        self._time_ms = max(self._time_ms + 1, round(time_s * 1000.0))
        found = self._landmarker.detect_for_video(as_image(frame_bgr), self._time_ms)
        people = keypoints_of(found, (frame_bgr.shape[1], frame_bgr.shape[0]))
        return people[0] if people else None

    def close(self) -> None:
        """Gives up the network's memory."""
        self._landmarker.close()
