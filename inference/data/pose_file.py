"""The project's own file for poses of a dataset, each clip as one camera saw it: what `evaluate` can be run on.

An .npz of arrays without pickles. S frames of all clips one behind the other, C clips:

| key | shape | meaning |
|---|---|---|
| `joints_m` | (S, 17, 3) float32 | camera axes (x right, y down, z forward), metres; NaN where not known |
| `keypoints_px` | (S, 17, 2) float32 | the 17 joints in 2D that came with the data, NaN where there are none |
| `confidence` | (S, 17) float32 | of these, 0 where there are none |
| `offsets` | (C + 1,) int64 | first frame of each clip, and S |
| `names`, `subjects`, `actions`, `cameras` | (C,) str | what it is |
| `fps` | (C,) float64 | frame rate |
| `focal_px`, `centre_px`, `image_size_px` | (C, 2) float64 | the camera; NaN where unknown |
| `dataset`, `split` | () str | where it comes from |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InferenceError
from ..files import write_whole
from ..joints import COUNT
from ..npz import read_arrays

_CLIP_KEYS: Final = ("names", "subjects", "actions", "cameras", "fps", "focal_px", "centre_px", "image_size_px")
_FRAME_KEYS: Final = ("joints_m", "keypoints_px", "confidence")
UNKNOWN: Final = (float("nan"), float("nan"))


@dataclass(frozen=True, slots=True)
class PoseClip:
    """One clip as one camera saw it; see the table above.

    Attributes:
        joints_m: (T, 17, 3).
        keypoints_px: (T, 17, 2), or None.
        confidence: (T, 17), or None for 1 wherever there is a keypoint.
    """

    subject: str
    action: str
    camera: str
    fps: float
    joints_m: NDArray[np.float32]
    keypoints_px: NDArray[np.float32] | None = None
    confidence: NDArray[np.float32] | None = None
    focal_px: tuple[float, float] = UNKNOWN
    centre_px: tuple[float, float] = UNKNOWN
    image_size_px: tuple[float, float] = UNKNOWN

    @property
    def name(self) -> str:
        """Subject, action and camera."""
        return f"{self.subject}/{self.action}/{self.camera}"

    def __post_init__(self) -> None:
        frames = len(self.joints_m)
        if self.joints_m.shape != (frames, COUNT, 3) or frames == 0:
            raise InferenceError("bad-clip", f"{self.name} has joints of shape {self.joints_m.shape}.", "")
        if self.keypoints_px is not None and self.keypoints_px.shape != (frames, COUNT, 2):
            raise InferenceError(
                "bad-clip",
                f"{self.name} has {frames} frames in 3D, but keypoints of shape {self.keypoints_px.shape}.",
                "Take 2D and 3D files that belong together.",
            )

    def seen(self) -> NDArray[np.float32]:
        """(T, 17) confidence, 0 where there is no keypoint."""
        if self.keypoints_px is None:
            return np.zeros(self.joints_m.shape[:2], np.float32)
        known = np.isfinite(self.keypoints_px).all(axis=-1)
        return np.asarray(known if self.confidence is None else known * self.confidence, np.float32)


def write_poses(path: Path, clips: Sequence[PoseClip], dataset: str, split: str) -> None:
    """Writes the clips as one file.

    Raises:
        InferenceError: there are none.
    """
    if not clips:
        raise InferenceError("no-clips", f"There is nothing to write into {path.name}.", "Choose other subjects.")
    missing = [np.full((*clip.joints_m.shape[:2], 2), np.nan, np.float32) for clip in clips]
    points = [gap if clip.keypoints_px is None else clip.keypoints_px for clip, gap in zip(clips, missing, strict=True)]
    arrays = {
        "joints_m": np.concatenate([clip.joints_m for clip in clips]).astype(np.float32),
        "keypoints_px": np.concatenate(points).astype(np.float32),
        "confidence": np.concatenate([clip.seen() for clip in clips]),
        "offsets": np.cumsum([0, *(len(clip.joints_m) for clip in clips)]),
        "names": np.array([clip.name for clip in clips]),
        "subjects": np.array([clip.subject for clip in clips]),
        "actions": np.array([clip.action for clip in clips]),
        "cameras": np.array([clip.camera for clip in clips]),
        "fps": np.array([clip.fps for clip in clips], np.float64),
        "focal_px": np.array([clip.focal_px for clip in clips], np.float64),
        "centre_px": np.array([clip.centre_px for clip in clips], np.float64),
        "image_size_px": np.array([clip.image_size_px for clip in clips], np.float64),
        "dataset": np.array(dataset),
        "split": np.array(split),
    }
    write_whole(path, lambda stream: np.savez_compressed(stream, **arrays))  # type: ignore[arg-type]


def read_poses(path: Path) -> list[PoseClip]:
    """The clips of a file that `write_poses` wrote; clips without keypoints have None.

    Raises:
        InferenceError: it is missing, or of another form.
    """
    if not path.is_file():
        raise InferenceError("no-data", f"There is no {path.name} in {path.parent}.", "Convert the dataset first.")
    try:
        arrays = read_arrays(path, ("offsets", *_CLIP_KEYS, *_FRAME_KEYS))
    except ValueError as error:
        raise InferenceError("bad-data", f"{path.name} is no file of poses: {error}.", "Convert it again.") from error
    clips = []
    for number, (start, end) in enumerate(zip(arrays["offsets"][:-1], arrays["offsets"][1:], strict=True)):
        points, sure = arrays["keypoints_px"][start:end], arrays["confidence"][start:end]
        known = bool(np.isfinite(points).any())
        clips.append(
            PoseClip(
                subject=str(arrays["subjects"][number]), action=str(arrays["actions"][number]),
                camera=str(arrays["cameras"][number]), fps=float(arrays["fps"][number]),
                joints_m=arrays["joints_m"][start:end], keypoints_px=points if known else None,
                confidence=sure if known else None, focal_px=_pair(arrays["focal_px"][number]),
                centre_px=_pair(arrays["centre_px"][number]), image_size_px=_pair(arrays["image_size_px"][number]),
            )
        )  # fmt: skip
    return clips


def _pair(values: NDArray[np.float64]) -> tuple[float, float]:
    return float(values[0]), float(values[1])
