"""Numbered pictures read as a film is: the part of `cv2.VideoCapture` that this program uses."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from .errors import VideoError
from .picture_files import PictureFiles


class PictureCapture:
    """Pictures one after the other, at an even rate.

    Args:
        files: which pictures.
        fps: their rate.
    """

    def __init__(self, files: PictureFiles, fps: float) -> None:
        self._paths, self._fps = files.paths, fps
        self._at = -1
        self._size: tuple[int, int] | None = None

    def grab(self) -> bool:
        """Go on to the next picture, without reading it; False behind the last."""
        self._at += 1
        return self._at < len(self._paths)

    def retrieve(self) -> tuple[bool, NDArray[np.uint8]]:
        """The picture that was grabbed: True and (H, W, 3) BGR, turned as its tag says.

        Raises:
            VideoError: it cannot be read, or is not as large as the first one; names it.
        """
        path = self._paths[self._at]
        image = _read(path)
        size = image.shape[1], image.shape[0]
        if self._size is None:
            first = image if self._at == 0 else _read(self._paths[0])
            self._size = first.shape[1], first.shape[0]
        if size != self._size:
            raise VideoError(
                "picture-size",
                f"{path.name} is {size[0]}x{size[1]} pixels, but {self._paths[0].name} is "
                f"{self._size[0]}x{self._size[1]}.",
                "Give all pictures of the sequence one size.",
            )
        return True, image

    def read(self) -> tuple[bool, NDArray[np.uint8] | None]:
        """The next picture."""
        return self.retrieve() if self.grab() else (False, None)

    def get(self, what: int) -> float:
        """Rate, number of pictures, or time of the one that was grabbed in milliseconds; 0 for all else."""
        known = {
            cv2.CAP_PROP_FPS: self._fps,
            cv2.CAP_PROP_FRAME_COUNT: float(len(self._paths)),
            cv2.CAP_PROP_POS_MSEC: 1000.0 * self._at / self._fps,
        }
        return known.get(what, 0.0)

    def release(self) -> None:
        """Nothing is held."""


def _read(path: Path) -> NDArray[np.uint8]:
    try:
        # not imread, which on Windows cannot open every name
        image = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error) as error:
        raise VideoError("picture-unreadable", f"{path.name} cannot be read: {error}.", "Write it again.") from error
    if image is None:
        raise VideoError("picture-unreadable", f"{path.name} is no picture that can be decoded.", "Write it again.")
    return np.asarray(image, np.uint8)
