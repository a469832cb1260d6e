"""A film of several shots: each is tracked, lifted and placed by itself, and they are joined into one motion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from . import joints
from .camera.path import drop_cuts
from .clip import Clip3D, LiftsJoints, Track17, lift_clip, place_clip, track_joints
from .edit.edits import NO_EDITS, Edits
from .keypoint_track import KeypointTrack
from .refine.arrays import FloatArray
from .refine.settings import DEFAULT, RefineSettings
from .refine.world import transform

_FEWEST_FRAMES: Final = 5
"""Frames with somebody in them below which a shot counts as a gap."""


def with_people(track: KeypointTrack) -> KeypointTrack:
    """The track without cuts to shots that show nobody: these become gaps of the shot before, or after, them."""
    if track.camera is None or not track.camera.cuts:
        return track
    seen = np.asarray((track.confidence > 0.0).any(axis=1))
    shown = [shot for shot in track.camera.shots() if np.count_nonzero(seen[slice(*shot)]) >= _FEWEST_FRAMES]
    there = np.isin(track.edges[:, 0], [frame for shot in shown for frame in range(*shot)])
    # what lies before the first shot with people belongs to it
    camera = drop_cuts(track.camera, [first for first, _ in shown[1:]])
    return replace(track, camera=camera, edges=track.edges[there])


def track_shots(track: KeypointTrack, source_name: str, edits: Edits = NO_EDITS) -> Track17:
    """`clip.track_joints` of each shot.

    Raises:
        InferenceError: nobody was found in any frame; names the source.
    """
    found = [track_joints(track.cut(a, b), source_name, edits.part(a, b)) for a, b in track.camera_path.shots()]
    return Track17(
        np.concatenate([shot.px for shot in found]),
        np.concatenate([shot.confidence for shot in found]),
        np.concatenate([shot.detected for shot in found]),
        np.concatenate([shot.exchanged for shot in found]),
    )


def lift_shots(
    track: KeypointTrack,
    joints_2d: Track17,
    lifter: LiftsJoints,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> FloatArray:
    """`clip.lift_clip` of each shot, (T, 17, 3); progress is told over all of them."""
    poses = []
    for first, end in track.camera_path.shots():

        def report(done: int, _total: int, before: int = first) -> None:
            if progress is not None:
                progress(before + done, len(track))

        poses.append(lift_clip(track.cut(first, end), _part(joints_2d, first, end), lifter, report, cancelled))
    return np.concatenate(poses)


def place_shots(
    track: KeypointTrack,
    joints_2d: Track17,
    poses: FloatArray,
    height_m: float | None,
    edits: Edits = NO_EDITS,
    settings: RefineSettings = DEFAULT,
) -> Clip3D:
    """`clip.place_clip` of each shot, joined: the performer goes on where, and facing where, the shot before ended."""
    shots = [
        place_clip(track.cut(a, b), _part(joints_2d, a, b), poses[a:b], height_m, settings, edits.part(a, b))
        for a, b in track.camera_path.shots()
    ]
    return _joined(shots)


def _part(joints_2d: Track17, first: int, end: int) -> Track17:
    part = slice(first, end)
    return Track17(joints_2d.px[part], joints_2d.confidence[part], joints_2d.detected[part], joints_2d.exchanged[part])


def _joined(shots: Sequence[Clip3D]) -> Clip3D:
    """Shots as one; all stand on the floor at 0, so only a turn about Z and a shift along the floor are free."""
    first = shots[0]
    worlds, in_camera, cameras = [first.joints_world_m], [first.joints_camera_m], [first.cameras]
    for shot in shots[1:]:
        move = _move(worlds[-1][-1], shot.joints_world_m[0])
        worlds.append(transform(move, shot.joints_world_m))
        to_camera = np.linalg.inv(first.world_from_camera) @ move @ shot.world_from_camera
        in_camera.append(transform(to_camera, shot.joints_camera_m))
        cameras.append(move @ shot.cameras)
    return Clip3D(
        joints_world_m=np.concatenate(worlds),
        joints_camera_m=np.concatenate(in_camera),
        world_from_camera=first.world_from_camera,
        focal_px=first.focal_px,
        cameras=np.concatenate(cameras),
        zooms=np.concatenate([shot.zooms for shot in shots]),
        contact=np.concatenate([shot.contact for shot in shots]),
        sole_contact=np.concatenate([shot.sole_contact for shot in shots]),
    )


def _move(last: FloatArray, first: FloatArray) -> FloatArray:
    """(4, 4) along the floor that puts a pose (17, 3) where, and facing where, another one is."""
    angle = _heading(last) - _heading(first)
    move = np.eye(4)
    move[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    move[:2, 3] = last[0, :2] - move[:2, :2] @ first[0, :2]
    return move


def _heading(pose: FloatArray) -> float:
    """Angle about Z at which a pose (17, 3) faces, from its hips."""
    across = pose[joints.INDEX["left_hip"]] - pose[joints.INDEX["right_hip"]]
    return float(np.arctan2(across[1], across[0]))
