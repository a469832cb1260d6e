"""The lifter against motion capture it has never seen, through fixed virtual cameras, in pixels and as a whole."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..lift.lifter import Lifter
from ..lift.normalise import default_focal_px, image_rays
from ..lift.track import sample_track, window_positions
from ..train.pack import MotionPack
from .measures import measure
from .views import View, make_views


def evaluate_lifter(
    lifter: Lifter, pack: MotionPack, *, frames: int, seed: int, say: Callable[[str], None]
) -> dict[str, float]:
    """Errors over the middle `frames` of every clip, one camera a clip.

    Returns:
        `<input>_<measure>` to number: inputs `true_2d` (focal length known) and `detected_2d` (focal length assumed);
        measures in mm, mm/s and degrees; `frames`, `clips` and `frames_per_second`.
    """
    views, fps = make_views(pack, frames=frames, seed=seed), pack.fps
    truth = [view.truth_m for view in views]
    count = sum(len(poses) for poses in truth)
    results: dict[str, float] = {"clips": len(views), "frames": count}
    say(f"{len(views)} clips, {count} frames")
    begun = time.monotonic()
    exact = [_lift(lifter, view.exact_px, view, fps, view.focal_px) for view in views]
    results["frames_per_second"] = count / (time.monotonic() - begun)
    results |= {f"true_2d_{name}": value for name, value in measure(exact, truth, fps).items()}
    detected = [_lift(lifter, view.detected_px, view, fps, None) for view in views]
    results |= {f"detected_2d_{name}": value for name, value in measure(detected, truth, fps).items()}
    return results


def _lift(
    lifter: Lifter, joints_px: NDArray[np.float32], view: View, fps: float, focal_px: float | None
) -> NDArray[np.float32]:
    """Poses (T, 17, 3) of the view's measured frames, from windows as `Lifter.lift` makes them."""
    focal = default_focal_px(view.size_px) if focal_px is None else focal_px
    rays = image_rays(joints_px, view.size_px, focal)
    positions = window_positions(view.targets, np.arange(len(rays)) / fps, lifter.receptive_field)
    return lifter.lift_windows(sample_track(rays, positions))
