"""Makes the videos that tests need: plain ones with OpenCV, odd ones with ffmpeg where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

SIZE = (160, 96)  # width, height


def bar_position(frame: int) -> int:
    """Left edge in pixels of the white bar in a frame: each frame can be told from its neighbours."""
    return 8 + 4 * (frame % 32)


def write_plain(path: Path, frames: int = 40, fps: float = 20.0, size: tuple[int, int] = SIZE) -> Path:
    """A video without people: a white bar walks to the right under a white line at the top. Written by OpenCV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # OpenCV's writer does not take every path; the file is moved where it belongs.
    aside = path.with_name("plain-aside.mp4")
    writer = cv2.VideoWriter(str(aside), cv2.VideoWriter.fourcc(*"mp4v"), fps, size)
    assert writer.isOpened()
    for frame in range(frames):
        image = np.zeros((size[1], size[0], 3), np.uint8)
        image[:10] = 255
        left = bar_position(frame) * size[0] // SIZE[0]
        image[size[1] // 3 :, left : left + 6] = 255
        writer.write(image)
    writer.release()
    return aside.replace(path)


def ffmpeg(*arguments: str | Path) -> None:
    """Runs ffmpeg, or skips the test where there is none."""
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("ffmpeg is not installed")
    command = [program, "-v", "error", "-y", *(str(argument) for argument in arguments)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def write_rotated(source: Path, target: Path, degrees: int) -> Path:
    """A copy with a rotation tag, which ffmpeg 6 and older set in another way than newer ones."""
    try:
        ffmpeg("-display_rotation", str(degrees), "-i", source, "-c", "copy", target)
    except subprocess.CalledProcessError:
        ffmpeg("-i", source, "-c", "copy", "-metadata:s:v", f"rotate={-degrees % 360}", target)
    return target
