"""Runs a detector over a video's frames, decoding beside it."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..camera.path import CameraPath
from ..camera.watch import CameraWatch
from ..cancel import Cancellation
from ..channel import Channel
from ..errors import RequestError
from ..keypoint_track import KeypointTrack
from ..layouts import load_layout
from ..lift.normalise import default_focal_px
from ..video import Frame, FrameReader, VideoInfo, nominal_fps
from .beside import Beside
from .detector import Detector, Keypoints

Watcher = Callable[[int, Frame, Keypoints | None], None]
"""Is shown each frame, its index in the result and what was found in it."""


class _Rows:
    """Grows frame by frame; an hour at 30 fps is some 85 MB."""

    def __init__(self, points: int) -> None:
        self._empty = Keypoints(np.full((points, 2), np.nan, np.float32), np.zeros(points, np.float32))
        self._no_world = np.full((points, 3), np.nan, np.float32)
        self.px: list[NDArray[np.float32]] = []
        self.confidence: list[NDArray[np.float32]] = []
        self.world: list[NDArray[np.float32]] = []
        self.times_s: list[float] = []

    def add(self, found: Keypoints | None, scale: float, time_s: float) -> None:
        found = found or self._empty
        self.px.append((found.px / np.float32(scale)).astype(np.float32))
        self.confidence.append(found.confidence)
        self.world.append(self._no_world if found.world is None else found.world)
        self.times_s.append(time_s)

    def track(self, layout: str, info: VideoInfo, first_frame: int, camera: CameraPath) -> KeypointTrack:
        times_s = np.array(self.times_s) - self.times_s[0]
        return KeypointTrack(
            layout=layout,
            px=np.stack(self.px),
            confidence=np.stack(self.confidence),
            world=np.stack(self.world),
            times_s=times_s,
            fps=nominal_fps(times_s, info.fps),
            image_size_px=info.size_px,
            first_frame=first_frame,
            camera=camera,
        )


def detect_video(
    info: VideoInfo,
    detector: Detector,
    channel: Channel,
    cancellation: Cancellation,
    start: int = 0,
    end: int | None = None,
    watch: Watcher | None = None,
) -> KeypointTrack:
    """Keypoints of the person in each frame of `start` .. `end`, or up to where the job was asked to keep what it has.

    Raises:
        Cancelled: the job was asked to stop; noticed within one frame.
        RequestError: the range begins behind the last frame.
        VideoError: the file turned out to be unreadable.
    """
    rows = _Rows(len(load_layout(detector.layout).points))
    total = _expected_frames(info, start, end)
    began = time.monotonic()
    camera = CameraWatch(default_focal_px(np.asarray(info.size_px, np.float64)), info.size_px)
    with FrameReader(info, start, end) as reader, Beside() as beside:
        for frame in reader:
            cancellation.check()
            done = len(rows.times_s)
            if cancellation.takes_keep() and _can_stop(info, rows, channel, total):
                break
            if frame is None:
                if done:
                    channel.progress("detect", done, total, done / (time.monotonic() - began))
                else:  # frames before the range are being skipped
                    channel.progress("decode", reader.frames_decoded, start, 0.0)
                continue
            found = detector.detect(frame.image, frame.time_s)
            rows.add(found, frame.scale, frame.time_s)
            beside.do(camera.show, frame, found)
            if watch is not None:
                watch(done, frame, found)
            channel.progress("detect", done + 1, max(total, done + 1), (done + 1) / (time.monotonic() - began))
        cancellation.check()
    if not rows.times_s:
        raise RequestError(
            f"{info.path.name} has {reader.frames_decoded} frames, so none from frame {start} on.",
            "Choose an earlier first frame.",
        )
    if reader.truncated:
        channel.warn(
            "video-truncated",
            f"{info.path.name} ends after {reader.frames_decoded} frames although its length promises about "
            f"{info.frame_count}: the frames that are there were used.",
        )
    return rows.track(detector.layout, info, start, camera.path())


def _can_stop(info: VideoInfo, rows: _Rows, channel: Channel, total: int) -> bool:
    """Whether there is something to keep; says what becomes of the wish."""
    if not any(row.any() for row in rows.confidence):
        channel.warn("nothing-to-keep", f"Nobody was found in {info.path.name} yet: there is nothing to keep so far.")
        return False
    frames = f"{len(rows.times_s)} of {total} frames" if total else f"{len(rows.times_s)} frames"
    channel.warn("stopped-early", f"The first {frames} of {info.path.name} were used, as asked.")
    return True


def _expected_frames(info: VideoInfo, start: int, end: int | None) -> int:
    last = end if info.frame_count == 0 else min(info.frame_count, end or info.frame_count)
    return max((last or 0) - start, 0)
