"""Pose sequences: joints over time, and the reader of the result file that holds them."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from .arrays import FloatArray, frozen, rising
from .errors import SequenceError
from .fingers.angles import ANGLES, HAND_POINTS, hand_size, seen_angles
from .fingers.bones import FINGERS
from .points import Detection3D, read_points, with_sides
from .roles import SIDES
from .skeleton import H36M_17, POINTS, Skeleton

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class PoseSequence:
    """Joints of one person over time.

    Attributes:
        skeleton: names and tree of the joints.
        joints: (T,J,3) positions, metres, world space: right-handed, Z up, floor at z = 0.
        confidence: (T,J) 0..1; 0 where a frame was filled in.
        fps: nominal frames per second.
        frame_times_s: (T,) true time of each frame from the start of the clip, increasing.
        points: (T,3) further points by their names in `skeleton.POINTS`, metres, world space; NaN where unknown. They
            turn hands and feet; wrists and ankles stay where the joints say.
        exact: True for joints and points made from a rig: trunk and soles are straight and level whenever the rig's
            are, so every slant is meant. False for those seen in a film, whose usual slants are build or error.
        contacts: "left" or "right" -> (T,) where a person said that this foot stands (1) or does not (0); NaN where
            nobody said anything, and the motion itself must tell.
        fingers: "left" or "right" -> (T,5,4) angles of the joints of thumb, index, middle, ring and little finger,
            radians, as in `rigs.fingers.angles`; NaN where unknown.
        stance: "left" or "right" -> (T,) 0..1, how likely this foot stands; only of feet of which that is known.
        soles: "left" or "right" -> (T,2) the same of its heel and its toe.
        cuts: frames, rising, that begin another shot of the film: the motion may jump there.

    Raises:
        SequenceError: a shape is wrong or a value is not finite; names the frame and the joint.
    """

    skeleton: Skeleton
    joints: FloatArray
    confidence: FloatArray
    fps: float
    frame_times_s: FloatArray
    points: Mapping[str, FloatArray] = field(default_factory=dict)
    exact: bool = False
    contacts: Mapping[str, FloatArray] = field(default_factory=dict)
    stance: Mapping[str, FloatArray] = field(default_factory=dict)
    soles: Mapping[str, FloatArray] = field(default_factory=dict)
    fingers: Mapping[str, FloatArray] = field(default_factory=dict)
    cuts: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name in ("joints", "confidence", "frame_times_s"):
            object.__setattr__(self, name, frozen(getattr(self, name)))
        count = len(self.skeleton.joint_names)
        if self.joints.ndim != 3 or self.joints.shape[1:] != (count, 3) or len(self.joints) == 0:
            raise SequenceError(
                f"Joints must have the shape (frames, {count}, 3) with at least one frame, not {self.joints.shape}."
            )
        frames = len(self.joints)
        if self.confidence.shape != (frames, count):
            raise SequenceError(f"Confidence must have the shape ({frames}, {count}), not {self.confidence.shape}.")
        if self.frame_times_s.shape != (frames,) or not rising(self.frame_times_s):
            raise SequenceError(f"Frame times must be {frames} increasing seconds, one for each frame.")
        if not (np.isfinite(self.fps) and self.fps > 0):
            raise SequenceError(f"The frame rate must be a positive number, not {self.fps}.")
        self._check_finite()
        for name, path in self.points.items():
            if name not in POINTS or np.shape(path) != (frames, 3):
                raise SequenceError(
                    f"Point '{name}' must be one of {', '.join(POINTS)} and have the shape ({frames}, 3), not "
                    f"{np.shape(path)}."
                )
        for side, feet in (*self.contacts.items(), *self.stance.items()):
            if side not in SIDES or np.shape(feet) != (frames,):
                raise SequenceError(f"Contacts of '{side}' must be of left or right and have the shape ({frames},).")
        for side, ends in self.soles.items():
            if side not in SIDES or np.shape(ends) != (frames, 2):
                raise SequenceError(
                    f"Heel and toe of '{side}' must be of left or right and have the shape ({frames}, 2)."
                )
        for side, angles in self.fingers.items():
            if side not in SIDES or np.shape(angles) != (frames, len(FINGERS), ANGLES):
                raise SequenceError(f"Fingers of '{side}' must be of left or right, with angles of {frames} frames.")
        if any(not first < cut < frames for first, cut in zip((0, *self.cuts), self.cuts, strict=False)):
            raise SequenceError(f"Cuts must rise between 0 and {frames}, not be {self.cuts}.")
        for name in ("points", "contacts", "stance", "soles", "fingers"):
            arrays = {key: frozen(path) for key, path in getattr(self, name).items()}
            object.__setattr__(self, name, MappingProxyType(arrays))

    def _check_finite(self) -> None:
        bad = np.argwhere(~np.isfinite(self.joints).all(axis=-1))
        if len(bad):
            frame, joint = bad[0]
            name = self.skeleton.joint_names[joint]
            raise SequenceError(
                f"Joint '{name}' of frame {frame} is not a finite position; fill such frames in before retargeting."
            )
        if np.any(~(self.confidence >= 0)) or np.any(self.confidence > 1):
            raise SequenceError("Confidence must lie between 0 and 1 in every frame.")

    @classmethod
    def from_joints(cls, joints: ArrayLike, fps: float, confidence: ArrayLike | None = None) -> PoseSequence:
        """A sequence of the 17 joints with a constant frame rate, from joints alone.

        Args:
            joints: (T,J,3) positions, metres, Z up world space.
            fps: frames per second.
            confidence: (T,J) 0..1; None means 1 everywhere.
        """
        positions = np.asarray(joints, dtype=np.float64)
        known = np.ones(positions.shape[:2]) if confidence is None else np.asarray(confidence, dtype=np.float64)
        times = np.arange(len(positions)) / fps if fps > 0 else np.arange(len(positions))
        return cls(H36M_17, positions, known, float(fps), np.asarray(times, dtype=np.float64))

    def joint(self, name: str) -> FloatArray:
        """(T,3) path of one joint, metres, world space."""
        path: FloatArray = self.joints[:, self.skeleton.index(name)]
        return path


def load_result(path: str | Path) -> PoseSequence:
    """Read the result file of the inference process (schema 1 in docs/design.md).

    Args:
        path: a .npz file with arrays only; files that hold Python objects are refused.

    Returns:
        The world-space joints with their confidence and times, and the points of hands and feet that the detector saw.

    Raises:
        SequenceError: there is no such file, it is not a result file, or its schema is another; names the file.
    """
    file = Path(path)
    data = result_arrays(file, _KEYS, (*_DETECTION_KEYS, *_FURTHER_KEYS))
    try:
        sequence = PoseSequence(
            H36M_17, data["joints_world_m"], data["confidence"], float(data["fps"]), data["frame_times_s"]
        )
        cuts = data.get("cuts", np.zeros(0, np.int64))
        if cuts.ndim != 1 or cuts.dtype.kind not in "iu":
            raise SequenceError("cuts must be whole numbers in a row; make it again.")
        hands = _hands_from(data, len(sequence.joints), _SURE_FINGERS)
        return replace(
            sequence,
            points=_points_from(data, sequence),
            contacts=_feet_from(data, "contact_said"),
            stance=_feet_from(data, "contact"),
            soles=_soles_from(data),
            fingers={side: seen_angles(points, side) for side, points in hands.items()},
            cuts=tuple(cuts.tolist()),
        )
    except SequenceError as error:
        raise SequenceError(f"Result file '{file}': {error}") from None


def _feet_from(data: dict[str, np.ndarray], key: str) -> dict[str, FloatArray]:
    """What the file says of the feet under a key, by side; of a foot of which it says nothing, nothing."""
    feet = np.asarray(data.get(key, np.zeros((0, len(SIDES)))), np.float64)
    if feet.ndim != 2 or feet.shape[1] != len(SIDES):
        raise SequenceError(f"{key} must have a column for each foot; make it again.")
    return {side: column for side, column in zip(SIDES, feet.T, strict=True) if not np.isnan(column).all()}


def _soles_from(data: dict[str, np.ndarray]) -> dict[str, FloatArray]:
    """(T,2) how likely heel and toe stand, by side; of results of earlier versions nothing."""
    soles = np.asarray(data.get("sole_contact", np.zeros((0, len(SIDES), 2))), np.float64)
    if soles.ndim != 3 or soles.shape[1:] != (len(SIDES), 2):
        raise SequenceError("sole_contact must have heel and toe of each foot; make it again.")
    return {side: soles[:, number] for number, side in enumerate(SIDES) if len(soles)}


def result_arrays(file: Path, needed: tuple[str, ...], wanted: tuple[str, ...] = ()) -> dict[str, np.ndarray]:
    """Arrays of a result file by their keys, of this schema and with the expected joints.

    Args:
        file: the .npz; files that hold Python objects are refused.
        needed: keys that it must have.
        wanted: keys that are returned where it has them.

    Raises:
        SequenceError: there is no such file, it is not a result file of this schema, or it lacks a key; names it.
    """
    try:
        with np.load(file, allow_pickle=False) as opened:
            keys = {"schema_version", "joint_names", *needed, *wanted}
            data = {key: opened[key] for key in keys if key in opened.files}
    except FileNotFoundError:
        raise SequenceError(f"There is no result file '{file}'; run the video through inference first.") from None
    except (
        OSError,
        ValueError,
        AttributeError,
        EOFError,
        NotImplementedError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise SequenceError(f"'{file}' is not a readable result file ({error}); make it again.") from error
    missing = [key for key in ("schema_version", "joint_names", *needed) if key not in data]
    if missing:
        raise SequenceError(f"Result file '{file}' lacks {', '.join(missing)}; make it again with this version.")
    for key, array in data.items():
        if (key in _SINGLE and array.shape) or (key not in _WORDS and array.dtype.kind not in "biuf"):
            expected = "a number" if key in _SINGLE else "numbers"
            raise SequenceError(f"Result file '{file}' does not hold {expected} as {key}; make it again.")
    if int(data["schema_version"]) != SCHEMA_VERSION:
        raise SequenceError(
            f"Result file '{file}' has schema {int(data['schema_version'])}, this version reads {SCHEMA_VERSION}; "
            "make it again."
        )
    names = tuple(str(name) for name in data["joint_names"].ravel())
    if names != H36M_17.joint_names:
        raise SequenceError(f"Result file '{file}' holds the joints {', '.join(names)}, not the 17 expected ones.")
    return data


_WORDS, _SINGLE = ("joint_names", "keypoint_layout"), ("schema_version", "fps", "focal_px")
_KEYS = ("joints_world_m", "confidence", "fps", "frame_times_s")
_DETECTION_KEYS = ("keypoint_layout", "detector_world_m", "keypoint_confidence", "world_from_camera")
_FURTHER_KEYS = (
    "camera_path",
    "cuts",
    "sides_exchanged",
    "contact",
    "sole_contact",
    "contact_said",
    "hand_joints_m",
    "hand_confidence",
)
"""What results of earlier versions lack: their cameras stand still, and nothing is cut. Hands are there if asked."""
_SURE_PALM, _SURE_FINGERS, _ODD_HAND = 0.5, 0.7, 1.5
"""How sure a hand must be for its palm, for its fingers; how many times larger or smaller than usual it must not be."""


def _hands_from(data: dict[str, np.ndarray], frames: int, least: float) -> dict[str, FloatArray]:
    """(T,21,3) points of each hand that was seen, camera axes; NaN where it was not, or less surely than `least`."""
    hands, sure = data.get("hand_joints_m"), data.get("hand_confidence")
    if hands is None or sure is None:
        return {}
    if hands.shape != (frames, len(SIDES), HAND_POINTS, 3) or sure.shape != (frames, len(SIDES)):
        raise SequenceError(f"hand_joints_m and hand_confidence do not have {frames} frames each; make it again.")
    exchanged = data.get("sides_exchanged", np.zeros((frames, len(SIDES)), np.bool_))[:, 0].astype(np.bool_)
    found = {}
    for number, side in enumerate(SIDES):
        seen = np.where(exchanged, 1 - number, number)
        points = np.asarray(hands, np.float64)[np.arange(frames), seen]
        points[sure[np.arange(frames), seen] < least] = np.nan
        size = hand_size(points)
        if np.isfinite(size).any():
            odd = np.abs(np.log(size / np.nanmedian(size))) > np.log(_ODD_HAND)
            points[odd] = np.nan
            found[side] = points
    return found


def _points_from(data: dict[str, np.ndarray], sequence: PoseSequence) -> dict[str, FloatArray]:
    """(T,3) points of hands and feet of a result file's data; none where it lacks the detector's own 3D."""
    if any(key not in data for key in _DETECTION_KEYS):
        return {}
    keypoints, confidence = data["detector_world_m"], data["keypoint_confidence"]
    frames = len(sequence.joints)
    if keypoints.ndim != 3 or keypoints.shape[2] != 3 or confidence.shape != keypoints.shape[:2]:
        raise SequenceError("detector_world_m and keypoint_confidence do not belong together; make it again.")
    if data["world_from_camera"].shape != (4, 4):
        raise SequenceError(f"world_from_camera must be 4 by 4, not {data['world_from_camera'].shape}; make it again.")
    if len(keypoints) != frames:
        raise SequenceError(f"detector_world_m has {len(keypoints)} frames, not {frames}; make it again.")
    cameras = data.get("camera_path", np.repeat(data["world_from_camera"][None], frames, axis=0))
    if cameras.shape != (frames, 4, 4):
        raise SequenceError(f"camera_path must be {frames} by 4 by 4, not {cameras.shape}; make it again.")
    sides = data.get("sides_exchanged", np.zeros((frames, 2), np.bool_))
    if sides.shape != (frames, 2):
        raise SequenceError(f"sides_exchanged must have the shape ({frames}, 2), not {sides.shape}; make it again.")
    detection = Detection3D(
        str(data["keypoint_layout"]),
        np.asarray(keypoints, dtype=np.float64),
        np.asarray(confidence, dtype=np.float64),
        np.asarray(cameras, dtype=np.float64)[:, :3, :3],
    )
    hands = _hands_from(data, frames, _SURE_PALM)
    return read_points(with_sides(detection, sides.astype(np.bool_)), sequence.joints, sequence.frame_times_s, hands)
