"""Frames of a film beside rendered frames of avatars, ready to be encoded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from .draw import Image, draw_bones, fit, on_paper, write_label
from .sources import Poses, read_frames, read_poses
from .write import write_image

LABEL_SIZE: Final = 0.5


def compose_frames(
    result: Path,
    video: Path | None,
    rendered: Sequence[Path],
    frames: Sequence[int],
    output: Path,
    labels: Sequence[tuple[str, int, int]] = (),
    first_frame: int = 0,
) -> None:
    """Write `output`/000000.png and on: the film with its 2D skeleton on the left, the rendered frame on the right.

    Both get the height of the rendered frames; sizes are made even, as H.264 wants them.

    Args:
        result: the result .npz.
        video: the film, or None for the rendered frames beside the bare skeleton.
        rendered: the rendered frames, one a moment.
        frames: rising frame numbers of the result, one a moment.
        output: an existing folder.
        labels: (text, x, y) pixels in the rendered frames.
        first_frame: the video's frame number of the result's frame 0.

    Raises:
        InferenceError: a file cannot be read or written.
        ValueError: the numbers of rendered frames and frames differ.
    """
    if len(rendered) != len(frames):
        raise ValueError(f"{len(rendered)} rendered frames do not fit {len(frames)} frames")
    poses = read_poses(result)
    for index, (image, scale) in enumerate(read_frames(video, frames, first_frame)):
        right = np.asarray(cv2.imread(str(rendered[index])), np.uint8)
        for text, x, y in labels:
            write_label(right, text, x, y, LABEL_SIZE)
        left = _film_side(poses, frames[index], image, scale, right.shape[0])
        both = np.concatenate([left, right], axis=1)
        write_image(output / f"{index:06d}.png", both[: both.shape[0] // 2 * 2, : both.shape[1] // 2 * 2])


def _film_side(poses: Poses, frame: int, image: Image | None, scale: float, height: int) -> Image:
    source = poses.image_size_px
    if image is None:
        image, scale = np.full((int(source[1]), int(source[0]), 3), 230, np.uint8), 1.0
    # A film wider than 4:3 is made smaller, so that the characters keep the larger part of the picture.
    width = min(round(height * 4 / 3), round(height * image.shape[1] / image.shape[0]))
    side, factor = fit(image, width, height)
    side = side.copy()
    draw_bones(side, poses.joints_px[frame] * (scale * factor), poses.confidence[frame], thickness=2)
    write_label(side, f"{poses.seconds(frame):.2f} s")
    return on_paper(side, width, height)
