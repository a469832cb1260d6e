"""Which bone is another one's counterpart on the body's other side: by the names, else by where they lie."""

from __future__ import annotations

import numpy as np

from ..arrays import FloatArray
from ..rest import RigRest
from ..roles import SIDES, Role, sided
from .sides import split_side

_NEAR = 0.02
"""Two heads mirror each other when they lie this share of the rig's extent apart, or less."""


def other_side(role: Role) -> Role | None:
    """The same part of the body's other side; None for what lies in the middle."""
    for side, other in (SIDES, SIDES[::-1]):
        if role.value.endswith(f"_{side}"):
            return sided(role.value.removesuffix(f"_{side}"), other)
    return None


def mirrored_bone(rest: RigRest, bone_name: str) -> str | None:
    """The bone that lies on the other side of the body as this one does on its own; None where there is none.

    Args:
        rest: the rig at rest.
        bone_name: one of its bones; another name has no counterpart.
    """
    if bone_name not in rest.bone_names:
        return None
    return _by_name(rest, bone_name) or _by_place(rest, bone_name)


def _by_name(rest: RigRest, bone_name: str) -> str | None:
    side, words = split_side(bone_name)
    if not side:
        return None
    spoken = ((name, split_side(name)) for name in rest.bone_names)
    others = [name for name, (its_side, its_words) in spoken if its_words == words and its_side not in ("", side)]
    return others[0] if len(others) == 1 else None


def _by_place(rest: RigRest, bone_name: str) -> str | None:
    heads = np.concatenate([rest.heads, rest.tails], axis=1).reshape(-1, 2, 3)
    near = _NEAR * max(float(np.ptp(rest.heads, axis=0).max()), 1e-9)
    mirrored = max((_reflected(heads, axis) for axis in range(3)), key=lambda other: _likeness(heads, other, near))
    bone = rest.index(bone_name)
    gaps = np.linalg.norm(heads - mirrored[bone], axis=-1).max(axis=-1)
    nearest = int(gaps.argmin())
    return rest.bone_names[nearest] if nearest != bone and gaps[nearest] < near else None


def _reflected(points: FloatArray, axis: int) -> FloatArray:
    """(B,2,3) heads and tails on the other side of the plane through most of the bones."""
    other = points.copy()
    other[..., axis] = 2.0 * np.median(points[:, 0, axis]) - other[..., axis]
    return other


def _likeness(points: FloatArray, other: FloatArray, near: float) -> int:
    """How many bones away from the plane have one that mirrors them."""
    gaps = np.linalg.norm(points[:, None, 0] - other[None, :, 0], axis=-1)
    np.fill_diagonal(gaps, np.inf)
    return int((gaps.min(axis=1) < near).sum())
