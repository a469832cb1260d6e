"""Shipped weights against motion capture they have never seen, through fixed virtual cameras."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..lift.lifter import Lifter
from ..lift.normalise import default_focal_px, image_rays
from ..refine.hidden import fill_hidden
from .conditions import DETECTED, TRUE, track_px
from .measures import measure, measure_in_full
from .views import View

Poses = NDArray[np.float32]
HIDDEN_SHARE, HIDDEN_S = 0.3, 1.0
"""How many of the joints are hidden, and for how long, when it is measured what hidden joints cost."""

CONDITIONS: Final = (TRUE, DETECTED)


def evaluate_lifter(
    lifter: Lifter, views: Sequence[View], actions: Sequence[str], fps: float, seed: int
) -> dict[str, Any]:
    """Figures of `measure_in_full` by condition, `frames_per_second`, and what hidden joints cost by condition.

    Args:
        actions: kind of action of each view's clip.
        fps: of the clips.
        seed: of the noise and of the joints that are hidden.
    """
    truth = [view.truth_m for view in views]
    figures: dict[str, Any] = {"clips": len(views), "frames": sum(map(len, truth)), "conditions": {}}
    for condition in CONDITIONS:
        begun = time.monotonic()
        poses = [
            lift_targets(lifter, track_px(view, condition, seed, n), view, fps, focal_known=condition == TRUE)
            for n, view in enumerate(views)
        ]
        figures.setdefault("frames_per_second", round(figures["frames"] / (time.monotonic() - begun), 1))
        full = measure_in_full(poses, truth, fps, actions)
        full["occluded_over_clean"] = _occluded_over_clean(lifter, views, poses, condition, fps, seed)
        figures["conditions"][condition] = full
    return figures


def lift_targets(
    lifter: Lifter, joints_px: NDArray[np.floating], view: View, fps: float, *, focal_known: bool
) -> Poses:
    """Poses (T, 17, 3) of a view's measured frames, from its 2D joints (C, 17, 2), as `Lifter.lift` makes them."""
    if lifter.info.slides:  # one pass over all costs little more than one over some
        seen = np.ones(joints_px.shape[:2], np.float32)
        focal = view.focal_px if focal_known else None
        return lifter.lift(joints_px, seen, view.size_px.astype(np.int64), fps, focal_px=focal)[view.targets]
    focal_px = view.focal_px if focal_known else default_focal_px(view.size_px)
    rays = image_rays(joints_px, view.size_px, focal_px)
    steps = np.arange(lifter.receptive_field) - lifter.info.target
    return lifter.lift_windows(rays[np.clip(view.targets[:, None] + steps, 0, len(rays) - 1)])


def hide(view: View, joints_px: Poses, fps: float, seed: int, number: int) -> tuple[NDArray[np.float64], slice]:
    """The track with `HIDDEN_SHARE` of its joints unseen for `HIDDEN_S` in its middle, filled in as the program does.

    Returns:
        (C, 17, 2) pixels; which of the view's measured frames are concerned.
    """
    rng = np.random.default_rng([seed, number, 30])
    joints = rng.choice(joints_px.shape[1], round(HIDDEN_SHARE * joints_px.shape[1]), replace=False)
    length = min(round(HIDDEN_S * fps), len(view.targets))
    first = (len(view.targets) - length) // 2
    seen = np.ones(joints_px.shape[:2], np.bool_)
    frames = view.targets[first : first + length]
    seen[frames[:, None], joints] = False
    times_s = np.arange(len(seen)) / fps
    return fill_hidden(joints_px.astype(np.float64), seen, times_s), slice(first, first + length)


def _occluded_over_clean(
    lifter: Lifter, views: Sequence[View], clean: Sequence[Poses], condition: str, fps: float, seed: int
) -> float:
    """N-MPJPE of the frames with hidden joints, over that of the same frames with all of them seen."""
    hidden, shown, truth = [], [], []
    for number, view in enumerate(views):
        track, span = hide(view, track_px(view, condition, seed, number), fps, seed, number)
        hidden.append(lift_targets(lifter, track, view, fps, focal_known=condition == TRUE)[span])
        shown.append(clean[number][span])
        truth.append(view.truth_m[span])
    a, b = (measure(poses, truth, fps)["n_mpjpe_mm"] for poses in (hidden, shown))
    return round(a / b, 4)
