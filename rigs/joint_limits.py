"""How far the joints of a body go: data that the solver keeps to (`joint_limits.json`)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from .arrays import FloatArray
from .vectors import smoothstep

_FILE = Path(__file__).with_name("joint_limits.json")
_SOFT_SHARE = 0.75
"""Share of a limit up to which an angle is left as it is."""


def _read() -> dict[str, dict[str, tuple[float, float]]]:
    found = json.loads(_FILE.read_text(encoding="utf-8"))
    return {
        joint: {kind: (float(np.radians(low)), float(np.radians(high))) for kind, (low, high) in limits.items()}
        for joint, limits in found.items()
        if joint != "about"
    }


_LIMITS = _read()


def within(joint: str) -> tuple[float, float]:
    """Least and greatest angle of a joint, radians, by its name in `joint_limits.json`."""
    return _LIMITS[joint]["within"]


def impossible(joint: str) -> tuple[float, float]:
    """Angles, radians, either way, from which a joint's are doubted and from which they are not believed at all."""
    return _LIMITS[joint]["impossible"]


def doubt(joint: str, angles: FloatArray) -> FloatArray:
    """(...) 0..1, how far (...) angles, radians, are too large to be believed."""
    low, high = impossible(joint)
    return smoothstep(low, high, np.abs(angles))


def softly(joint: str, angles: FloatArray) -> FloatArray:
    """(...) angles, radians, brought within a joint's limits: unchanged well inside, then ever closer to the limit."""
    return softened(angles, np.array(within(joint)))


def softened(angles: FloatArray, limits: FloatArray) -> FloatArray:
    """The same for (...,2) least and greatest angles of their own."""
    limit = np.where(angles < 0.0, -limits[..., 0], limits[..., 1])
    start = _SOFT_SHARE * limit
    room = np.maximum(limit - start, 1e-9)
    over = np.maximum(np.abs(angles) - start, 0.0)
    size: FloatArray = np.minimum(np.abs(angles), start) + room * (1.0 - np.exp(-over / room))
    return np.sign(angles) * size
