"""What refinement is judged by: pose, path, bones, feet, jitter, delay, occlusion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip3D
from ..joints import ANKLES, PARENTS
from ..train.contact_truth import foot_contacts
from .contacts import contact_scores
from .metrics import joint_errors_mm
from .smoothing_clips import SmoothingClip
from .smoothing_measures import accelerations, foot_slides, measure_smoothing
from .world_clips import WorldClip

Array = NDArray[np.float64]

_ALIGNED_S: Final = 1.0
_FAR_M: Final = 2.0
"""Somebody who travels less is not asked for an error in shares of the distance."""
_STATION: Final = 10


def pose_figures(clips: Sequence[WorldClip], refined: Sequence[Array]) -> dict[str, float]:
    """`p_mpjpe_mm`, `n_mpjpe_mm` and `bone_length_change`: (longest - shortest) / mean, the worst bone of each clip.

    Args:
        clips: with truth.
        refined: (T, 17, 3) of each, camera axes.
    """
    pairs = list(zip(clips, refined, strict=True))
    return {
        "p_mpjpe_mm": _mean([joint_errors_mm(joints, clip.truth_m, 2) for clip, joints in pairs]),
        "n_mpjpe_mm": _mean([joint_errors_mm(joints, clip.truth_m, 3) for clip, joints in pairs]),
        "bone_length_change": float(np.mean([bone_length_change(joints) for joints in refined])),
    }


def path_figures(clips: Sequence[WorldClip], placed: Sequence[Clip3D]) -> dict[str, float]:
    """`root_error_pct` and `root_end_error_pct`: mean and last distance of the pelvis from its true path, first second
    aligned, in shares of the distance travelled; median over the clips that travel.
    """
    errors = [
        path_errors(one.joints_camera_m, clip.truth_m, clip.track.fps) for clip, one in zip(clips, placed, strict=True)
    ]
    travelled = np.array([error for error in errors if error is not None])
    return {
        "root_error_pct": 100.0 * float(np.median(travelled[:, 0])),
        "root_error_mean_pct": 100.0 * float(np.mean(travelled[:, 0])),
        "root_end_error_pct": 100.0 * float(np.median(travelled[:, 1])),
    }


def motion_figures(clips: Sequence[WorldClip], refined: Sequence[Array]) -> dict[str, float]:
    """`acceleration_error_m_s2` (clean clips), `lag_frames` behind the lifter, `punch_peak_kept` of the lifter's own
    speed, and `foot_slide_mm` a frame, mean over the true stands of clean clips.

    Args:
        clips: with truth.
        refined: (T, 17, 3) of each, absolute, camera axes.
    """
    known = [as_smoothing(clip) for clip in clips]
    figures = measure_smoothing(known, refined)
    slides = [
        slide for clip, joints in zip(known, refined, strict=True) if clip.clean for slide in foot_slides(clip, joints)
    ]
    return {
        "acceleration_error_m_s2": figures["acceleration_error_m_s2"],
        "rest_jitter_m_s2": figures["rest_jitter_m_s2"],
        "lag_frames": figures["lag_frames"],
        "punch_peak_kept": figures["hit_speed_kept"],
        "foot_slide_mm": 1000.0 * float(np.mean(slides)),
        "foot_slide_median_mm": figures["contact_slide_mm"],
    }


def true_acceleration(clips: Sequence[WorldClip]) -> float:
    """m/s², mean over the joints of clean clips: the error in acceleration of whoever does not move at all."""
    clean = [as_smoothing(clip) for clip in clips if clip.clean]
    return float(np.concatenate([np.linalg.norm(accelerations(one.truth, one), axis=-1) for one in clean]).mean())


def contact_figures(clips: Sequence[WorldClip], placed: Sequence[Clip3D]) -> dict[str, float]:
    """`contact_auc` and `contact_f1` of how likely feet are said to stand, and `foot_height_error_mm`: mean distance of
    truly standing ankles from their height over the floor; over clean clips.
    """
    said, true, off = [], [], []
    for clip, one in zip(clips, placed, strict=True):
        if clip.clean:
            stands, known = foot_contacts(clip.truth_m, clip.heights_m, clip.track.fps, clip.clean)
            said.append(one.contact[known])
            true.append(stands[known])
            ankles = list(ANKLES)
            off.append(np.abs(one.joints_world_m[:, ankles, 2] - clip.heights_m[:, ankles])[stands])
    scores = contact_scores(np.concatenate(said), np.concatenate(true))
    height = 1000.0 * float(np.concatenate(off).mean())
    return {"contact_auc": scores["auc"], "contact_f1": scores["f1"], "foot_height_error_mm": height}


def hidden_error_mm(clips: Sequence[WorldClip], refined: Sequence[Array], hidden: Sequence[NDArray[np.bool_]]) -> float:
    """P-MPJPE over the frames that `hidden` (T,) of each clip marks."""
    return _mean(
        [
            joint_errors_mm(joints[frames], clip.truth_m[frames], 2)
            for clip, joints, frames in zip(clips, refined, hidden, strict=True)
        ]
    )


def with_true_path(clip: WorldClip) -> Array:
    """(T, 17, 3) the poses of the lifter alone where the person truly was."""
    return clip.alone + clip.truth_m[:, :1]


def as_smoothing(clip: WorldClip) -> SmoothingClip:
    """The clip for the measures of smoothing: the lifter's poses on the true path."""
    return SmoothingClip(
        name=clip.name,
        clean=clip.clean,
        raw=with_true_path(clip),
        truth=clip.truth_m,
        heights_m=clip.heights_m,
        found=clip.joints_2d.confidence > 0.0,
        contact=np.zeros((len(clip.lifted), 2)),
        times_s=clip.track.times_s,
    )


def path_errors(joints: Array, truth: Array, fps: float) -> tuple[float, float] | None:
    """Mean and last error of the pelvis' path over the distance travelled, the first second aligned by a rigid motion.

    Args:
        joints, truth: (T, 17, 3) metres, each in axes that stand still.
        fps: their rate.

    Returns:
        None for somebody who stays or is seen too shortly.
    """
    first = round(_ALIGNED_S * fps)
    # Not from frame to frame: swaying is no travelling.
    stations = truth[[*range(0, len(truth) - 1, _STATION), -1], 0]
    travelled = float(np.linalg.norm(np.diff(stations, axis=0), axis=-1).sum())
    if len(truth) <= first or travelled < _FAR_M:
        return None
    made, true = joints[:first].reshape(-1, 3), truth[:first].reshape(-1, 3)
    u, _, vt = np.linalg.svd((made - made.mean(axis=0)).T @ (true - true.mean(axis=0)))
    turn = u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))]) @ vt
    path = (joints[first:, 0] - made.mean(axis=0)) @ turn + true.mean(axis=0)
    off = np.linalg.norm(path - truth[first:, 0], axis=-1)
    return float(off.mean()) / travelled, float(off[-1]) / travelled


def bone_length_change(joints: Array) -> float:
    """(longest - shortest) / mean of the bone of (T, 17, 3) that changes most."""
    lengths = np.linalg.norm(joints[:, 1:] - joints[:, PARENTS[1:]], axis=-1)
    return float((np.ptp(lengths, axis=0) / lengths.mean(axis=0)).max())


def _mean(errors: Sequence[Array]) -> float:
    return float(np.concatenate(errors).mean())
