"""The lifter against motion capture it has never seen, through fixed virtual cameras, in pixels and as a whole."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..joints import PARENTS, REFERENCE_HEIGHT_M
from ..lift.lifter import Lifter
from ..lift.normalise import normalise_size
from ..train.bodies import detector_bodies
from ..train.cameras import Cameras, project, sample_cameras, see
from ..train.noise import NoiseModel, add_noise
from ..train.pack import MotionPack
from .metrics import limb_direction_error_deg, mpjpe, mpjve, n_mpjpe, p_mpjpe

LONG_SIDE_PX = 1280.0
DETECTOR = NoiseModel(
    white=(0.004, 0.004), drift=(0.006, 0.006), bias=(0.008, 0.008), pixel=0.001, clean=0.0, dropout=0.0, swap=0.0
)
"""The stand-in for a detector: about 2 % of the person's height off in all, half of it constant."""


@dataclass(frozen=True, slots=True)
class View:
    """One clip as one camera sees it.

    Attributes:
        truth_m: (T, 17, 3) root-relative, camera axes, size-normalised.
        exact_px, detected_px: (T, 17, 2) true 2D joints, and with a detector's errors.
        size_px: (2,) image size.
        focal_px: the camera's focal length.
    """

    truth_m: NDArray[np.float32]
    exact_px: NDArray[np.float32]
    detected_px: NDArray[np.float32]
    size_px: NDArray[np.int64]
    focal_px: float


def make_view(clip: NDArray[np.float32], seed: int, number: int) -> View:
    """The clip (T, 17, 3), world, seen by the camera that `seed` and `number` fix."""
    rng = np.random.default_rng([seed, number])
    cameras = sample_cameras(1, rng)
    windows = clip[None]
    origin = windows[:, len(clip) // 2, 0]
    seen = see(cameras, windows, origin)
    height = REFERENCE_HEIGHT_M / cameras.pelvis_m[:, 2]
    hips = project(see(cameras, detector_bodies(windows, rng), origin))
    detected = add_noise(hips, height, 1.0 / cameras.focal, DETECTOR, rng)
    size_px = np.round(cameras.size[0] * cameras.focal[0] * LONG_SIDE_PX).astype(np.int64)
    return View(
        truth_m=normalise_size(seen[0]),
        exact_px=_to_pixels(project(seen)[0], cameras, size_px),
        detected_px=_to_pixels(detected[0], cameras, size_px),
        size_px=size_px,
        focal_px=_focal_px(cameras),
    )


def evaluate_lifter(
    lifter: Lifter, pack: MotionPack, *, frames: int, seed: int, say: Callable[[str], None]
) -> dict[str, float]:
    """Errors over the middle `frames` of every clip, one camera a clip.

    Returns:
        `<input>_<measure>` to number: inputs `true_2d` (focal length known) and `detected_2d` (focal length assumed);
        measures in mm, mm/s and degrees; `frames`, `clips` and `frames_per_second`.
    """
    views, fps = [], pack.fps
    for number in range(len(pack)):
        clip = pack.clip(number)
        start = max(0, (len(clip) - frames) // 2)
        views.append(make_view(clip[start : start + frames], seed, number))
    truth = [view.truth_m for view in views]
    count = sum(len(poses) for poses in truth)
    results: dict[str, float] = {"clips": len(views), "frames": count}
    say(f"{len(views)} clips, {count} frames")
    begun = time.monotonic()
    exact = [_lift(lifter, view.exact_px, view, fps, view.focal_px) for view in views]
    results["frames_per_second"] = count / (time.monotonic() - begun)
    results |= {f"true_2d_{name}": value for name, value in _measures(exact, truth, fps).items()}
    detected = [_lift(lifter, view.detected_px, view, fps, None) for view in views]
    results |= {f"detected_2d_{name}": value for name, value in _measures(detected, truth, fps).items()}
    return results


def _lift(
    lifter: Lifter, joints_px: NDArray[np.float32], view: View, fps: float, focal_px: float | None
) -> NDArray[np.float32]:
    seen = np.ones(joints_px.shape[:2], np.float32)
    return lifter.lift(joints_px, seen, view.size_px, fps, focal_px=focal_px)


def _measures(
    predicted: list[NDArray[np.float32]], truth: list[NDArray[np.float32]], fps: float
) -> dict[str, float]:
    a, b = np.concatenate(predicted), np.concatenate(truth)
    moving = [(p, t) for p, t in zip(predicted, truth, strict=True) if len(p) > 1]
    weights = [len(p) - 1 for p, _ in moving]
    return {
        "mpjpe_mm": mpjpe(a, b),
        "n_mpjpe_mm": n_mpjpe(a, b),
        "p_mpjpe_mm": p_mpjpe(a, b),
        "mpjve_mm_s": float(np.average([mpjve(p, t, fps) for p, t in moving], weights=weights)),
        "limb_direction_deg": limb_direction_error_deg(a, b, PARENTS),
    }


def _focal_px(cameras: Cameras) -> float:
    return float(cameras.focal[0]) * LONG_SIDE_PX / 2.0


def _to_pixels(rays: NDArray[np.float32], cameras: Cameras, size_px: NDArray[np.int64]) -> NDArray[np.float32]:
    return np.asarray(rays * _focal_px(cameras) + size_px / 2.0, np.float32)
