"""How far one correction reaches: joints of the sample film led astray for a while, then put right in few frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from .. import joints
from ..clip import Track17, lift_clip, place_clip, track_joints
from ..detect.keypoint_files import read_keypoints
from ..edit.edits import Edits, Point
from ..edit.points import put_points
from ..keypoint_track import KeypointTrack
from ..lift.lifter import Lifter
from ..protocol import DEFAULT_LIFTER
from ..refine.arrays import FloatArray
from ..refine.fill import person_size_px
from .lifter import Figures

_FRAMES: Final = 20
_BESIDE: Final = 10
_ASTRAY: Final = 0.2
"""How far, in sizes of the person."""
_SLIP_PX: Final = 2.0
"""How well a hand hits a joint with the mouse."""
_JOINTS: Final = ("left_wrist", "right_wrist", "left_wrist", "right_wrist", "left_elbow", "right_ankle")
_SHAPES: Final[dict[str, Callable[[int], FloatArray]]] = {
    "drift": lambda frames: np.sin(np.linspace(0.0, np.pi, frames)),
    "jump": lambda frames: np.ones(frames),
}


def bench_corrections(result: Path, tell: Callable[[str], None]) -> Figures:
    """Error of a joint, mm in 3D against the clip without the fault: before, and after 1, 2 and 3 corrected frames.

    Means over the fault, and `beside` over ten frames before and after it; `alone` is without carrying corrections on.

    Args:
        result: of a film in which the joints are seen well.
        tell: given a line about what is measured.
    """
    track = read_keypoints(result, None, lambda _code, _text: None)
    clean, lifter = track_joints(track, result.name), Lifter(DEFAULT_LIFTER)
    truth = _lifted(track, clean, lifter)
    figures: Figures = {}
    for shape in _SHAPES:
        tell(shape)
        rng = np.random.default_rng(3)
        errors: dict[str, list[float]] = {}
        for name in _JOINTS:
            joint, first = joints.INDEX[name], int(rng.integers(_FRAMES, len(track) - 2 * _FRAMES))
            fault = _faulty(clean, joint, first, shape, rng)
            span = slice(first, first + _FRAMES)
            beside = np.r_[first - _BESIDE : first, first + _FRAMES : first + _FRAMES + _BESIDE]
            for number in range(4):
                edits = _corrections(clean.px, name, first, number, rng)
                carried = put_points(fault.px, fault.confidence, track.times_s, edits)
                for way, (px, confidence) in {"": carried, "_alone": _alone(fault, edits)}.items():
                    lifted = _lifted(track, replace(fault, px=px, confidence=confidence), lifter)
                    error = 1000.0 * np.linalg.norm(lifted[:, joint] - truth[:, joint], axis=-1)
                    errors.setdefault(f"{number}{way}_mm", []).append(float(error[span].mean()))
                    errors.setdefault(f"{number}{way}_beside_mm", []).append(float(error[beside].mean()))
        figures |= {f"{shape}_{key}": float(np.mean(values)) for key, values in sorted(errors.items())}
    return figures


def _faulty(clean: Track17, joint: int, first: int, shape: str, rng: np.random.Generator) -> Track17:
    """The track with a joint led astray in one direction; the detector is half sure of it."""
    px, confidence = clean.px.copy(), clean.confidence.copy()
    direction = rng.normal(size=2)
    away = _ASTRAY * person_size_px(clean.px, clean.confidence > 0.0) * direction / np.linalg.norm(direction)
    px[first : first + _FRAMES, joint] += _SHAPES[shape](_FRAMES)[:, None] * away
    confidence[first : first + _FRAMES, joint] = 0.5
    return replace(clean, px=px, confidence=confidence)


def _corrections(px: FloatArray, name: str, first: int, number: int, rng: np.random.Generator) -> Edits:
    """So many frames, evenly spread over the fault, with the joint put where it was."""
    points = []
    for share in range(1, number + 1):
        frame = first + _FRAMES * share // (number + 1)
        x, y = px[frame, joints.INDEX[name]] + rng.normal(0.0, _SLIP_PX, 2)
        points.append(Point(frame, name, float(x), float(y)))
    return Edits(points=tuple(points))


def _alone(fault: Track17, edits: Edits) -> tuple[FloatArray, FloatArray]:
    """Joints and confidence with the corrected frames alone put right, to compare."""
    px, confidence = fault.px.copy(), fault.confidence.copy()
    for point in edits.points:
        joint = joints.INDEX[point.joint]
        px[point.frame, joint], confidence[point.frame, joint] = (point.x_px, point.y_px), 1.0
    return px, confidence


def _lifted(track: KeypointTrack, joints_2d: Track17, lifter: Lifter) -> FloatArray:
    """(T, 17, 3) metres from the pelvis, camera axes."""
    placed = place_clip(track, joints_2d, lift_clip(track, joints_2d, lifter), None).joints_camera_m
    return np.asarray(placed - placed[:, :1])
