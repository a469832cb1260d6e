"""All measures of one network under one condition: as a whole, for every joint, and for every kind of action."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..joints import NAMES, PARENTS
from .metrics import auc, joint_errors_mm, limb_direction_error_deg, mpjve, pck

PROTOCOLS: Final = {"mpjpe_mm": 1, "p_mpjpe_mm": 2, "n_mpjpe_mm": 3}
Poses = Sequence[NDArray[np.float32]]


def measure(predicted: Poses, truth: Poses, fps: float) -> dict[str, float]:
    """Measures over clips of poses (T, 17, 3): Protocols 1 to 3 in mm, MPJVE in mm/s, PCK and AUC 0..1, degrees."""
    a, b = np.concatenate(predicted), np.concatenate(truth)
    figures = {name: float(joint_errors_mm(a, b, protocol).mean()) for name, protocol in PROTOCOLS.items()}
    moving = [(p, t) for p, t in zip(predicted, truth, strict=True) if len(p) > 1]
    if moving:
        speeds = [mpjve(p, t, fps) for p, t in moving]
        figures["mpjve_mm_s"] = float(np.average(speeds, weights=[len(p) - 1 for p, _ in moving]))
    return figures | {
        "pck_150mm": pck(a, b),
        "auc_150mm": auc(a, b),
        "limb_direction_deg": limb_direction_error_deg(a, b, PARENTS),
    }


def measure_in_full(predicted: Poses, truth: Poses, fps: float, actions: Sequence[str]) -> dict[str, Any]:
    """`measure`, with `joints` (measure to 17 numbers by joint name) and `actions` (kind to its measures and clips).

    Args:
        actions: kind of action of each clip.
    """
    a, b = np.concatenate(predicted), np.concatenate(truth)
    joints = {
        name: dict(zip(NAMES, joint_errors_mm(a, b, protocol).mean(axis=0).round(3).tolist(), strict=True))
        for name, protocol in PROTOCOLS.items()
    }
    kinds: dict[str, dict[str, float]] = {}
    for kind in sorted(set(actions)):
        mine = [number for number, action in enumerate(actions) if action == kind]
        figures = measure([predicted[n] for n in mine], [truth[n] for n in mine], fps)
        kinds[kind] = {"clips": len(mine), **_rounded(figures)}
    return {**_rounded(measure(predicted, truth, fps)), "joints": joints, "actions": kinds}


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in figures.items()}
