"""How a performer stands in the picture: the camera and the 2D joints of a result file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .arrays import FloatArray, frozen, rising
from .errors import SequenceError
from .sequence import result_arrays
from .skeleton import H36M_17


@dataclass(frozen=True, slots=True)
class Filmed:
    """What a camera saw of one person.

    Attributes:
        joints_m: (T,17,3) joints, metres, Z-up world.
        confidence: (T,17) 0..1; 0 where a frame was filled in.
        joints_px: (T,17,2) the joints in the picture, x right, y down.
        keypoints_px: (T,K,2) as detected; NaN where nobody was found.
        keypoint_confidence: (T,K) 0..1.
        frame_times_s: (T,) rising; the first frame is at 0.
        image_size_px: (2,) width and height.
        focal_px: focal length; the camera looks through the middle of the picture.
        world_from_camera: (4,4) of a camera with x right, y down, z forward, in the first frame.
        contact: (T,2) 0..1, how likely the left and the right foot stand; (0,2) where the file does not say.
        cameras: (T,4,4) the camera in each frame: it turns, and stands elsewhere after a cut; none = it stands still.
        focals_px: (T,) focal length in each frame; none = always the same.

    Raises:
        SequenceError: a shape does not fit, or the camera has no size or focal length.
    """

    joints_m: FloatArray
    confidence: FloatArray
    joints_px: FloatArray
    keypoints_px: FloatArray
    keypoint_confidence: FloatArray
    frame_times_s: FloatArray
    image_size_px: FloatArray
    focal_px: float
    world_from_camera: FloatArray
    contact: FloatArray = field(default_factory=lambda: np.zeros((0, 2)))
    cameras: FloatArray = field(default_factory=lambda: np.zeros((0, 4, 4)))
    focals_px: FloatArray = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        if not np.size(self.cameras):
            object.__setattr__(self, "cameras", np.repeat(self.world_from_camera[None], len(self.joints_m), axis=0))
        if not np.size(self.focals_px):
            object.__setattr__(self, "focals_px", np.full(len(self.joints_m), self.focal_px))
        for name in self.__slots__:
            if name != "focal_px":
                object.__setattr__(self, name, frozen(getattr(self, name)))
        frames, joints = len(self.joints_m), len(H36M_17.joint_names)
        points = self.keypoints_px.shape[1] if self.keypoints_px.ndim == 3 else 0
        shapes = {
            "joints_m": (frames, joints, 3),
            "confidence": (frames, joints),
            "joints_px": (frames, joints, 2),
            "keypoints_px": (frames, points, 2),
            "keypoint_confidence": (frames, points),
            "frame_times_s": (frames,),
            "image_size_px": (2,),
            "world_from_camera": (4, 4),
            "cameras": (frames, 4, 4),
            "focals_px": (frames,),
            "contact": (frames if len(self.contact) else 0, 2),
        }
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise SequenceError(f"{name} must have the shape {shape}, not {getattr(self, name).shape}.")
        if not np.isfinite(self.cameras).all():
            raise SequenceError("The camera has no finite place in every frame; make the result again.")
        if frames == 0 or not rising(self.frame_times_s):
            raise SequenceError("Frame times must rise, and there must be a frame or more.")
        if not (np.all(self.image_size_px > 0) and np.all(np.isfinite(self.focals_px)) and np.all(self.focals_px > 0)):
            raise SequenceError("The size of the picture and the focal length must lie above zero.")

    @property
    def camera_moves(self) -> bool:
        """Whether the camera turns, zooms or, after a cut, stands elsewhere."""
        return bool(np.any(self.cameras != self.cameras[0]) or np.any(self.focals_px != self.focals_px[0]))

    def nearest(self, second: float) -> int:
        """The frame that is shown at a moment, seconds from the first one; the first or last outside of the film."""
        after = int(np.searchsorted(self.frame_times_s, second))
        around = [frame for frame in (after - 1, after) if 0 <= frame < len(self.frame_times_s)]
        return min(around, key=lambda frame: abs(float(self.frame_times_s[frame]) - second))


def load_filmed(path: str | Path) -> Filmed:
    """Read how the performer stands in the picture from a result file (schema 1 in docs/design.md).

    Raises:
        SequenceError: there is no such file, or it is no result with a camera; names the file.
    """
    file = Path(path)
    data = result_arrays(file, _KEYS, ("contact", "camera_path", "camera_focal_px"))
    try:
        return Filmed(
            data["joints_world_m"],
            data["confidence"],
            data["joints_px"],
            data["keypoints_px"],
            data["keypoint_confidence"],
            data["frame_times_s"],
            data["image_size_px"],
            float(data["focal_px"]),
            data["world_from_camera"],
            data.get("contact", np.zeros((0, 2))),
            data.get("camera_path", np.zeros((0, 4, 4))),
            data.get("camera_focal_px", np.zeros(0)),
        )
    except SequenceError as error:
        raise SequenceError(f"Result file '{file}': {error}") from None


_KEYS = (
    "joints_world_m",
    "confidence",
    "joints_px",
    "keypoints_px",
    "keypoint_confidence",
    "frame_times_s",
    "image_size_px",
    "focal_px",
    "world_from_camera",
)
