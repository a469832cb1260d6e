"""A clip's 2D keypoints, wherever they came from: detected here, or read from a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .camera.edges import Edges, no_edges, part_of
from .camera.path import CameraPath, still_camera
from .errors import KeypointsError
from .hand_track import HandTrack

_SHORTEST_STEP_S: Final = 1e-4
"""No camera is faster; from here on the smoothing over time loses its precision."""


@dataclass(frozen=True, slots=True)
class KeypointTrack:
    """One person over T frames, K points in a named layout.

    Attributes:
        layout: name of a layout in `inference/layouts/`.
        px: (T, K, 2) float32 pixels of the upright original image; NaN where not found.
        confidence: (T, K) float32, 0..1; 0 where not found.
        world: (T, K, 3) float32 metres, camera axes, the detector's own 3D; NaN where it has none.
        times_s: (T,) float64, strictly increasing, 0 at the first frame.
        fps: nominal rate.
        image_size_px: width, height.
        first_frame: number in the film of the first frame.
        camera: how the camera turned; None = it stands still.
        hands: the fingers; None = they were not looked at.
        edges: (N, 5) straight edges of the background, `camera.edges`.

    Raises:
        KeypointsError: a shape or a value is not as it must be; names the frame.
    """

    layout: str
    px: NDArray[np.float32]
    confidence: NDArray[np.float32]
    world: NDArray[np.float32]
    times_s: NDArray[np.float64]
    fps: float
    image_size_px: tuple[int, int]
    first_frame: int = 0
    camera: CameraPath | None = None
    hands: HandTrack | None = None
    edges: Edges = field(default_factory=no_edges)

    def __post_init__(self) -> None:
        frames, points = self.confidence.shape
        shapes = (self.px.shape, self.world.shape, self.times_s.shape)
        if shapes != ((frames, points, 2), (frames, points, 3), (frames,)):
            raise KeypointsError("bad-keypoints", f"Keypoint arrays of {frames} frames do not fit together: {shapes}.")
        if self.camera is not None and len(self.camera.turns) != frames:
            raise KeypointsError("bad-keypoints", f"The camera has {len(self.camera.turns)} frames, expected {frames}.")
        if self.hands is not None and len(self.hands) != frames:
            raise KeypointsError("bad-keypoints", f"The hands have {len(self.hands)} frames, expected {frames}.")
        if self.edges.shape[1:] != (5,) or not _are_within(self.edges, frames):
            raise KeypointsError("bad-keypoints", f"The edges {self.edges.shape} are no (N, 5) of {frames} frames.")
        if not (np.isfinite(self.fps) and self.fps > 0.0 and min(self.image_size_px) > 0):
            raise KeypointsError(
                "bad-keypoints",
                f"The frame rate {self.fps:g} and the picture's size {self.image_size_px} must be above zero.",
            )
        late = np.flatnonzero(~(np.diff(self.times_s, prepend=-np.inf) > 0.0) | ~np.isfinite(self.times_s))
        if len(late):
            raise KeypointsError("bad-keypoints", f"Frame times must increase, but that of frame {late[0]} does not.")
        if len(self) > 1 and (step_s := float(np.median(np.diff(self.times_s)))) < _SHORTEST_STEP_S:
            raise KeypointsError(
                "bad-keypoints", f"Frames are {step_s:g} s apart by their times.", "Give frame times in seconds."
            )

    def __len__(self) -> int:
        return len(self.times_s)

    def cut(self, start: int, end: int | None) -> KeypointTrack:
        """The half-open range of frames, with times from its own first frame."""
        part = slice(start, end)
        times = self.times_s[part]
        return KeypointTrack(
            self.layout,
            self.px[part],
            self.confidence[part],
            self.world[part],
            times - (times[0] if len(times) else 0.0),
            self.fps,
            self.image_size_px,
            self.first_frame + start,
            None if self.camera is None else self.camera.part(start, end),
            None if self.hands is None else self.hands.cut(start, end),
            part_of(self.edges, *part.indices(len(self))[:2]),
        )

    @property
    def camera_path(self) -> CameraPath:
        """How the camera turned."""
        return self.camera or still_camera(len(self))


def _are_within(edges: Edges, frames: int) -> bool:
    """Whether all are finite and of frames that are there."""
    numbers = edges[:, 0]
    return bool(np.isfinite(edges).all() and (numbers >= 0).all() and (numbers < frames).all())
