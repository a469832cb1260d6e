"""Shows a watcher the present frame: its picture, its keypoints and a rough figure, ten times a second at most."""

from __future__ import annotations

import contextlib
import io
import time
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from ..channel import Channel
from ..detect.detector import Keypoints
from ..layouts import load_layout
from ..video import Frame, Image
from .figure import LiveFigure

PERIOD_S: Final = 0.1
LONGEST_SIDE_PX: Final = 320


def preview_path(output: Path) -> Path:
    """Where the preview of a result lies."""
    return output.with_suffix(".preview.npz")


class Preview:
    """Writes one small file over and over, in place, so that a disk is hardly touched, and tells each time.

    A reader that comes in the middle of a write finds a bad CRC in the archive, and takes the next one.

    Args:
        path: the file; `close` removes it.
        channel: told of each new content.
        layout: name of the layout of the keypoints.
        image_size_px: width and height of the upright original picture.
        period_s: shortest time between two contents.
    """

    def __init__(
        self,
        path: Path,
        channel: Channel,
        layout: str,
        image_size_px: tuple[int, int],
        period_s: float = PERIOD_S,
    ) -> None:
        self._path = path
        self._channel = channel
        self._figure = LiveFigure(load_layout(layout), image_size_px)
        self._size_px = np.array(image_size_px, np.int64)
        self._points = len(load_layout(layout).points)
        self._period_s = period_s
        self._shown_s = -np.inf
        self._broken = False

    def show(self, index: int, frame: Frame, found: Keypoints | None) -> None:
        """Shows a frame, unless the last one was just now.

        Args:
            index: of the frame in the result.
            frame: as decoded.
            found: what was detected in it, pixels of the decoded picture; None = nobody.
        """
        now = time.monotonic()
        if self._broken or now - self._shown_s < self._period_s:
            return
        self._shown_s = now
        try:
            self._write(self._content(index, frame, found))
        except OSError:  # a full disk must not end a job that may still succeed
            self._broken = True
            return
        self._channel.send("preview", path=str(self._path), frame=index)

    def close(self) -> None:
        """Removes the file."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    def _content(self, index: int, frame: Frame, found: Keypoints | None) -> bytes:
        """The archive, its keys as docs/design.md lists them."""
        nothing = np.full((self._points, 3), np.nan, np.float32)
        if found is None:
            found = Keypoints(nothing[:, :2], np.zeros(self._points, np.float32))
        found = Keypoints(found.px / np.float32(frame.scale), found.confidence, found.world)
        joints_px, confidence = self._figure.joints_2d(found)
        world = nothing if found.world is None else found.world
        content = io.BytesIO()
        np.savez(
            content,
            frame=np.int64(index),
            image_size_px=self._size_px,
            picture=_small(frame.image),
            keypoints_px=found.px.astype(np.float32),
            keypoint_confidence=found.confidence.astype(np.float32),
            joints_px=joints_px.astype(np.float32),
            confidence=confidence.astype(np.float32),
            joints_world_m=self._figure.stand(world, joints_px, confidence, frame.time_s),
        )
        return content.getvalue()

    def _write(self, content: bytes) -> None:
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch()
        with self._path.open("r+b") as file:
            file.write(content)
            file.truncate()


def _small(image: Image) -> Image:
    """(h, w, 4) RGBA of at most `LONGEST_SIDE_PX`, the lowest row first, as graphics cards take it."""
    scale = min(1.0, LONGEST_SIDE_PX / max(image.shape[:2]))
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1.0 else image
    return np.ascontiguousarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGBA)[::-1], np.uint8)
