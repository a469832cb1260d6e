"""The field's measures of 3D pose error. Poses are (..., J, 3) metres; errors come back in millimetres or degrees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating]
_MM = 1000.0


def mpjpe(predicted: FloatArray, truth: FloatArray) -> float:
    """Mean per joint position error (Protocol 1), mm: mean distance after both pelvises are put at the origin.

    Args:
        predicted, truth: (..., J, 3) metres in one frame of reference, joint 0 the pelvis.
    """
    a, b = _rooted(predicted, truth)
    return float(np.linalg.norm(a - b, axis=-1).mean() * _MM)


def n_mpjpe(predicted: FloatArray, truth: FloatArray) -> float:
    """Scale-aligned MPJPE, mm: every pose is first given the scale that fits the truth best (Rhodin et al., 2018)."""
    a, b = _rooted(predicted, truth)
    scale = (a * b).sum((-2, -1), keepdims=True) / np.maximum((a * a).sum((-2, -1), keepdims=True), 1e-12)
    return float(np.linalg.norm(scale * a - b, axis=-1).mean() * _MM)


def p_mpjpe(predicted: FloatArray, truth: FloatArray) -> float:
    """Procrustes-aligned MPJPE (Protocol 2), mm: best rotation, translation and scale for every pose."""
    return float(np.linalg.norm(procrustes(predicted, truth) - truth, axis=-1).mean() * _MM)


def procrustes(predicted: FloatArray, truth: FloatArray) -> NDArray[np.float64]:
    """`predicted` (..., J, 3) moved onto `truth` by the similarity of least squares (Umeyama, 1991); no reflections."""
    a, b = np.asarray(predicted, np.float64), np.asarray(truth, np.float64)
    mean_a, mean_b = a.mean(-2, keepdims=True), b.mean(-2, keepdims=True)
    a, b = a - mean_a, b - mean_b
    u, s, vt = np.linalg.svd(np.swapaxes(a, -1, -2) @ b)
    sign = np.sign(np.linalg.det(u @ vt))
    vt[..., 2, :] *= sign[..., None]
    s[..., 2] *= sign
    scale = s.sum(-1) / np.maximum((a * a).sum((-2, -1)), 1e-12)
    moved: NDArray[np.float64] = scale[..., None, None] * (a @ (u @ vt)) + mean_b
    return moved


def mpjve(predicted: FloatArray, truth: FloatArray, fps: float) -> float:
    """Mean per joint velocity error, mm/s, of root-relative clips (T, J, 3), T >= 2, `fps` frames a second."""
    a, b = _rooted(predicted, truth)
    return float(np.linalg.norm(np.diff(a - b, axis=0), axis=-1).mean() * _MM * fps)


def limb_direction_error_deg(predicted: FloatArray, truth: FloatArray, parents: tuple[int, ...]) -> float:
    """Mean angle between bone directions, degrees: what a retargeted character shows, free of size.

    Args:
        predicted, truth: (..., J, 3) in one frame of reference.
        parents: parent of each joint, -1 for the root.
    """
    children = [j for j, parent in enumerate(parents) if parent >= 0]
    above = [parents[j] for j in children]
    a, b = (np.asarray(p, np.float64) for p in (predicted, truth))
    a, b = a[..., children, :] - a[..., above, :], b[..., children, :] - b[..., above, :]
    # atan2 of cross and dot stays exact for small angles, where arccos does not.
    sine = np.linalg.norm(np.cross(a, b), axis=-1)
    return float(np.degrees(np.arctan2(sine, (a * b).sum(-1))).mean())


def _rooted(predicted: FloatArray, truth: FloatArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b = np.asarray(predicted, np.float64), np.asarray(truth, np.float64)
    if a.shape != b.shape or a.shape[-1] != 3:
        raise ValueError(f"Poses of shape {a.shape} cannot be compared with {b.shape}: both must be (..., joints, 3).")
    return a - a[..., :1, :], b - b[..., :1, :]
