"""What smoothing takes away and what it costs: jitter, error, delay, the speed of hits, the moment of a landing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..joints import ANKLES, INDEX
from ..refine.stance import runs
from .smoothing_clips import SmoothingClip

Array = NDArray[np.float64]

_STRIKERS: Final = tuple(INDEX[f"{side}_{part}"] for side in ("left", "right") for part in ("wrist", "ankle"))
_HIT_M_S: Final = 3.5
"""Peaks of a wrist's or an ankle's speed against the pelvis from here on are hits."""
_HIT_APART: Final = 6
_AT_REST_M_S2: Final = 2.0
_STANDING_M_S, _STANDING_M = 0.4, 0.05
"""A foot stands where it is this slow and this near its lowest."""
_SHORTEST_STAND: Final = 4
_LANDED_M_S: Final = 0.7
_SEARCHED: Final = 6
_FARTHEST_LAG: Final = 3


def measure_smoothing(clips: Sequence[SmoothingClip], smoothed: Sequence[Array]) -> dict[str, float]:
    """Figures over all clips, each smoothed (T, 17, 3).

    Returns:
        `mpjpe_mm`, against the pelvis. On clean clips, in the world: `acceleration_error_m_s2`, over all joints, and
        `rest_jitter_m_s2`, over joints that are hardly accelerated in truth; `contact_late_frames`, how much later a
        foot comes to stand than in truth, `contact_off_frames`, the same without sign, `contact_slide_mm`, how far a
        standing foot moves a frame, median. `hit_speed_kept`: share of the raw joints' speed in the true direction of
        all hits. `lag_frames` behind the raw joints.
    """
    clean = [(clip, paths) for clip, paths in zip(clips, smoothed, strict=True) if clip.clean]
    errors = [np.linalg.norm(_rooted(p) - _rooted(c.truth), axis=-1) for c, p in zip(clips, smoothed, strict=True)]
    jitter = [np.linalg.norm(accelerations(paths - clip.truth, clip), axis=-1) for clip, paths in clean]
    at_rest = [np.linalg.norm(accelerations(clip.truth, clip), axis=-1) < _AT_REST_M_S2 for clip, _ in clean]
    landings = np.concatenate([_landings(clip, paths) for clip, paths in clean])
    slides = [slide for clip, paths in clean for slide in foot_slides(clip, paths)]
    hits = np.sum([_hit_speeds(clip, paths) for clip, paths in zip(clips, smoothed, strict=True)], axis=0)
    return {
        "mpjpe_mm": 1000.0 * float(np.concatenate(errors).mean()),
        "acceleration_error_m_s2": float(np.concatenate(jitter).mean()),
        "rest_jitter_m_s2": float(np.concatenate([j[r] for j, r in zip(jitter, at_rest, strict=True)]).mean()),
        "hit_speed_kept": float(hits[0] / hits[1]),
        "lag_frames": float(np.mean([_lag(clip, paths) for clip, paths in zip(clips, smoothed, strict=True)])),
        "contact_late_frames": float(np.nanmean(landings)),
        "contact_off_frames": float(np.nanmean(np.abs(landings))),
        "contact_slide_mm": 1000.0 * float(np.median(slides)),
    }


def measure_gaps(clips: Sequence[SmoothingClip], smoothed: Sequence[Array]) -> dict[str, float]:
    """`mpjpe_mm` and `acceleration_error_m_s2` of clean clips, over frames in or next to a gap in the detections."""
    errors, jitter = [], []
    for clip, paths in zip(clips, smoothed, strict=True):
        lost = ~clip.found.any(axis=1)
        near = np.convolve(lost, np.ones(2 * _FARTHEST_LAG + 1), "same") > 0
        errors.append(np.linalg.norm(_rooted(paths) - _rooted(clip.truth), axis=-1)[near])
        if clip.clean:
            jitter.append(np.linalg.norm(accelerations(paths - clip.truth, clip), axis=-1)[near[1:-1]])
    return {
        "mpjpe_mm": 1000.0 * float(np.concatenate(errors).mean()),
        "acceleration_error_m_s2": float(np.concatenate(jitter).mean()),
    }


def count_hits(clips: Sequence[SmoothingClip]) -> int:
    """How many hits `hit_speed_kept` is made from."""
    return sum(len(_hits(clip)) for clip in clips)


def _rooted(paths: Array) -> Array:
    return paths - paths[:, :1]


def accelerations(paths: Array, clip: SmoothingClip) -> Array:
    """(T-2, 17, 3) second differences of paths (T, 17, 3), m/s^2."""
    return np.diff(paths, n=2, axis=0) / float(np.median(np.diff(clip.times_s))) ** 2


def _velocity(paths: Array, clip: SmoothingClip) -> Array:
    return np.asarray(np.gradient(paths, clip.times_s, axis=0))


def _hits(clip: SmoothingClip) -> list[tuple[int, int, Array]]:
    """(frame, joint, direction) of each peak of speed in truth."""
    velocity = _velocity(_rooted(clip.truth), clip)
    found = []
    for joint in _STRIKERS:
        speed = np.linalg.norm(velocity[:, joint], axis=-1)
        for frame in np.flatnonzero(speed > _HIT_M_S):
            around = speed[max(0, frame - _HIT_APART) : frame + _HIT_APART + 1]
            if 2 < frame < len(speed) - 3 and speed[frame] == around.max():
                found.append((int(frame), joint, velocity[frame, joint] / speed[frame]))
    return found


def _hit_speeds(clip: SmoothingClip, paths: Array) -> tuple[float, float]:
    """Summed highest speeds, smoothed and raw, within two frames of each hit and along its true direction."""
    both = [_velocity(_rooted(p), clip) for p in (paths, clip.raw)]
    sums = [0.0, 0.0]
    for frame, joint, direction in _hits(clip):
        for k, velocity in enumerate(both):
            sums[k] += float((velocity[frame - 2 : frame + 3, joint] @ direction).max())
    return sums[0], sums[1]


def _lag(clip: SmoothingClip, paths: Array) -> float:
    """Frames by which the smoothed velocities follow the raw ones, to a fraction: top of their correlation."""
    here, raw = (_velocity(p, clip) - _velocity(p, clip).mean(axis=0) for p in (paths, clip.raw))
    n, most = len(raw), _FARTHEST_LAG
    match = [float(np.sum(here[most : n - most] * raw[most - lag : n - most - lag])) for lag in range(-most, most + 1)]
    top = int(np.clip(np.argmax(match), 1, 2 * most - 1))
    before, at, after = match[top - 1 : top + 2]
    return top - most + 0.5 * (before - after) / (before - 2.0 * at + after)


def _stands(clip: SmoothingClip) -> list[tuple[int, int, int]]:
    """(joint, first frame, frame behind the last) of each stretch in which a foot stands in truth."""
    found = []
    for joint in ANKLES:
        slow = np.linalg.norm(_velocity(clip.truth[:, joint], clip), axis=-1) < _STANDING_M_S
        height = clip.heights_m[:, joint]
        standing = slow & (height < np.percentile(height, 5) + _STANDING_M)
        found += [(joint, first, end) for first, end in runs(standing) if end - first >= _SHORTEST_STAND]
    return found


def foot_slides(clip: SmoothingClip, paths: Array) -> list[float]:
    """Metres a frame that each standing foot of truth moves in `paths` (T, 17, 3), on average over its stand."""
    steps = np.linalg.norm(np.diff(paths, axis=0), axis=-1)
    return [float(steps[first : last - 1, joint].mean()) for joint, first, last in _stands(clip)]


def _landings(clip: SmoothingClip, paths: Array) -> Array:
    """(N,) frames by which each foot slows down later than in truth; NaN where it never does near that moment."""
    late = []
    for joint, first, _ in _stands(clip):
        moments = [_slowed(np.linalg.norm(_velocity(p, clip)[:, joint], axis=-1), first) for p in (paths, clip.truth)]
        late.append(moments[0] - moments[1])
    return np.array(late)


def _slowed(speed: Array, near: int) -> float:
    """Fractional frame at which the speed falls below the limit and stays there into the stand; NaN where none."""
    frame = min(near + _SHORTEST_STAND - 1, len(speed) - 1)
    if speed[frame] > _LANDED_M_S:
        return float("nan")
    while frame > 0 and speed[frame - 1] < _LANDED_M_S:
        frame -= 1
    if frame == 0 or near - frame > _SEARCHED:
        return float("nan")
    return float(frame - (_LANDED_M_S - speed[frame]) / (speed[frame - 1] - speed[frame]))
