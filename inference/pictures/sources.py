"""What pictures are made of: a result file, and chosen frames of its video."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import InferenceError
from ..npz import read_arrays
from ..video import FrameReader, probe
from .draw import Image


@dataclass(frozen=True, slots=True)
class Poses:
    """The arrays of a result .npz that pictures need.

    Attributes:
        joints_px: (T, 17, 2) pixels of the original video.
        joints_world_m: (T, 17, 3) world, Z up.
        confidence: (T, 17) 0..1.
        frame_times_s: (T,) rising.
        image_size_px: (2,) width, height.
    """

    joints_px: NDArray[np.float32]
    joints_world_m: NDArray[np.float32]
    confidence: NDArray[np.float32]
    frame_times_s: NDArray[np.float64]
    image_size_px: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of frames."""
        return len(self.frame_times_s)

    def seconds(self, frame: int) -> float:
        """Time of a frame from the first one."""
        return float(self.frame_times_s[frame] - self.frame_times_s[0])


def read_poses(path: Path) -> Poses:
    """Read a result file.

    Raises:
        InferenceError: the file is missing, is no result, or lacks an array.
    """
    try:
        return Poses(**read_arrays(path, Poses.__dataclass_fields__))
    except ValueError as error:
        raise InferenceError(
            "bad-result", f"{path.name} is no result file ({error}).", "Run the video again."
        ) from error


def read_frames(
    video: Path | None, wanted: Sequence[int], first_frame: int = 0
) -> Iterator[tuple[Image | None, float]]:
    """Decode chosen frames of a video, one after the other, at constant memory.

    Args:
        video: the file; None gives no image for every wanted frame.
        wanted: rising frame numbers of the result; one may come several times.
        first_frame: the video's frame number of the result's frame 0.

    Yields:
        (image (H,W,3) BGR or None where the video is shorter, image pixels for one original pixel).
    """
    remaining = list(wanted)
    if video is not None and remaining:
        with FrameReader(probe(video), first_frame, first_frame + remaining[-1] + 1) as reader:
            for frame in reader:
                if frame is None:
                    continue
                while remaining and remaining[0] == frame.index - first_frame:
                    remaining.pop(0)
                    yield frame.image, frame.scale
    for _ in remaining:
        yield None, 1.0
