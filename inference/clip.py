"""One clip from 2D keypoints to joints in the world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from . import joints
from .edit.edits import NO_EDITS, Edits
from .edit.points import put_points
from .errors import InferenceError
from .keypoint_track import KeypointTrack
from .layouts import load_layout
from .lift.gaps import fill_gaps
from .lift.normalise import default_focal_px, image_rays
from .one_person import frames_of_one
from .refine import (
    balance,
    blend_inputs,
    blend_network,
    bones,
    contact,
    contact_network,
    feet,
    fill,
    floor,
    hidden,
    hidden_network,
    reproject,
    root,
    sink,
    slips,
    smooth,
    stance,
    swaps,
    upright,
    verticals,
    world,
)
from .refine.arrays import BoolArray, FloatArray
from .refine.rest import rest_in_gaps
from .refine.settings import DEFAULT, RefineSettings
from .refine.vectors import unit

_DEPTH_CUTOFF_HZ: Final = 0.8
"""Depth follows from apparent size alone, so it is many times noisier than sideways motion."""
_PATH_CUTOFF_HZ: Final = 4.0
"""Across the line of sight the detector's trembling shakes the whole person; nobody's pelvis moves that fast."""
_PLANTED_CUTOFF_HZ: Final = 0.3
"""What standing feet say of the path is followed up to this frequency: what they lack faster is mostly a leg error."""
_FILLED_WEIGHT: Final = 0.02
_LEAST_CONFIDENCE: Final = 0.05


class LiftsJoints(Protocol):
    """The part of `inference.lift.lifter.Lifter` that a clip needs."""

    @property
    def description(self) -> str:
        """Where and how it runs, for people."""

    def lift(
        self,
        joints_px: NDArray[np.floating],
        confidence: NDArray[np.floating],
        image_size_px: tuple[int, int],
        fps: float,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        *,
        focal_px: float | None = None,
        frame_times_s: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float32]:
        """(T, 17, 3) root-relative metres, camera axes, of a person 1.75 m tall."""


@dataclass(frozen=True, slots=True)
class Track17:
    """The 17 joints in 2D, gaps filled.

    Attributes:
        px: (T, 17, 2) pixels, finite.
        confidence: (T, 17) 0..1, 0 where filled in.
        detected: (T,) False where the whole frame was filled in.
        exchanged: (T, 2) True where the left and right joints of arms, of legs are the detector's right and left ones.
    """

    px: FloatArray
    confidence: FloatArray
    detected: BoolArray
    exchanged: BoolArray


@dataclass(frozen=True, slots=True)
class Body:
    """A person of the reference height and constant bone lengths over T frames, in the first camera's axes.

    Attributes:
        poses: (T, 17, 3) root-relative metres.
        path: (T, 3) root.
        lengths: (17,) metres of the bones.
        rays: (T, 17, 2) joints as seen, on the plane z = 1 of each frame's own camera.
    """

    poses: FloatArray
    path: FloatArray
    lengths: FloatArray
    rays: FloatArray


@dataclass(frozen=True, slots=True)
class Clip3D:
    """The outcome for T frames.

    Attributes:
        joints_world_m: (T, 17, 3), Z up, floor at 0, first pelvis over the origin.
        joints_camera_m: (T, 17, 3), absolute, axes of the first frame's camera.
        world_from_camera: (4, 4) between the two, but for poses that were raised out of the floor.
        focal_px: focal length that is usual for the picture.
        cameras: (T, 4, 4) world from the camera of each frame.
        zooms: (T,) focal length of each frame over the usual one.
        contact: (T, 2) 0..1, how likely the left and the right foot stand.
        sole_contact: (T, 2, 2) 0..1, how likely heel and toe of these do.
    """

    joints_world_m: FloatArray
    joints_camera_m: FloatArray
    world_from_camera: FloatArray
    focal_px: float
    cameras: FloatArray
    zooms: FloatArray
    contact: FloatArray
    sole_contact: FloatArray


def found_joints(track: KeypointTrack, source_name: str) -> tuple[FloatArray, FloatArray, BoolArray]:
    """The 17 joints of one person as the detector has them, left-right mix-ups mended.

    Returns:
        (T, 17, 2) pixels, anything where unseen; (T, 17) confidence, 0 where unseen; and (T, 2) which arms
        and legs were mixed up.

    Raises:
        InferenceError: nobody was found in any frame; names the source.
    """
    one = frames_of_one(track)
    px, confidence = load_layout(track.layout).to_joints(track.px, track.confidence * one[:, None])
    seen = confidence > 0.0
    if not seen.any():
        raise InferenceError(
            "no-person",
            f"No person was found in {source_name}.",
            "Use a video in which one person is seen whole, at least a tenth of the picture's height tall.",
        )
    mixed = swaps.mixed_up(fill_gaps(px, seen, track.times_s), track.times_s, fill.person_size_px(px, seen))
    return swaps.swap_back(px, mixed), swaps.swap_back(confidence, mixed), mixed


def track_joints(track: KeypointTrack, source_name: str, edits: Edits = NO_EDITS) -> Track17:
    """Derives the 17 joints of one person, drops what cannot be and fills gaps.

    Args:
        track: as detected.
        source_name: for messages.
        edits: what the user set right; it is about what comes out of here without them.

    Raises:
        InferenceError: nobody was found in any frame; names the source.
    """
    px, confidence, mixed = found_joints(track, source_name)
    detected = np.asarray((confidence > 0.0).any(axis=1))
    doubt = hidden_network.doubted(px, confidence, track.times_s)
    said = edits.swapped(len(track))  # what the user says is not judged
    mixed ^= said
    px, confidence, doubt = (swaps.swap_back(each, said) for each in (px, confidence, doubt))
    seen = (confidence > 0.0) & (doubt == 0.0)
    seen &= ~fill.spikes(px, seen, track.times_s)
    seen &= ~slips.slips(px, seen, track.times_s)
    px, confidence = put_points(px, np.where(seen, confidence, 0.0), track.times_s, edits)
    seen = confidence > 0.0
    placed = hidden.fill_hidden(px, seen, track.times_s)
    # A joint that is doubted goes as far from where it was seen as it is doubted.
    halfway = ~seen & (doubt > 0.0)
    placed[halfway] = (px + doubt[..., None] * (placed - px))[halfway]
    return Track17(placed, confidence, detected | seen.any(axis=1), mixed)


def lift_clip(
    track: KeypointTrack,
    joints_2d: Track17,
    lifter: LiftsJoints,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> FloatArray:
    """(T, 17, 3) root-relative metres, axes of each frame's own camera, of a person 1.75 m tall."""
    # Filled joints keep a small confidence: they were filled over true times already, spikes left out.
    middle = np.asarray(track.image_size_px, np.float64) / 2.0
    poses = lifter.lift(
        middle + (joints_2d.px - middle) / track.camera_path.zooms[:, None, None],
        np.maximum(joints_2d.confidence, _LEAST_CONFIDENCE),
        track.image_size_px,
        track.fps,
        progress,
        cancelled,
        focal_px=focal_px(track),
        frame_times_s=track.times_s,
    )
    return np.asarray(poses, np.float64) - poses[:, :1]


def place_clip(
    track: KeypointTrack,
    joints_2d: Track17,
    poses: FloatArray,
    height_m: float | None,
    settings: RefineSettings = DEFAULT,
    edits: Edits = NO_EDITS,
) -> Clip3D:
    """Fixes bone lengths, finds the root's path, holds standing feet and puts the clip on the floor; jitter stays in.

    Args:
        track: for times and image size.
        joints_2d: what `poses` were lifted from.
        poses: (T, 17, 3) as `lift_clip` gives them.
        height_m: standing height of the person; None = 1.75.
        settings: which steps are taken.
        edits: which feet stand when, as far as the user said so.
    """
    said = edits.standing(len(track))
    joints_camera, parts = body_in_camera(track, joints_2d, poses, settings, said)
    standing, soles = parts[..., 0], parts[..., 1:]
    guess = upright.estimate_up(joints_camera, joints_2d.detected, track.times_s)
    if settings.edges:
        guess = _by_edges(track, guess)
    seconds = float(track.times_s[-1] - track.times_s[0])
    up, floor_m = floor.fit_floor(joints_camera, guess, joints_2d.detected, seconds)
    if settings.hold_feet:
        held = stance.told(stance.stances(standing, track.times_s), said) > 0.5
        joints_camera = feet.hold_feet(joints_camera, held, track.times_s, up, floor_m)
    # Everything so far was a person of the reference height; an image cannot tell a tall one from a near one.
    height_m = height_m or joints.REFERENCE_HEIGHT_M
    scale = height_m / joints.REFERENCE_HEIGHT_M
    joints_camera = joints_camera * scale
    matrix = world.world_from_camera(joints_camera[0, 0], up, floor_m * scale)
    joints_world = sink.keep_above_floor(world.transform(matrix, joints_camera), track.times_s, height_m)
    cameras = np.tile(matrix, (len(track), 1, 1))
    cameras[:, :3, :3] = matrix[:3, :3] @ track.camera_path.turns
    zooms = track.camera_path.zooms
    return Clip3D(joints_world, joints_camera, matrix, focal_px(track), cameras, zooms, standing, soles)


def _by_edges(track: KeypointTrack, guess: upright.Up) -> upright.Up:
    """Up as the background's edges correct a first guess, axes of the first frame's camera."""
    frames, ends_px = track.edges[:, 0].astype(np.intp), track.edges[:, 1:].reshape(-1, 2, 2).astype(np.float64)
    size_px, camera = np.asarray(track.image_size_px, np.float64), track.camera_path
    ends = image_rays(ends_px, size_px, focal_px(track)) / camera.zooms[frames, None, None]
    rays = np.concatenate([ends, np.ones_like(ends[..., :1])], axis=-1)
    planes = verticals.edge_planes(np.einsum("nij,nej->nei", camera.turns[frames], rays))
    lengths = np.linalg.norm(np.diff(ends_px, axis=1)[:, 0], axis=-1) / max(track.image_size_px)
    return verticals.upright_by_edges(guess, planes, lengths, len(np.unique(frames)))


def body_in_camera(
    track: KeypointTrack, joints_2d: Track17, poses: FloatArray, settings: RefineSettings, said: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The lifted body on its path, before anything is known of the floor.

    Args:
        track, joints_2d, poses, settings: as `place_clip` takes them.
        said: (T, 2) 1 and 0 where the user said that a foot stands or does not, NaN elsewhere.

    Returns:
        (T, 17, 3) absolute metres, first camera's axes, of a person of the reference height, constant bone lengths;
        and (T, 2, 3) how likely the left and the right foot, its heel and its toe stand.
    """
    body = build_body(track, joints_2d, poses, settings)
    evidence = contact_evidence(track, joints_2d, body)
    standing = stance.told(contact_network.stance_probability(*evidence, track.times_s), said[..., None])
    return _put_on_feet(track, joints_2d, body, standing[..., 0], settings), standing


def build_body(track: KeypointTrack, joints_2d: Track17, poses: FloatArray, settings: RefineSettings = DEFAULT) -> Body:
    """Poses of one build, placed where they are seen; arguments as for `place_clip`."""
    camera = track.camera_path
    if settings.blend:
        poses = _with_own(track, joints_2d, poses)
    # What the lifter made of interpolated 2D is no pose; a blend in 3D is.
    poses = fill.bridge(camera.to_first(poses), joints_2d.detected, track.times_s)
    poses = rest_in_gaps(poses, joints_2d.detected, track.times_s)
    own = bones.clip_bone_lengths(poses, joints_2d.detected)
    lengths = bones.usual_lengths(own, settings.own_build)
    poses = bones.impose_bone_lengths(poses, lengths)
    rays = joint_rays(track, joints_2d)
    return Body(poses, _root_path(track, joints_2d, rays, poses), lengths, rays)


def joint_rays(track: KeypointTrack, joints_2d: Track17) -> FloatArray:
    """(T, 17, 2) joints as seen, on the plane z = 1 of each frame's own camera."""
    size_px = np.asarray(track.image_size_px, np.float64)
    rays = image_rays(joints_2d.px, size_px, focal_px(track)).astype(np.float64)
    return np.asarray(rays / track.camera_path.zooms[:, None, None])


def joint_sights(track: KeypointTrack, joints_2d: Track17) -> FloatArray:
    """(T, 17, 3) unit vectors towards the joints as seen, axes of each frame's own camera."""
    rays = joint_rays(track, joints_2d)
    return unit(np.concatenate([rays, np.ones_like(rays[..., :1])], axis=-1))


def _with_own(track: KeypointTrack, joints_2d: Track17, poses: FloatArray) -> FloatArray:
    """Lifted poses (T, 17, 3) corrected by the detector's own 3D, axes of each frame's own camera."""
    layout, sights = load_layout(track.layout), joint_sights(track, joints_2d)[:, 0]
    seen, sure = joints_2d.px, joints_2d.confidence
    return blend_network.blended(poses, layout, track.world, track.px, seen, sure, sights, track.times_s)


def contact_evidence(
    track: KeypointTrack, joints_2d: Track17, body: Body
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, FloatArray]:
    """What tells when the feet stand: the first arguments of `contact_network.stance_probability`."""
    up = balance.balance_up(body.poses, joints_2d.detected)
    sights = track.camera_path.to_first(joint_sights(track, joints_2d))
    return body.poses, body.path, sights, joints_2d.confidence.astype(np.float64), up


def _put_on_feet(
    track: KeypointTrack, joints_2d: Track17, body: Body, standing: FloatArray, settings: RefineSettings
) -> FloatArray:
    """Joints (T, 17, 3) of the body with standing feet at rest (T, 2) and its joints where they are seen."""
    camera = track.camera_path
    path = _planted(body.path, body.poses, standing, track.times_s, settings.calm_path)
    if settings.weighting is None:
        return body.poses + path[:, None]
    seen, way = camera.from_first(body.poses), camera.from_first(path)
    corrected = None
    if settings.blend:  # what is slow of what the picture tells is in the pose already
        corrected = blend_inputs.agreement(load_layout(track.layout), track.world, track.px, joints_2d.px)
    sure, weighting = joints_2d.confidence, settings.weighting
    matched = reproject.match_image(seen, way, body.rays, sure, track.times_s, weighting, corrected)
    return bones.impose_bone_lengths(camera.to_first(matched), body.lengths) + path[:, None]


def _root_path(track: KeypointTrack, joints_2d: Track17, rays: FloatArray, poses: FloatArray) -> FloatArray:
    """(T, 3) metres, for poses (T, 17, 3) of the reference height, both in the first camera's axes."""
    seen = track.camera_path.from_first(poses)
    solved = root.solve_root(seen, rays, joints_2d.confidence)
    # The distance is the same however the camera is turned; the depth along its axis is not.
    away = np.linalg.norm(solved, axis=-1)
    trust = np.where(joints_2d.detected, 1.0, _FILLED_WEIGHT) * root.depth_trust(away, track.fps)
    steady = np.exp(smooth.smooth(np.log(away), track.times_s, _DEPTH_CUTOFF_HZ, trust))
    path = root.solve_root_at_depth(seen, rays, joints_2d.confidence, steady / away * solved[:, 2])
    return fill.bridge(track.camera_path.to_first(path), joints_2d.detected, track.times_s)


def _planted(path: FloatArray, poses: FloatArray, standing: FloatArray, times_s: FloatArray, calm: bool) -> FloatArray:
    """The root's path (T, 3) with standing feet at rest, without what shakes the whole person."""
    if not calm:
        return contact.plant_feet(poses, path, times_s, standing)
    away = np.linalg.norm(path, axis=-1, keepdims=True)
    path = away * unit(smooth.smooth(path / away, times_s, _PATH_CUTOFF_HZ))
    # What a foot lacks fast is the leg's error: carried by the whole person it would make all of it tremble.
    lacking = contact.plant_feet(poses, path, times_s, standing) - path
    return smooth.smooth(path + smooth.smooth(lacking, times_s, _PLANTED_CUTOFF_HZ), times_s, _PATH_CUTOFF_HZ)


def focal_px(track: KeypointTrack) -> float:
    """Assumed focal length: nobody knows it, and the lifter was trained to bear an error."""
    return default_focal_px(np.asarray(track.image_size_px, np.float64))
