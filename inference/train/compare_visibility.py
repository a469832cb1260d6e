"""How far ten cylinders (`cylinder_man`) tell what a real body hides: both on the clips of `samples/make_clips.py`.

There rays were cast from the camera to every joint of the meshes. A joint counts as hidden where the first surface
lies farther before it than its own flesh (`fit_noise.FLESH_M`), and by the body itself where it lies less than 0.9 m
before it: what stands nearer to the camera is furniture, of which the cylinders know nothing.

    python -m inference.train.compare_visibility out/samples/clips
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InferenceError
from ..joints import NAMES
from .cylinder_man import visible
from .film_errors import read_film
from .fit_noise import FLESH_M
from .fitted_noise import DRAWN

BODY_M: Final = 0.9


@dataclass(frozen=True, slots=True)
class Agreement:
    """Shares, one for each of J joints: hidden by the mesh, hidden by the cylinders, both saying the same, and of those
    that the one hides the share that the other hides too (NaN where there are none)."""

    mesh: NDArray[np.float64]
    cylinders: NDArray[np.float64]
    same: NDArray[np.float64]
    found: NDArray[np.float64]
    right: NDArray[np.float64]


def compare(joints_m: NDArray[np.float32], gap_m: NDArray[np.float32]) -> Agreement:
    """Both on the same frames.

    Args:
        joints_m: (S, 17, 3) camera axes, metres.
        gap_m: (S, 17) how far before its joint the ray from the camera meets a surface.

    Returns:
        (17,) each, frames behind furniture left out.
    """
    mesh = np.where(gap_m > BODY_M, np.nan, gap_m > FLESH_M)
    cylinders = np.where(np.isnan(mesh), np.nan, ~visible(joints_m))
    both = np.nansum(mesh * cylinders, axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return Agreement(
            np.nanmean(mesh, axis=0), np.nanmean(cylinders, axis=0),
            np.nanmean(np.where(np.isnan(mesh), np.nan, mesh == cylinders), axis=0),
            both / np.nansum(mesh, axis=0), both / np.nansum(cylinders, axis=0),
        )  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, help="folder that samples/make_clips.py wrote")
    args = parser.parse_args(arguments)
    try:
        film = read_film(args.clips)
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    result = compare(film["joints_camera_m"], film["gap_m"])
    print("%                hidden: mesh  cylinders   agree   of hidden found   of found hidden")
    rows = [(NAMES[joint], [joint]) for joint in DRAWN]
    for name, index in [*rows, ("all", list(DRAWN))]:
        values = (result.mesh, result.cylinders, result.same, result.found, result.right)
        print(f"{name:20}" + "".join(f"{100 * float(np.nanmean(value[index])):11.0f}" for value in values))
    return 0


if __name__ == "__main__":
    sys.exit(main())
