"""How a film wants to be turned before it is shown: the rotation tag of .mp4 and .mov files. No bpy here."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_INSIDE = (b"moov", b"trak")
_MATRIX_BEFORE_END = 44
"""A track header ends with nine fixed-point numbers of a matrix, then width and height."""


def quarter_turns(video: Path) -> int:
    """Clockwise quarter turns, 0 to 3, that bring a film upright; 0 where the file says nothing."""
    try:
        with video.open("rb") as stream:
            for header in _track_headers(stream, video.stat().st_size):
                a, b = struct.unpack(">ii", header[-_MATRIX_BEFORE_END : -_MATRIX_BEFORE_END + 8])
                width, height = struct.unpack(">II", header[-8:])
                if width and height:  # sound has no size
                    return {(1, 0): 0, (0, 1): 1, (-1, 0): 2, (0, -1): 3}.get((_sign(a), _sign(b)), 0)
    except (OSError, struct.error):
        pass
    return 0


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _track_headers(stream: BinaryIO, end: int) -> Iterator[bytes]:
    """The bodies of all `tkhd` boxes up to a place in the file."""
    while stream.tell() + 8 <= end:
        start = stream.tell()
        size, kind = struct.unpack(">I4s", stream.read(8))
        if size == 1:
            (size,) = struct.unpack(">Q", stream.read(8))
        if size == 0:
            size = end - start
        if size < 8:
            return
        if kind == b"tkhd":
            yield stream.read(start + size - stream.tell())
        elif kind in _INSIDE:
            yield from _track_headers(stream, min(start + size, end))
        stream.seek(start + size)
