"""True motion with its camera and floor, and what the lifter makes of it: where the refinement begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..clip import Track17, lift_clip, track_joints
from ..joints import COUNT, INDEX, PARENTS
from ..keypoint_track import KeypointTrack
from ..layouts import load_layout
from ..lift.gaps import fill_gaps
from ..lift.lifter import Lifter
from ..lift.normalise import TARGET_BONE_SUM_M
from ..train.cameras import Cameras
from ..train.pack import MotionPack, read_pack
from .smoothing_clips import clean_clips, detected_track
from .views import View, make_view

Array = NDArray[np.float64]

PLAIN, TILTED, OCCLUDED, GONE = "plain", "tilted", "occluded", "gone"
CONDITIONS: Final = (PLAIN, TILTED, OCCLUDED)
"""Those that the program is measured in."""
LONGEST: Final = 300
"""Frames of a clip, from its middle."""
_TILT_RAD: Final = np.radians(25.0)
_HIDDEN_S: Final = 1.0
_GONE_S: Final = (0.2, 1.0)
_UNSURE: Final = 0.08
"""Error in heights of the person at which a detector is hardly sure."""
_SUREST, _LEAST = (0.8, 1.0), 0.05
_LEGS: Final = ("hip", "knee", "ankle")
_ARMS: Final = ("shoulder", "elbow", "wrist")
_HALVES: Final = (
    [INDEX[f"{side}_{part}"] for side in ("left", "right") for part in _LEGS],
    [INDEX[f"left_{part}"] for part in (*_LEGS, *_ARMS)],
    [INDEX[f"right_{part}"] for part in (*_LEGS, *_ARMS)],
)
"""What an occluder hides: the legs, or one side of the body."""
_MADE_OF: Final = {"pelvis": ("left_hip", "right_hip"), "thorax": ("left_shoulder", "right_shoulder")}


@dataclass(frozen=True, slots=True)
class WorldClip:
    """One clip of T frames before its refinement, and the truth. Metres of a person of the reference height.

    Attributes:
        name: of the clip; its subject's number stands before the underscore.
        track, joints_2d: detections as the program has them.
        alone: (T, 17, 3) root-relative, camera axes: the lifter alone, on the joints as they were detected.
        lifted: (T, 17, 3) the same on `joints_2d`, mended.
        truth_m: (T, 17, 3) absolute, camera axes.
        up: (3,) camera axes.
        floor_m: height of the floor along `up`.
        focal_px: the camera's own, which the program is not told.
        hidden: (T,) frames in which half of the body is hidden.
        clean: whether the truth's accelerations can be trusted.
    """

    name: str
    track: KeypointTrack
    joints_2d: Track17
    alone: Array
    lifted: Array
    truth_m: Array
    up: Array
    floor_m: float
    focal_px: float
    hidden: NDArray[np.bool_]
    clean: bool

    @property
    def heights_m(self) -> Array:
        """(T, 17) true heights over the floor."""
        return np.asarray(self.truth_m @ self.up - self.floor_m)


def read_world_clips(
    path: Path, lifter: Lifter, seed: int, condition: str, numbers: Sequence[int] | None = None
) -> list[WorldClip]:
    """The middle of each clip of a pack (or of those of `numbers`) through a virtual camera, a detector and the lifter.

    Args:
        path: `cmu17_test.npz`.
        lifter: what lifts.
        seed: fixes cameras and noise; the same for all conditions, but for what sets them apart.
        condition: `PLAIN`; `TILTED`, by up to 25 degrees about both axes; `OCCLUDED`, half of the body for 1 s; or
            `GONE`, all of it for up to 1 s.

    Raises:
        InferenceError: the pack cannot be read.
    """
    pack, clean = read_pack(path), clean_clips(path)
    chosen = range(len(pack)) if numbers is None else numbers
    return [world_clip(pack, number, lifter, seed, condition, clean=bool(clean[number])) for number in chosen]


def world_clip(
    pack: MotionPack, number: int, lifter: Lifter, seed: int, condition: str, *, clean: bool = False
) -> WorldClip:
    """One clip of a pack, as `read_world_clips` has them."""
    motion = pack.clip(number)
    first = max(0, (len(motion) - LONGEST) // 2)
    motion = motion[first : first + LONGEST]
    view = make_view(motion, seed, number, turn=_tilt if condition == TILTED else None)
    hidden = np.zeros(len(motion), np.bool_)
    confidence = _confidence(view, np.random.default_rng([seed, number]))
    if condition in (OCCLUDED, GONE):
        gone_s = float(np.random.default_rng([seed, number, 1]).uniform(*_GONE_S))
        length = round((_HIDDEN_S if condition == OCCLUDED else gone_s) * pack.fps)
        begin = max(0, (len(motion) - length) // 2)
        hidden[begin : begin + length] = True
        joints = _hidden_joints(number) if condition == OCCLUDED else list(range(COUNT))
        confidence[begin : begin + length, joints] = 0.0
    track = detected_track(view, confidence, pack.fps)
    joints_2d = track_joints(track, str(pack.names[number]))
    size = TARGET_BONE_SUM_M / _bone_sum(motion)
    up = view.up / np.linalg.norm(view.up)
    floor_m = float(np.median(view.placed_m @ up - motion[..., 2])) * size
    return WorldClip(
        name=str(pack.names[number]),
        track=track,
        joints_2d=joints_2d,
        alone=lift_clip(track, as_detected(track), lifter),
        lifted=lift_clip(track, joints_2d, lifter),
        truth_m=size * view.placed_m.astype(np.float64),
        up=up,
        floor_m=floor_m,
        focal_px=view.focal_px,
        hidden=hidden,
        clean=clean,
    )


def as_detected(track: KeypointTrack) -> Track17:
    """The 17 joints of a track with its gaps led over and nothing mended."""
    px, confidence = load_layout(track.layout).to_joints(track.px, track.confidence)
    seen = confidence > 0.0
    as_it_is = np.zeros((len(track), 2), np.bool_)
    return Track17(fill_gaps(px, seen, track.times_s), confidence, np.any(seen, axis=1), as_it_is)


def _confidence(view: View, rng: np.random.Generator) -> NDArray[np.float32]:
    """(T, 17) drawn: high, and low where a joint is far off; the fitted errors have no confidences of their own."""
    off = np.linalg.norm(view.detected_px - view.exact_px, axis=-1)
    height = np.median(np.ptp(view.exact_px[..., 1], axis=1))
    sure = np.exp(-((off / (_UNSURE * height)) ** 2)) * rng.uniform(*_SUREST, off.shape)
    return np.asarray(np.maximum(sure, _LEAST), np.float32)


def _tilt(cameras: Cameras, rng: np.random.Generator) -> Cameras:
    """The camera pitched and rolled further, each by -25 to 25 degrees, and the person still where it aims."""
    pitch, roll = rng.uniform(-_TILT_RAD, _TILT_RAD, 2)
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    level = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    heading = np.arctan2(cameras.rotation[0, 2, 0], cameras.rotation[0, 2, 1])
    about_up = np.array([[np.cos(heading), -np.sin(heading), 0], [np.sin(heading), np.cos(heading), 0], [0, 0, 1]])
    return replace(cameras, rotation=(about_z @ about_x @ level @ about_up)[None].astype(np.float32))


def _hidden_joints(number: int) -> list[int]:
    half = _HALVES[number % len(_HALVES)]
    made = [INDEX[joint] for joint, parts in _MADE_OF.items() if any(INDEX[part] in half for part in parts)]
    return [*half, *made]


def _bone_sum(motion: NDArray[np.float32]) -> float:
    bones = motion[:, 1:] - motion[:, PARENTS[1:]]
    return float(np.linalg.norm(bones, axis=-1).sum(axis=-1).mean())
