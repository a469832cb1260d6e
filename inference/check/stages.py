"""Each stage of a job once, on a short film made from a bundled picture of a person."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np

from ..cancel import Cancellation
from ..channel import Channel
from ..clip import Clip3D, Track17, lift_clip, place_clip, track_joints
from ..detect.blazepose import BlazePose
from ..detect.bundle import HANDS, bundle_is_whole, bundle_path
from ..detect.detect_video import detect_video
from ..detect.hands import HandWatch
from ..detect.watch_hands import watch_hands
from ..errors import InferenceError, ModelError
from ..keypoint_track import KeypointTrack
from ..lift.lifter import Lifter
from ..protocol import DEFAULT_LIFTER
from ..result import write_result
from ..video import probe

PERSON: Final = Path(__file__).parent / "person.jpg"
"""A frame of the sample film."""
FRAMES: Final = 6
_FPS: Final = 30.0
_MARGIN_PX: Final = 64
_STEP_PX: Final = 4


def write_film(path: Path) -> None:
    """Writes a film of `FRAMES` frames in which the person of the picture glides to the right.

    Raises:
        InferenceError: OpenCV cannot write films here (`cannot-write`).
    """
    data = np.fromfile(PERSON, np.uint8)  # OpenCV's own reader does not know every file name's encoding
    person = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert person is not None, PERSON
    picture = np.pad(person, ((_MARGIN_PX, _MARGIN_PX), (_MARGIN_PX, _MARGIN_PX), (0, 0)), mode="edge")
    height, width = picture.shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), _FPS, (width, height))
    for index in range(FRAMES):
        shift = np.array([[1.0, 0.0, _STEP_PX * index], [0.0, 1.0, 0.0]])
        writer.write(cv2.warpAffine(picture, shift, (width, height), borderMode=cv2.BORDER_REPLICATE))
    writer.release()
    if not path.is_file():
        raise InferenceError(
            "cannot-write",
            f"The test film {path} cannot be written.",
            "Choose a folder that you may write to, with room on the disk.",
        )


def detect(film: Path, channel: Channel, cancellation: Cancellation) -> tuple[KeypointTrack, Track17]:
    """Decodes the film and finds the person in it.

    Raises:
        InferenceError: it cannot be decoded, or nobody is found (`no-person`).
    """
    detector = BlazePose()
    try:
        track = detect_video(probe(film), detector, channel, cancellation)
    finally:
        detector.close()
    if len(track) != FRAMES:
        raise InferenceError(
            "video-unreadable",
            f"OpenCV read {len(track)} of the test film's {FRAMES} frames.",
            "Run Set Up Runtime again.",
        )
    return track, track_joints(track, "the test film")


def hands(film: Path, track: KeypointTrack, channel: Channel, cancellation: Cancellation) -> str:
    """Looks at the person's fingers, and says in how many frames they were seen, or why they cannot be looked at.

    Raises:
        ModelError: the model of hands is there, but cannot be loaded.
    """
    if not bundle_is_whole(bundle_path(HANDS), HANDS):
        return "Fingers cannot be looked at: this runtime lacks the model of hands, which Set Up Runtime Again makes"
    watch = HandWatch(track.layout)
    try:
        seen = watch_hands(probe(film), track, watch, channel, cancellation).hands
    finally:
        watch.close()
    assert seen is not None
    return f"Fingers were seen in {np.count_nonzero((seen.confidence > 0.0).any(axis=1))} of {len(track)} frames"


def lift(track: KeypointTrack, joints_2d: Track17) -> tuple[Clip3D, str]:
    """3D poses of the track, and on what they were computed and why, in words.

    Raises:
        ModelError: the network gave what is not a pose (`bad-lift`).
    """
    lifter = Lifter(DEFAULT_LIFTER)
    poses = lift_clip(track, joints_2d, lifter)
    if not np.isfinite(poses).all():
        raise ModelError(
            "bad-lift",
            f"The lifter gave no finite pose; {lifter.description}",
            "Update the graphics driver, or run Set Up Runtime again.",
        )
    return place_clip(track, joints_2d, poses, None), lifter.description


def write(path: Path, track: KeypointTrack, joints_2d: Track17, clip: Clip3D) -> None:
    """Writes a result file and reads it back.

    Raises:
        InferenceError: the folder or the disk refused (`cannot-write`).
    """
    write_result(path, track, joints_2d, clip)
    with np.load(path, allow_pickle=False) as result:
        if len(result["joints_world_m"]) != len(track):
            raise InferenceError(
                "cannot-write", f"{path} does not read back as it was written.", "Check the disk it lies on."
            )
