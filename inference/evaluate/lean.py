"""Lean: by how much up is off, and where that comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip3D, body_in_camera
from ..edit.edits import NO_EDITS
from ..joints import INDEX
from ..refine.balance import LEVEL_UP, balance_up
from ..refine.floor import fit_floor
from ..refine.settings import DEFAULT
from ..refine.upright import estimate_up
from .world_clips import WorldClip

Array = NDArray[np.float64]
_Step = Callable[[Array, WorldClip], Array]

_STANDS_S: Final = 1.0
_FAR_M: Final = 2.0
_UPRIGHT: Final = np.cos(np.radians(15.0))
_STRETCHED: Final = 0.95
"""Hip to ankle over thigh and shin."""


def _with_floor(joints: Array, clip: WorldClip) -> Array:
    seen, times_s = clip.joints_2d.detected, clip.track.times_s
    return fit_floor(joints, estimate_up(joints, seen, times_s), seen, float(times_s[-1] - times_s[0]))[0]


_STEPS: Final[Mapping[str, _Step]] = {
    "level": lambda joints, clip: LEVEL_UP,
    "balance": lambda joints, clip: balance_up(joints, clip.joints_2d.detected),
    "network": lambda joints, clip: estimate_up(joints, clip.joints_2d.detected, clip.track.times_s).direction,
    "network, floor": _with_floor,
}


def lean_figures(clips: Sequence[WorldClip], placed: Sequence[Clip3D]) -> dict[str, float]:
    """`lean_deg`: angle between up and true up, mean over the clips in which somebody truly stands (`standing`) for a
    second or longer; nine of ten of these are below `lean_p90_deg`. `lean_all_deg`: mean over all clips.
    """
    leans = np.array([lean_deg(clip, one) for clip, one in zip(clips, placed, strict=True)])
    stands = np.array([_stands(clip) for clip in clips])
    return {
        "lean_deg": float(np.mean(leans[stands])),
        "lean_p90_deg": float(np.percentile(leans[stands], 90.0)),
        "lean_all_deg": float(np.mean(leans)),
    }


def lean_deg(clip: WorldClip, placed: Clip3D) -> float:
    """Angle between up and true up."""
    return _angle_deg(placed.world_from_camera[2, :3], clip.up)


def lean_rows(clips: Sequence[WorldClip]) -> list[dict[str, Any]]:
    """Mean lean in degrees of each step towards up, for each kind of clip, from true poses and from lifted ones."""
    lifted = [_lifted(clip) for clip in clips]
    kinds = _kinds(clips)
    rows: list[dict[str, Any]] = []
    for source, poses in (("true poses", [clip.truth_m for clip in clips]), ("lifted poses", lifted)):
        for name, step in _STEPS.items():
            leans = np.array(
                [_angle_deg(step(joints, clip), clip.up) for joints, clip in zip(poses, clips, strict=True)]
            )
            means = {kind: float(leans[there].mean()) for kind, there in kinds.items() if there.any()}
            rows.append({"poses": source, "up": name, **means})
    return rows


def lean_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows under each other, as Markdown."""
    kinds = [key for key in rows[0] if key not in ("poses", "up")]
    lines = ["| poses | up from | " + " | ".join(kinds) + " |", "|---|---|" + "---:|" * len(kinds)]
    for row in rows:
        lines.append(f"| {row['poses']} | {row['up']} | " + " | ".join(f"{row[kind]:.2f}" for kind in kinds) + " |")
    return "\n".join(lines) + "\n"


def standing(clip: WorldClip) -> NDArray[np.bool_]:
    """(T,) frames whose true pose stands or walks: the trunk and a stretched leg within 15 degrees of upright."""
    trunk = _cosine(clip, "pelvis", "thorax") > _UPRIGHT
    legs = np.zeros_like(trunk)
    for side in ("left", "right"):
        hip, knee, ankle = (clip.truth_m[:, INDEX[f"{side}_{part}"]] for part in ("hip", "knee", "ankle"))
        length = np.linalg.norm(hip - knee, axis=-1) + np.linalg.norm(knee - ankle, axis=-1)
        stretched = np.linalg.norm(hip - ankle, axis=-1) > _STRETCHED * length
        legs |= stretched & (_cosine(clip, f"{side}_ankle", f"{side}_hip") > _UPRIGHT)
    return np.asarray(trunk & legs)


def _kinds(clips: Sequence[WorldClip]) -> dict[str, NDArray[np.bool_]]:
    stands = np.array([_stands(clip) for clip in clips])
    far = np.array([float(np.ptp(clip.truth_m[:, 0], axis=0).max()) > _FAR_M for clip in clips])
    return {
        "stands": stands,
        "stands, walks 2 m": stands & far,
        "stands, stays": stands & ~far,
        "does not stand": ~stands,
        "all": np.ones(len(clips), np.bool_),
    }


def _stands(clip: WorldClip) -> bool:
    return bool(standing(clip).sum() >= _STANDS_S * clip.track.fps)


def _lifted(clip: WorldClip) -> Array:
    return body_in_camera(clip.track, clip.joints_2d, clip.lifted, DEFAULT, NO_EDITS.standing(len(clip.track)))[0]


def _angle_deg(first: Array, second: Array) -> float:
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(first, second)), first @ second)))


def _cosine(clip: WorldClip, low: str, high: str) -> Array:
    """(T,) of the angle between true up and the line from one joint to another."""
    line = clip.truth_m[:, INDEX[high]] - clip.truth_m[:, INDEX[low]]
    return np.asarray(line @ clip.up / np.linalg.norm(line, axis=-1))
