"""Fingers: MediaPipe's hand landmarker on a small picture around each wrist of the pose.

The pose says which hand is the left one and where to look; the picture is enlarged, so that a hand of few pixels fills
what the network sees.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .. import joints
from ..hand_track import SIDES, HandTrack
from ..layouts import load_layout
from ..video import Frame, Image
from .detector import Keypoints
from .landmarker import as_image, open_hand_landmarker

SMALLEST_HAND_PX: Final = 16.0
"""Length of a hand in the film's own pixels below which its fingers cannot be told apart."""
_HAND_SHARE: Final = 0.108
"""Length of a hand over the body's height (Drillis and Contini 1964)."""
_SEGMENT_SHARES: Final = {
    ("left_shoulder", "left_elbow"): 0.16,
    ("right_shoulder", "right_elbow"): 0.16,
    ("left_elbow", "left_wrist"): 0.145,
    ("right_elbow", "right_wrist"): 0.145,
    ("pelvis", "thorax"): 0.28,
    ("left_hip", "left_knee"): 0.245,
    ("right_hip", "right_knee"): 0.245,
}
"""Lengths of segments over the body's height."""
_LOOK_HANDS: Final = 2.5
"""Side of the square that is looked at, in lengths of the hand."""
_AHEAD: Final = 0.3
"""How far its middle lies beyond the wrist, in lengths of the forearm as seen."""
_LOOK_PX: Final = 256
_FAR_HANDS: Final = 0.9
"""A hand whose wrist lies further from the pose's, in lengths of the hand, is another one."""
_Seen = tuple[NDArray[np.float32], float]
"""(21, 3) metres of a hand, and its confidence."""


class HandWatch:
    """Looks for the hands of the person of one film, each in a thread of its own, beside whoever shows the frames.

    Args:
        layout: name of the layout of the pose's points.
        bundle: a `.task` archive; None = this environment's.

    Raises:
        ModelError: the bundle is missing or broken.
    """

    def __init__(self, layout: str, bundle: Path | None = None) -> None:
        self._layout = load_layout(layout)
        self._landmarkers = [open_hand_landmarker(bundle) for _ in SIDES]
        self._pool = ThreadPoolExecutor(len(SIDES), thread_name_prefix="hand")
        self._looks: list[Future[None]] = []
        self._seen: dict[tuple[int, int], _Seen | None] = {}
        self._time_ms = -1

    def show(self, index: int, frame: Frame, pose: Keypoints | None) -> None:
        """Start to look at a frame, once the one before was looked at.

        Args:
            index: the frame's number in the result.
            frame: times increase from call to call.
            pose: what was found in it.

        Raises:
            Exception: the look before raised it.
        """
        self._wait()
        self._time_ms = max(self._time_ms + 1, round(frame.time_s * 1000.0))
        if pose is None:
            return
        px, sure = (rows[0] for rows in self._layout.to_joints(pose.px[None], pose.confidence[None]))
        hand_px = _HAND_SHARE * _height_px(px, sure)
        if hand_px < SMALLEST_HAND_PX * frame.scale:
            return
        self._looks = [
            self._pool.submit(self._look, index, side, frame.image, px, hand_px) for side in range(len(SIDES))
        ]

    def track(self, frames: int) -> HandTrack:
        """What was seen so far, of frames up to that number of them."""
        self._wait()
        found = HandTrack.unseen(frames)
        for (index, side), seen in self._seen.items():
            if seen is not None and index < frames:
                found.joints_m[index, side], found.confidence[index, side] = seen
        return found

    def close(self) -> None:
        """Gives up the networks' memory."""
        self._pool.shutdown(wait=True)
        for landmarker in self._landmarkers:
            landmarker.close()

    def _wait(self) -> None:
        for look in self._looks:
            look.result()
        self._looks = []

    def _look(self, index: int, side: int, image: Image, px: NDArray[np.float64], hand_px: float) -> None:
        self._seen[index, side] = self._hand(side, image, px, hand_px)

    def _hand(self, side: int, image: Image, px: NDArray[np.float64], hand_px: float) -> _Seen | None:
        elbow, wrist = (px[joints.INDEX[f"{SIDES[side]}_{joint}"]] for joint in ("elbow", "wrist"))
        opposite = px[joints.INDEX[f"{SIDES[1 - side]}_wrist"]]
        if not np.isfinite([elbow, wrist]).all():
            return None
        into = _into_look(wrist + _AHEAD * (wrist - elbow), hand_px)
        look = np.asarray(cv2.warpAffine(image, into, (_LOOK_PX, _LOOK_PX), flags=cv2.INTER_CUBIC), np.uint8)
        seen = self._landmarkers[side].detect_for_video(as_image(look), self._time_ms)
        if not seen.hand_landmarks:
            return None
        base = np.array([seen.hand_landmarks[0][0].x, seen.hand_landmarks[0][0].y]) * _LOOK_PX
        base = (base - into[:, 2]) / into[0, 0]
        away = np.linalg.norm(base - wrist)
        if away > _FAR_HANDS * hand_px or away > np.linalg.norm(base - opposite):
            return None
        label = seen.handedness[0][0]
        sure = label.score if label.category_name.lower() == SIDES[side] else 1.0 - label.score
        return _metres(seen), float(sure)


def _height_px(px: NDArray[np.float64], sure: NDArray[np.float64]) -> float:
    """Height of a body in the picture, were it to stand there: by the segment that is the least foreshortened."""
    heights = [0.0]
    for (start, end), share in _SEGMENT_SHARES.items():
        ends = joints.INDEX[start], joints.INDEX[end]
        if min(sure[list(ends)]) > 0.0:
            heights.append(float(np.linalg.norm(px[ends[0]] - px[ends[1]])) / share)
    return max(heights)


def _into_look(middle: NDArray[np.float64], hand_px: float) -> NDArray[np.float64]:
    """(2, 3) from the picture's pixels into those of the square that is looked at."""
    zoom = _LOOK_PX / (_LOOK_HANDS * hand_px)
    return np.column_stack([zoom * np.eye(2), _LOOK_PX / 2.0 - zoom * middle])


def _metres(seen: Any) -> NDArray[np.float32]:
    return np.array([(p.x, p.y, p.z) for p in seen.hand_world_landmarks[0]], np.float32)
