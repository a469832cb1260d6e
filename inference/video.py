"""Frames of a video file or of numbered pictures, upright, with their true times, at constant memory.

OpenCV's FFmpeg backend decodes: it turns frames by the file's rotation tag (`CAP_PROP_ORIENTATION_AUTO`) and gives each
frame's presentation time (`CAP_PROP_POS_MSEC` after a read), so variable rates need no care further on.
"""

from __future__ import annotations

import math
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from .errors import VideoError
from .picture_capture import PictureCapture
from .picture_files import PictureFilesError, are_pictures, find_pictures

Image = NDArray[np.uint8]

LONGEST_SIDE_PX: Final = 1920
"""Larger frames are scaled down to this before detection: the detectors look at 224..320 px anyway."""

SMALLEST_SIDE_PX: Final = 32
_QUEUE_FRAMES: Final = 4
_POLL_S: Final = 0.1
_FALLBACK_FPS: Final = 30.0
_PICTURES_FPS: Final = 24.0
_FPS_RANGE: Final = (1.0, 1000.0)


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What the container says.

    Attributes:
        path: the file.
        size_px: width and height after rotation.
        fps: nominal rate.
        frame_count: an estimate; 0 = unknown.
    """

    path: Path
    size_px: tuple[int, int]
    fps: float
    frame_count: int

    @property
    def duration_s(self) -> float:
        """Length that the container promises; 0 = unknown."""
        return self.frame_count / self.fps


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded frame.

    Attributes:
        index: number in the file, from 0.
        time_s: presentation time from the file's first frame.
        image: (H, W, 3) BGR, scaled down where the original is larger than `LONGEST_SIDE_PX`.
        scale: image pixels for one original pixel, at most 1.
    """

    index: int
    time_s: float
    image: Image
    scale: float


def probe(path: Path, pictures_fps: float | None = None) -> VideoInfo:
    """Opens a video and reads its first frame.

    Args:
        path: a video file; or pictures: a folder, or the first one of a numbered sequence.
        pictures_fps: rate of pictures; None = 24.

    Raises:
        VideoError: there is no such file, or nothing in it can be decoded; the message names the file.
    """
    capture = _open(path, pictures_fps or _PICTURES_FPS)
    try:
        ok, image = capture.read()
        if not ok or image is None:
            raise VideoError(
                "video-no-frames",
                f"{path.name} opens, but not one of its frames can be decoded.",
                "Copy the file again, or convert it to H.264 MP4.",
            )
        height, width = image.shape[:2]
        if min(height, width) < SMALLEST_SIDE_PX:
            raise VideoError(
                "video-too-small",
                f"{path.name} is {width}x{height} pixels, expected at least {SMALLEST_SIDE_PX} on each side.",
                "Use the original video instead of a preview.",
            )
        fps = float(capture.get(cv2.CAP_PROP_FPS))
        if not math.isfinite(fps) or not _FPS_RANGE[0] <= fps <= _FPS_RANGE[1]:
            fps = _FALLBACK_FPS
        count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        return VideoInfo(path, (width, height), fps, int(count) if math.isfinite(count) and count > 0 else 0)
    finally:
        capture.release()


class FrameReader:
    """Decodes in a thread beside the detector, a few frames ahead and no more.

    Use it as a context manager and iterate once. `truncated` is known after the last frame.
    """

    def __init__(self, info: VideoInfo, start: int = 0, end: int | None = None) -> None:
        self._info = info
        self._start = start
        self._end = end
        self._queue: queue.Queue[Frame | Exception | None] = queue.Queue(_QUEUE_FRAMES)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._decode, name="decode", daemon=True)
        self.truncated = False
        self.frames_decoded = 0

    def __enter__(self) -> FrameReader:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        # The decoder may sit in one slow frame: do not let that delay a cancelled job.
        self._thread.join(_POLL_S * 3)

    def __iter__(self) -> Iterator[Frame | None]:
        """Yields frames in order; None every 0.1 s in which none came, so that the caller can look up."""
        while True:
            try:
                item = self._queue.get(timeout=_POLL_S)
            except queue.Empty:
                yield None
                continue
            if item is None:
                return
            if isinstance(item, Exception):
                raise item
            yield item

    def _put(self, item: Frame | Exception | None) -> None:
        while not self._stop.is_set():
            try:
                self._queue.put(item, timeout=_POLL_S)
                return
            except queue.Full:
                continue

    def _decode(self) -> None:
        try:
            capture = _open(self._info.path, self._info.fps)
            try:
                self._read_all(capture)
            finally:
                capture.release()
            self._put(None)
        except Exception as error:  # handed to the consuming thread, which raises it
            self._put(error)

    def _read_all(self, capture: cv2.VideoCapture | PictureCapture) -> None:
        period_s = 1.0 / self._info.fps
        time_s = first_s = -math.inf
        index = 0
        while not self._stop.is_set() and (self._end is None or index < self._end):
            if not capture.grab():
                self._check_complete(time_s - first_s if index else 0.0, period_s)
                return
            shown_s = float(capture.get(cv2.CAP_PROP_POS_MSEC)) / 1000.0
            if index == 0:
                first_s = time_s = shown_s if math.isfinite(shown_s) else 0.0
            else:
                # A file without usable times says 0 or repeats itself: count on at the nominal rate.
                time_s = shown_s if math.isfinite(shown_s) and shown_s > time_s else time_s + period_s
            if index >= self._start:
                ok, image = capture.retrieve()
                if ok:
                    self._put(_scaled(index, time_s - first_s, np.asarray(image, np.uint8)))
            index += 1
            self.frames_decoded = index

    def _check_complete(self, last_s: float, period_s: float) -> None:
        # Durations and not frame counts: a count is a guess in containers that do not store it.
        promised_s = self._info.duration_s
        self.truncated = promised_s > 0.0 and last_s + 2.0 * period_s < 0.95 * promised_s - 0.2


def nominal_fps(times_s: NDArray[np.float64], container_fps: float) -> float:
    """The container's rate where the true times agree with it, else the median of the times' own.

    Args:
        times_s: (T,) increasing.
        container_fps: as in `VideoInfo.fps`.
    """
    if len(times_s) < 3:
        return container_fps
    measured = 1.0 / float(np.median(np.diff(times_s)))
    return container_fps if abs(measured / container_fps - 1.0) < 0.05 else round(measured, 3)


def _open(path: Path, pictures_fps: float) -> cv2.VideoCapture | PictureCapture:
    if are_pictures(path):
        try:
            return PictureCapture(find_pictures(path), pictures_fps)
        except PictureFilesError as error:
            raise VideoError(error.code, error.message, error.hint) from error
    if not path.is_file():
        raise VideoError("video-missing", f"There is no file {path}.", "Check the path.")
    if path.stat().st_size == 0:
        raise VideoError("video-empty", f"{path.name} is empty (0 bytes).", "Copy or download it again.")
    # An absolute path cannot be mistaken for a URL or an option.
    capture = cv2.VideoCapture(str(path.resolve()), cv2.CAP_FFMPEG)
    if not capture.isOpened():
        raise VideoError(
            "video-unreadable",
            f"{path.name} holds no video that can be decoded: it may be cut off, sound only, or not a video at all.",
            "Play it in another program; if it plays, convert it to H.264 MP4.",
        )
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    return capture


def _scaled(index: int, time_s: float, image: Image) -> Frame:
    scale = min(1.0, LONGEST_SIDE_PX / max(image.shape[:2]))
    if scale < 1.0:
        image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    return Frame(index, time_s, image, scale)
