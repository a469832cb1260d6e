"""Fingers of a film whose pose is known already."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from ..cancel import Cancellation
from ..channel import Channel
from ..keypoint_track import KeypointTrack
from ..video import FrameReader, VideoInfo
from .detector import Keypoints, WatchesHands


def watch_hands(
    info: VideoInfo, track: KeypointTrack, hands: WatchesHands, channel: Channel, cancellation: Cancellation
) -> KeypointTrack:
    """The track with the fingers that the film shows, as far as it reaches.

    Args:
        info: the film that the keypoints belong to.
        track: of T frames of it, from `track.first_frame` on.
        hands: who looks.
        channel: is told how far it is.
        cancellation: ends it.

    Raises:
        Cancelled: the job was asked to stop; noticed within one frame.
        VideoError: the file turned out to be unreadable.
    """
    began, done = time.monotonic(), 0
    with FrameReader(info, track.first_frame, track.first_frame + len(track)) as reader:
        for frame in reader:
            cancellation.check()
            if frame is None:
                channel.progress("detect", done, len(track), 0.0)
                continue
            found = track.confidence[done] > 0.0
            pose = Keypoints(track.px[done] * np.float32(frame.scale), track.confidence[done])
            hands.show(done, frame, pose if found.any() else None)
            done += 1
            channel.progress("detect", done, len(track), done / (time.monotonic() - began))
        cancellation.check()
    return replace(track, hands=hands.track(len(track)))
