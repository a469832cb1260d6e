"""Runs a detector over a video's frames, decoding beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ..camera.watch import CameraWatch
from ..cancel import Cancellation
from ..channel import Channel
from ..errors import RequestError, VideoError
from ..keypoint_track import KeypointTrack
from ..layouts import load_layout
from ..lift.normalise import default_focal_px
from ..video import Frame, FrameReader, Image, VideoInfo
from .beside import Beside
from .detector import Detector, Keypoints, WatchesHands
from .rows import Rows

Watcher = Callable[[int, Frame, Keypoints | None], None]
"""Is shown each frame, its index in the result and what was found in it."""
_GRID: Final = 8


class _Looker:
    """Shows the detector those frames that it is to look at.

    Attributes:
        frozen: whether all frames so far show the same, as far as some of their pixels tell.
    """

    def __init__(self, detector: Detector, rows: Rows, watch: Sequence[Watcher], look_every: int) -> None:
        self._detector, self._rows, self._watch, self._every = detector, rows, watch, look_every
        self._passed: Frame | None = None
        self._found: Keypoints | None = None
        self._first: Image | None = None
        self.frozen = True

    def take(self, frame: Frame) -> Keypoints | None:
        """Look at the next frame, or pass it by; what was found when it was last looked."""
        sample = frame.image[::_GRID, ::_GRID]
        if self._first is None:
            self._first = sample.copy()
        self.frozen = self.frozen and np.array_equal(self._first, sample)
        if len(self._rows.times_s) % self._every:
            self._passed = frame
            self._rows.add(None, frame.scale, frame.time_s, looked=False)
        else:
            self._look(frame)
        return self._found

    def finish(self) -> None:
        """Look at the last frame too, so that every other one lies between two looks."""
        if self._passed is not None:
            self._rows.drop_last()
            self._look(self._passed)

    def _look(self, frame: Frame) -> None:
        self._passed = None
        self._found = self._detector.detect(frame.image, frame.time_s)
        self._rows.add(self._found, frame.scale, frame.time_s)
        for watch in self._watch:
            watch(len(self._rows.times_s) - 1, frame, self._found)


def detect_video(
    info: VideoInfo,
    detector: Detector,
    channel: Channel,
    cancellation: Cancellation,
    start: int = 0,
    end: int | None = None,
    watch: Watcher | None = None,
    look_every: int = 1,
    hands: WatchesHands | None = None,
) -> KeypointTrack:
    """Keypoints of the person in each frame of `start` .. `end`, or up to where the job was asked to keep what it has.

    The detector looks at one frame of `look_every` and at the last one; those between are filled in. `hands` looks at
    the same frames; of the fingers in those between nothing is known.

    Raises:
        Cancelled: the job was asked to stop; noticed within one frame.
        RequestError: the range begins behind the last frame.
        VideoError: the file turned out to be unreadable.
    """
    rows = Rows(len(load_layout(detector.layout).points))
    watchers = [watch] if watch is not None else []
    watchers += [hands.show] if hands is not None else []
    looker = _Looker(detector, rows, watchers, look_every)
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
            beside.do(camera.show, frame, looker.take(frame))
            channel.progress("detect", done + 1, max(total, done + 1), (done + 1) / (time.monotonic() - began))
        cancellation.check()
    looker.finish()
    _check_whole(info, reader, rows, start, channel)
    if looker.frozen and not any(row.any() for row in rows.confidence):
        # OpenCV gives out one unwritten picture over and over, and no error, where the true ones are interlaced.
        raise VideoError(
            "video-frozen",
            f"Nobody is seen in {info.path.name}, all of whose frames are alike: it shows nothing, or is interlaced.",
            "Make an interlaced film progressive first, for example with: ffmpeg -i IN -vf yadif OUT.mp4",
        )
    track = replace(rows.track(detector.layout, info, start, camera.path()), edges=camera.edges())
    return track if hands is None else replace(track, hands=hands.track(len(track)))


def _check_whole(info: VideoInfo, reader: FrameReader, rows: Rows, start: int, channel: Channel) -> None:
    """Refuse a range without frames, and warn of a film that ends early."""
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


def _can_stop(info: VideoInfo, rows: Rows, channel: Channel, total: int) -> bool:
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
