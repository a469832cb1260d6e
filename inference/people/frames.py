"""Frames of a film from one on: a single one, and every so many of them forwards or backwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import cv2
import numpy as np

from ..cancel import Cancellation
from ..errors import RequestError
from ..video import Frame, FrameReader, VideoInfo

_CHUNK_FRAMES: Final = 1800
"""Films are read forwards only: so many frames are read again for a walk backwards, and kept small meanwhile."""
_JPEG_QUALITY: Final = 92

Reading = Callable[[int], None]
"""Told the number of the frame that was reached."""


def read_frame(info: VideoInfo, frame: int, cancellation: Cancellation, reading: Reading) -> Frame:
    """One frame of a film by its number, from 0.

    Raises:
        RequestError: the film has no such frame; says how many it has.
    """
    with FrameReader(info, frame, frame + 1) as reader:
        for shown in reader:
            cancellation.check()
            if shown is not None:
                return shown
            reading(reader.frames_decoded)
    raise RequestError(
        f"{info.path.name} has {reader.frames_decoded} frames, so no frame {frame}.", "Frames count from 0."
    )


def forwards(
    info: VideoInfo, first: int, end: int | None, stride: int, cancellation: Cancellation, reading: Reading
) -> Iterator[Frame]:
    """Frames first, first + stride and so on, before `end`."""
    with FrameReader(info, first, end) as reader:
        for frame in reader:
            cancellation.check()
            if frame is None:
                reading(reader.frames_decoded)
            elif (frame.index - first) % stride == 0:
                reading(frame.index)
                yield frame


def backwards(
    info: VideoInfo, last: int, start: int, stride: int, cancellation: Cancellation, reading: Reading
) -> Iterator[Frame]:
    """Frames last, last - stride and so on, down to `start`."""
    chunk = max(_CHUNK_FRAMES // stride, 1) * stride
    while last >= start:
        first = max(last - chunk + stride, last - (last - start) // stride * stride)
        kept = [
            (frame.index, frame.time_s, frame.scale, _packed(frame))
            for frame in forwards(info, first, last + 1, stride, cancellation, reading)
        ]
        for index, time_s, scale, data in reversed(kept):
            cancellation.check()
            image = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
            yield Frame(index, time_s, image, scale)
        last = first - stride


def _packed(frame: Frame) -> cv2.typing.MatLike:
    ok, data = cv2.imencode(".jpg", frame.image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    assert ok  # a picture of eight bits and three channels always encodes
    return data
