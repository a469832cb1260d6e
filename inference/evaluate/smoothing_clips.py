"""True motion and what the program makes of it before it is smoothed: camera, detector's noise, lifter, root path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..clip import lift_clip, place_clip, track_joints
from ..errors import InferenceError
from ..keypoint_track import KeypointTrack
from ..lift.lifter import Lifter
from ..npz import read_arrays
from ..train.pack import MotionPack, read_pack
from .views import View, make_view

Array = NDArray[np.float64]

CLEAN_SOURCE: Final = "bvh120"
"""Clips recorded and kept at 120 frames a second: only theirs hold no jitter or blur of a conversion's own."""
HITS: Final = ("14_01", "14_02", "14_03", "86_01", "86_05", "135_04")
"""Boxing, punches, kicks and jumps: for the speed of hits alone, since they were kept at 24 frames a second."""
_LONGEST: Final = 600
_GAP_S, _GAP_EVERY_S = 0.3, 2.0


@dataclass(frozen=True, slots=True)
class SmoothingClip:
    """One clip of T frames, as it was and as it comes out of the lifter.

    Attributes:
        name: of the clip.
        clean: whether its accelerations can be trusted.
        raw: (T, 17, 3) the program's joints, metres, Z-up world, unsmoothed.
        truth: (T, 17, 3) what they should be, up to the place: same size, same axes.
        heights_m: (T, 17) true heights over the floor.
        found: (T, 17) True where the detector found the joint.
        contact: (T, 2) 0..1, how likely the left and the right foot are said to stand.
        times_s: (T,).
    """

    name: str
    clean: bool
    raw: Array
    truth: Array
    heights_m: Array
    found: NDArray[np.bool_]
    contact: Array
    times_s: Array


def read_clips(path: Path, lifter: Lifter, seed: int, *, gaps: bool = False) -> list[SmoothingClip]:
    """All clean clips of a pack and those of `HITS`, through the chain.

    Args:
        path: `cmu17_test.npz`.
        lifter: what lifts.
        seed: fixes the cameras and the noise.
        gaps: whether the person is lost for 0.3 s every two seconds.

    Raises:
        InferenceError: the pack cannot be read, or does not say where its clips come from.
    """
    pack, clean = read_pack(path), clean_clips(path)
    chosen = np.flatnonzero(clean | np.isin(pack.names, HITS))
    return [_through_the_chain(pack, int(number), bool(clean[number]), lifter, seed, gaps) for number in chosen]


def clean_clips(path: Path) -> NDArray[np.bool_]:
    """(clips,) True for those of a pack whose accelerations can be trusted.

    Raises:
        InferenceError: the pack does not say where its clips come from.
    """
    try:
        return np.asarray(read_arrays(path, ("source",))["source"] == CLEAN_SOURCE)
    except ValueError as error:
        message = f"{path.name} does not say its clips' source: {error}."
        raise InferenceError("bad-data", message, "Use cmu17_test.npz.") from error


def _through_the_chain(
    pack: MotionPack, number: int, clean: bool, lifter: Lifter, seed: int, gaps: bool
) -> SmoothingClip:
    motion = pack.clip(number)[:_LONGEST]
    view = make_view(motion, seed, number)
    track = detected_track(view, _confidence(view, pack.fps, gaps), pack.fps)
    joints_2d = track_joints(track, str(pack.names[number]))
    clip = place_clip(track, joints_2d, lift_clip(track, joints_2d, lifter), None)
    truth = _in_camera_axes(motion, view) @ clip.world_from_camera[:3, :3].T
    return SmoothingClip(
        name=str(pack.names[number]),
        clean=clean,
        raw=clip.joints_world_m,
        truth=truth,
        heights_m=motion[..., 2].astype(np.float64),
        found=joints_2d.confidence > 0.0,
        contact=clip.contact,
        times_s=track.times_s,
    )


def _confidence(view: View, fps: float, gaps: bool) -> NDArray[np.float32]:
    confidence = np.ones(view.detected_px.shape[:2], np.float32)
    if gaps:
        times = np.arange(len(confidence)) / fps
        confidence[(times + 0.5 * _GAP_EVERY_S) % _GAP_EVERY_S < _GAP_S] = 0.0
    return confidence


def detected_track(view: View, confidence: NDArray[np.float32], fps: float) -> KeypointTrack:
    """The view's joints as a detector of the 17 joints finds them, with (T, 17) confidences; NaN where that is 0."""
    px = np.where(confidence[..., None] > 0.0, view.detected_px, np.nan).astype(np.float32)
    world = np.full((*confidence.shape, 3), np.nan, np.float32)
    size = int(view.size_px[0]), int(view.size_px[1])
    return KeypointTrack("h36m-17", px, confidence, world, np.arange(len(px)) / fps, fps, size)


def _in_camera_axes(motion: NDArray[np.float32], view: View) -> Array:
    """The motion with its path, (T, 17, 3), turned and sized as `view.truth_m`, which lacks the path."""
    own = (motion - motion[:, :1]).reshape(-1, 3).astype(np.float64)
    seen = view.truth_m.reshape(-1, 3).astype(np.float64)
    u, _, vt = np.linalg.svd(own.T @ seen)
    size = np.linalg.norm(seen) / np.linalg.norm(own)
    turned: Array = size * motion.astype(np.float64) @ (u @ vt)
    return turned


def frames_of(clips: Sequence[SmoothingClip]) -> int:
    """How many frames the clips have together."""
    return sum(len(clip.times_s) for clip in clips)
