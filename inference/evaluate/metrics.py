"""The field's measures of 3D pose error. Poses are (..., J, 3) metres; errors come back in millimetres or degrees."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating]
_MM = 1000.0
PCK_THRESHOLD_MM: Final = 150.0
AUC_THRESHOLDS_MM: Final = np.linspace(0.0, PCK_THRESHOLD_MM, 31)


def mpjpe(predicted: FloatArray, truth: FloatArray) -> float:
    """Mean per joint position error (Protocol 1), mm: mean distance after both pelvises are put at the origin.

    Args:
        predicted, truth: (..., J, 3) metres in one frame of reference, joint 0 the pelvis.
    """
    return float(joint_errors_mm(predicted, truth, 1).mean())


def p_mpjpe(predicted: FloatArray, truth: FloatArray) -> float:
    """Procrustes-aligned MPJPE (Protocol 2), mm: best rotation, translation and scale for every pose."""
    return float(joint_errors_mm(predicted, truth, 2).mean())


def joint_errors_mm(predicted: FloatArray, truth: FloatArray, protocol: int) -> NDArray[np.float64]:
    """Distance of every joint from its truth, (..., J) mm.

    Args:
        predicted, truth: (..., J, 3) metres in one frame of reference, joint 0 the pelvis.
        protocol: 1 pelvises at the origin; 2 a similarity for each pose; 3 pelvises at the origin and the
            scale that fits best for each (Rhodin et al., 2018).

    Raises:
        ValueError: the shapes differ, or there is no such protocol.
    """
    a, b = _rooted(predicted, truth)
    if protocol == 2:
        a = procrustes(a, b)
    elif protocol == 3:
        a = (a * b).sum((-2, -1), keepdims=True) / np.maximum((a * a).sum((-2, -1), keepdims=True), 1e-12) * a
    elif protocol != 1:
        raise ValueError(f"There is no Protocol {protocol}; choose 1, 2 or 3.")
    errors: NDArray[np.float64] = np.linalg.norm(a - b, axis=-1) * _MM
    return errors


def pck(predicted: FloatArray, truth: FloatArray) -> float:
    """Share of joints, 0..1, nearer than 150 mm to their truth (Mehta et al., 2017), pelvises at the origin.

    The pelvis itself, which is then always right, is not counted.
    """
    return float((joint_errors_mm(predicted, truth, 1)[..., 1:] < PCK_THRESHOLD_MM).mean())


def auc(predicted: FloatArray, truth: FloatArray) -> float:
    """Area under the curve of `pck` over the thresholds 0, 5, ..., 150 mm (Mehta et al., 2017), 0..1."""
    errors = np.sort(joint_errors_mm(predicted, truth, 1)[..., 1:].ravel())
    return float(np.searchsorted(errors, AUC_THRESHOLDS_MM, side="left").mean() / len(errors))


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
