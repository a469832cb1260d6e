"""Write a picture whole or not at all."""

from __future__ import annotations

from pathlib import Path

import cv2

from ..errors import InferenceError
from .draw import Image


def write_image(path: Path, image: Image) -> None:
    """Encode `image` (H,W,3) BGR by the ending of `path` and put it in place.

    Raises:
        InferenceError: the ending is no picture's, or the file cannot be written.
    """
    try:
        ok, data = cv2.imencode(path.suffix, image)
    except cv2.error:
        ok = False
    if not ok:
        raise InferenceError("bad-picture", f"{path.name} has no ending of a picture.", "Use .png or .jpg.")
    aside = path.with_name(f".{path.name}.tmp")
    try:
        # Written through Python: OpenCV's own writer refuses names outside the code page on Windows.
        aside.write_bytes(data.tobytes())
        aside.replace(path)
    except OSError as error:
        raise InferenceError("unwritable", f"{path} cannot be written: {error.strerror}.", "Choose another.") from error
