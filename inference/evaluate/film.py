"""A result against a film whose truth is known: how good the whole chain is, beside the detector's own 3D."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InferenceError
from ..joints import INDEX, PARENTS
from ..layouts.layouts import load_layout
from ..npz import read_arrays
from .metrics import limb_direction_error_deg, mpjpe, mpjve, p_mpjpe
from .results import write_json

COMMON: Final = (
    "nose",
    *(
        f"{side}_{part}"
        for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
        for side in ("left", "right")
    ),
)
"""The 13 joints that the detector's own 3D has as well: the fair ground for a comparison."""

Arrays = Mapping[str, NDArray[Any]]


def evaluate_film(result: Path, truth: Path) -> dict[str, float]:
    """Compare a result with the truth of its film, over the frames that both have.

    Both are compared in camera axes. `mpjpe_mm`, `mpjve_mm` (mm a second) and `limb_direction_error_deg` take all 17
    joints with the pelvis at the origin; `p_mpjpe_mm` and `detector_world_p_mpjpe_mm` take the 13 of `COMMON`, on the
    same frames, after a similarity for each pose. No frame is left out but those where the detector has no 3D, which
    `detector_world_p_mpjpe_mm` and `p_mpjpe_same_frames_mm` both leave out.

    Args:
        result: the result .npz, schema 1.
        truth: .npz with `joints_camera_m` (T,17,3) metres, x right, y down, z forward, and `frame_times_s` (T,).

    Raises:
        InferenceError: a file cannot be read, or they share no moment.
    """
    made = _read(result, ("joints_camera_m", "frame_times_s", "fps", "detector_world_m", "keypoint_layout"))
    true = _read(truth, ("joints_camera_m", "frame_times_s"))
    here, there = _same_moments(made["frame_times_s"], true["frame_times_s"], float(made["fps"]))
    poses = made["joints_camera_m"][here].astype(np.float64)
    exact = true["joints_camera_m"][there].astype(np.float64)
    own, known = detector_joints(str(made["keypoint_layout"]), made["detector_world_m"][here])
    common = [INDEX[name] for name in COMMON]
    figures = {
        "frames": float(len(here)),
        "mpjpe_mm": mpjpe(poses, exact),
        "p_mpjpe_mm": p_mpjpe(poses[:, common], exact[:, common]),
        "p_mpjpe_17_mm": p_mpjpe(poses, exact),
        "mpjve_mm": mpjve(poses, exact, float(made["fps"])),
        "limb_direction_error_deg": limb_direction_error_deg(poses, exact, PARENTS),
    }
    if known.any():
        figures["p_mpjpe_same_frames_mm"] = p_mpjpe(poses[known][:, common], exact[known][:, common])
        figures["detector_world_p_mpjpe_mm"] = p_mpjpe(own[known], exact[known][:, common])
    return figures


def _read(path: Path, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    try:
        return read_arrays(path, names)
    except ValueError as error:
        message = f"{path.name} cannot be read ({error})."
        raise InferenceError("bad-file", message, "Check the path, or make the file again.") from error


def _same_moments(
    times_s: NDArray[np.float64], truth_times_s: NDArray[np.float64], fps: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of the result's frames and of the truth's at the same moments, to half a frame."""
    nearest = np.abs(truth_times_s[None, :] - times_s[:, None]).argmin(axis=1)
    near = np.abs(truth_times_s[nearest] - times_s) < 0.5 / fps
    if near.sum() < 2:
        raise InferenceError(
            "no-overlap", "The result and the truth share fewer than two moments.", "Use the same film."
        )
    return np.flatnonzero(near), nearest[near]


def detector_joints(layout: str, world_m: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(N,13,3) the joints of `COMMON` in a detector's own 3D, (N,K,3) in a layout, and (N,) where it has them all."""
    points = load_layout(layout).points
    own = world_m[:, [points.index(name) for name in COMMON]].astype(np.float64)
    return own, np.asarray(np.isfinite(own).all(axis=(-2, -1)))


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m inference.evaluate.film --result R.npz --truth T.npz --json FILE`; 0, or 1 with a sentence."""
    parser = argparse.ArgumentParser(prog="python -m inference.evaluate.film", description=__doc__)
    parser.add_argument("--result", type=Path, required=True, help="result .npz")
    parser.add_argument("--truth", type=Path, required=True, help="truth .npz of the same film")
    parser.add_argument("--json", type=Path, required=True, help="flat JSON to write")
    options = parser.parse_args(arguments)
    try:
        figures = evaluate_film(options.result, options.truth)
    except InferenceError as error:
        print(f"{error.message} {error.hint}".strip(), file=sys.stderr)
        return 1
    write_json(options.json, figures)
    for name, value in figures.items():
        print(f"{name:28} {value:10.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
