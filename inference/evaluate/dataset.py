"""A lifter against a dataset of the community, as `inference.data.convert` writes it: its cameras and its 2D joints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..data.pose_file import PoseClip
from ..errors import InferenceError
from ..joints import NAMES
from ..lift.lifter import Lifter
from ..npz import read_arrays
from .measures import PROTOCOLS
from .metrics import auc, joint_errors_mm, mpjve, pck

TRUE, GIVEN = "true_2d", "given_2d"
"""2D joints projected from the true 3D ones, and those that came with the data."""
_USUAL_SHARE: Final = 0.5
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Lifted:
    """One clip's poses (T, J, 3) beside the truth, over the joints that the dataset has and its complete frames."""

    action: str
    fps: float
    poses: Array
    truth: Array


def evaluate_dataset(lifter: Lifter, clips: Sequence[PoseClip]) -> dict[str, Any]:
    """Protocols 1 to 3, MPJVE, PCK@150 and AUC by condition: as a whole, by action (mean over its clips) and by joint.

    Sizes are those of the dataset for Protocol 1, where the lifter answers for a person of 1.75 m: judge it by
    Protocols 2 and 3. Joints that most frames lack are left out, and so are frames that lack one of the others.

    Raises:
        InferenceError: no clip has a camera or 2D joints, or none has a pelvis.
    """
    joints = usual_joints(clips)
    figures: dict[str, Any] = {"clips": len(clips), "joints": [NAMES[joint] for joint in joints], "conditions": {}}
    for condition in (TRUE, GIVEN):
        lifted = []
        for clip in clips:
            track = true_track(clip) if condition == TRUE else given_track(clip)
            if track is not None:
                lifted.append(_lift(lifter, clip, *track, joints))
        if lifted:
            figures["conditions"][condition] = _measure(lifted, joints)
    if not figures["conditions"]:
        raise InferenceError("no-2d", "No clip has a camera or 2D joints.", "Convert the dataset with its cameras.")
    return figures


def is_pack(path: Path) -> bool:
    """Whether a file holds motion capture in world space, to be seen by virtual cameras, and no dataset with its own.

    Raises:
        InferenceError: it is no .npz file.
    """
    try:
        return "delta" in read_arrays(path, (), ("delta",))
    except ValueError as error:
        raise InferenceError(
            "bad-data", f"{path.name} cannot be read: {error}.", "Convert the dataset again."
        ) from error


def usual_joints(clips: Sequence[PoseClip]) -> list[int]:
    """The joints that most frames have.

    Raises:
        InferenceError: the pelvis is not among them.
    """
    known = np.concatenate([np.isfinite(clip.joints_m).all(axis=-1) for clip in clips])
    joints = np.flatnonzero(known.mean(axis=0) > _USUAL_SHARE).tolist()
    if 0 not in joints:
        raise InferenceError("no-pelvis", "The truth has no pelvis, to which all errors are relative.", "Convert anew.")
    return [int(joint) for joint in joints]


def true_track(clip: PoseClip) -> tuple[Array, NDArray[np.float32]] | None:
    """The true joints seen through the clip's camera: (T, 17, 2) rays on the plane z = 1, (T, 17) which there are."""
    seen = np.isfinite(clip.joints_m).all(axis=-1) & (clip.joints_m[..., 2] > 0.1)
    if not seen.any():
        return None
    depth = np.where(seen, clip.joints_m[..., 2], 1.0)
    return clip.joints_m[..., :2].astype(np.float64) / depth[..., None], seen.astype(np.float32)


def given_track(clip: PoseClip) -> tuple[Array, NDArray[np.float32]] | None:
    """The 2D joints that came with the clip, as rays through its camera, and their confidence."""
    if clip.keypoints_px is None:
        return None
    focal, centre = np.array(clip.focal_px), np.array(clip.centre_px)
    if not (np.isfinite(focal).all() and np.isfinite(centre).all()):
        return None
    return (clip.keypoints_px - centre) / focal, clip.seen()


def _lift(lifter: Lifter, clip: PoseClip, rays: Array, seen: NDArray[np.float32], joints: list[int]) -> _Lifted:
    # Any picture will do that has its centre on the optical axis and square pixels.
    pixels, size = rays * 1000.0 + 500.0, np.array([1000, 1000])
    poses = lifter.lift(pixels, seen, size, clip.fps, focal_px=1000.0)[:, joints].astype(np.float64)
    truth = clip.joints_m[:, joints].astype(np.float64)
    whole = np.isfinite(truth).all(axis=(1, 2))
    return _Lifted(clip.action, clip.fps, poses[whole], truth[whole])


def _measure(lifted: Sequence[_Lifted], joints: list[int]) -> dict[str, Any]:
    kinds = sorted({clip.action for clip in lifted})
    actions = {kind: _figures([clip for clip in lifted if clip.action == kind]) for kind in kinds}
    poses = np.concatenate([clip.poses for clip in lifted])
    truth = np.concatenate([clip.truth for clip in lifted])
    by_joint = {
        name: dict(
            zip(
                [NAMES[joint] for joint in joints],
                joint_errors_mm(poses, truth, protocol).mean(axis=0).round(3).tolist(),
                strict=True,
            )
        )
        for name, protocol in PROTOCOLS.items()
    }
    mean = {name: round(float(np.mean([figures[name] for figures in actions.values()])), 4) for name in PROTOCOLS}
    over_actions = {f"{name}_mean_over_actions": value for name, value in mean.items()}
    return {**_figures(lifted), **over_actions, "actions": actions, "joints": by_joint}


def _figures(lifted: Sequence[_Lifted]) -> dict[str, float]:
    poses = np.concatenate([clip.poses for clip in lifted])
    truth = np.concatenate([clip.truth for clip in lifted])
    figures = {name: float(joint_errors_mm(poses, truth, protocol).mean()) for name, protocol in PROTOCOLS.items()}
    moving = [clip for clip in lifted if len(clip.poses) > 1]
    if moving:
        speeds = [mpjve(clip.poses, clip.truth, clip.fps) for clip in moving]
        figures["mpjve_mm_s"] = float(np.average(speeds, weights=[len(clip.poses) - 1 for clip in moving]))
    figures |= {"pck_150mm": pck(poses, truth), "auc_150mm": auc(poses, truth), "frames": float(len(poses))}
    return {name: round(value, 4) for name, value in figures.items()}
