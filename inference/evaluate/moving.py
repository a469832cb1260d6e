"""The sample film through cameras that move, and what it brings to know that they do.

A camera that turns and zooms in its place sees the same rays as one that stands still: each frame of the film, turned
by a homography, is what it would have filmed, with the film's own truth in its first frame's axes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from ..clip import focal_px as usual_focal_px
from ..detect.keypoint_files import read_keypoints
from ..errors import InferenceError
from ..keypoint_track import KeypointTrack
from ..lift.lifter import Lifter
from ..protocol import DEFAULT_QUALITY
from ..shots import lift_shots, place_shots, track_shots
from .film_run import FILM, TRUTH, film_result, lift_film
from .world_measures import path_errors

Array = NDArray[np.float64]

_SIZE_PX: Final = (448, 448)
_FOLLOWS_S: Final = 0.5
_FARTHEST_RAD: Final = 0.14
"""Beyond it the virtual camera would look past the film's edge."""
_SHAKE_RAD: Final = np.radians(0.5)
_SHAKE_FRAMES: Final = 4.0
_ZOOM: Final = 1.25


@dataclass(frozen=True, slots=True)
class Motion:
    """How a virtual camera moves: (T,) turns from the film's camera, and (T,) zooms."""

    turns: Rotation
    zooms: Array


def motions(truth: Array, fps: float, seed: int) -> Mapping[str, Motion]:
    """Cameras by name, for joints (T, 17, 3) in the film's camera axes: each has the person mostly in sight."""
    rng = np.random.default_rng(seed)
    shake = gaussian_filter1d(rng.normal(size=(len(truth), 3)), _SHAKE_FRAMES, axis=0)
    shake *= _SHAKE_RAD / shake.std(axis=0)
    follow = gaussian_filter1d(np.arctan2(truth[:, 0, 0], truth[:, 0, 2]), _FOLLOWS_S * fps)
    pan = np.zeros_like(shake)
    pan[:, 1] = np.clip(follow, -_FARTHEST_RAD, _FARTHEST_RAD)
    still = np.ones(len(truth))
    middle = np.tile(np.median(pan, axis=0), (len(truth), 1))
    return {
        "panning": Motion(Rotation.from_rotvec(pan), still),
        "hand-held": Motion(Rotation.from_rotvec(middle + shake), still),
        "panning by hand, zooming in": Motion(Rotation.from_rotvec(pan + shake), np.linspace(1.0, _ZOOM, len(truth))),
    }


def moving_figures(lifter: Lifter, folder: Path, seed: int) -> dict[str, dict[str, float]]:
    """By camera: `root_error_pct`, the root's mean error over the way; `still_root_error_pct`, the same when the motion
    of the camera is not taken into account, and `gain`, the former over the latter; `turn_error_deg` and
    `focal_error_pct`, the worst. Beside them the film itself, whose camera stands still.

    Raises:
        InferenceError: the film is missing, or the child process fails.
    """
    with np.load(TRUTH, allow_pickle=False) as stored:
        truth, focal_px = stored["joints_camera_m"].astype(np.float64), float(stored["focal_px"])
        fps = float(stored["fps"])
    still = _root_error_pct(_track(film_result(lifter.info.name, folder)), lifter, truth)
    figures = {"standing still": {"root_error_pct": still}}
    for number, (name, motion) in enumerate(motions(truth, fps, seed).items()):
        film = folder / f"moving-{number}.avi"
        film_through(motion, focal_px, fps, film)
        track = _track(lift_film(lifter.info.name, DEFAULT_QUALITY, film, film.with_suffix(".npz")))
        figures[name] = _figures(track, lifter, truth, motion, focal_px)
    return figures


def film_through(motion: Motion, focal_px: float, fps: float, path: Path) -> None:
    """Write what a virtual camera sees of the sample film.

    Raises:
        InferenceError: the film cannot be written.
    """
    capture = cv2.VideoCapture(str(FILM))
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), fps, _SIZE_PX)
    if not writer.isOpened():
        raise InferenceError("no-film", f"The film {path} cannot be written.", "Choose another folder by --out.")
    try:
        for turn, zoom in zip(motion.turns, motion.zooms, strict=True):
            read, picture = capture.read()
            if not read:
                break
            seen = _lens(focal_px * zoom, _SIZE_PX) @ turn.inv().as_matrix()
            matrix = seen @ np.linalg.inv(_lens(focal_px, (picture.shape[1], picture.shape[0])))
            writer.write(cv2.warpPerspective(picture, matrix, _SIZE_PX, borderMode=cv2.BORDER_REFLECT))
    finally:
        writer.release()
        capture.release()


def _lens(focal_px: float, size_px: tuple[int, int]) -> Array:
    return np.array([[focal_px, 0.0, size_px[0] / 2.0], [0.0, focal_px, size_px[1] / 2.0], [0.0, 0.0, 1.0]])


def _track(result: Path) -> KeypointTrack:
    return read_keypoints(result, None, lambda _code, _text: None)


def _figures(track: KeypointTrack, lifter: Lifter, truth: Array, motion: Motion, focal_px: float) -> dict[str, float]:
    first = motion.turns[0]
    true_turns = first.inv() * motion.turns
    true = truth @ first.as_matrix()  # into the axes of the virtual camera's first frame
    known, blind = (_root_error_pct(each, lifter, true) for each in (track, replace(track, camera=None)))
    path = track.camera_path
    off = (true_turns[: len(path.turns)].inv() * Rotation.from_matrix(path.turns)).magnitude()
    focals = usual_focal_px(track) * path.zooms
    return {
        "root_error_pct": known,
        "still_root_error_pct": blind,
        "gain": known / blind,
        "turn_error_deg": float(np.degrees(off.max())),
        "focal_error_pct": 100.0 * float(np.abs(focals / (focal_px * motion.zooms[: len(focals)]) - 1.0).max()),
    }


def _root_error_pct(track: KeypointTrack, lifter: Lifter, truth: Array) -> float:
    joints_2d = track_shots(track, "the sample film")
    placed = place_shots(track, joints_2d, lift_shots(track, joints_2d, lifter), None)
    made = placed.joints_camera_m
    size = float(np.median(np.linalg.norm(truth[: len(made), 0], axis=-1) / np.linalg.norm(made[:, 0], axis=-1)))
    errors = path_errors(size * made, truth[: len(made)], track.fps)
    if errors is None:
        raise InferenceError("no-film", "Nobody goes anywhere in the sample film.", "Make it with build.py sample.")
    return 100.0 * errors[0]


def moving_table(figures: Mapping[str, Mapping[str, float]]) -> str:
    """The cameras under each other, as Markdown."""
    lines = [
        "| camera | root error % | taken for still % | gain | worst turn error ° | worst focal length error % |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    keys = (
        ("root_error_pct", ".2f"),
        ("still_root_error_pct", ".2f"),
        ("gain", ".2f"),
        ("turn_error_deg", ".2f"),
        ("focal_error_pct", ".1f"),
    )
    for name, row in figures.items():
        cells = (format(row[key], form) if key in row else "" for key, form in keys)
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
