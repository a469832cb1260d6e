"""Keypoints as annotators would mark them, for layouts whose detector does not run here (Halpe: RTMPose, AlphaPose).

The marks are those of `anny`'s bodies in the clips of `samples/make_clips.py`; random errors are drawn from another
detector's, whose size is about that of any good detector, so that only the habits of the layout are its own.

    python -m inference.train.mark_keypoints out/samples/clips --layout halpe-26
    python -m inference.train.fit_noise out/samples/clips --layout halpe-26
        --keypoints out/samples/clips/keypoints-halpe-26.npz --write
"""

from __future__ import annotations

import argparse
import itertools
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InferenceError
from ..files import write_whole
from ..joints import INDEX
from ..layouts import load_layout
from .film_errors import person_height_px, read_film
from .fitted_noise import FittedNoise

_TRUE = {"head": "head", "neck": "thorax", "pelvis": "pelvis"}
"""Points that the bodies have no mark for, and the joint that is there."""


def mark(film: dict[str, NDArray[Any]], layout: str, noise: FittedNoise, seed: int = 1) -> NDArray[np.float32]:
    """(S, K, 2) px of all frames.

    Raises:
        InferenceError: the layout has a point that the bodies have no mark for.
    """
    marks = {str(name): film["surface_m"][:, number] for number, name in enumerate(film["surface_names"])}
    joints = film["joints_camera_m"].astype(np.float64)
    places = []
    for point in load_layout(layout).points:
        if point not in marks and point not in _TRUE:
            raise InferenceError("no-mark", f"The bodies have no mark for {point} of {layout}.", "Use another layout.")
        places.append(marks[point] if point in marks else joints[:, INDEX[_TRUE[point]]])
    seen = np.stack(places, axis=1).astype(np.float64)
    focal = float(film["focal_px"])
    points_px = focal * seen[..., :2] / seen[..., 2:] + film["image_size_px"] / 2.0
    height = person_height_px(joints, film["offsets"], focal)
    rng = np.random.default_rng(seed)
    for start, end in itertools.pairwise(film["offsets"]):
        errors = noise.draw(1, int(end - start), rng)[0] * height[start:end, None, None]
        for number, point in enumerate(load_layout(layout).points):
            if point in INDEX:
                points_px[start:end, number] += errors[:, INDEX[point]]
    return points_px.astype(np.float32)


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, help="folder that samples/make_clips.py wrote")
    parser.add_argument("--layout", required=True)
    parser.add_argument("--noise", default="blazepose-33", help="whose random errors they get")
    args = parser.parse_args(arguments)
    try:
        points = mark(read_film(args.clips), args.layout, FittedNoise.from_file(args.noise))
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    sure = np.ones(points.shape[:2], np.float32)
    path = args.clips / f"keypoints-{args.layout}.npz"
    write_whole(
        path, lambda stream: np.savez_compressed(stream, keypoints_px=points, confidence=sure, layout=args.layout)
    )
    print(f"{path}: {len(points)} frames")
    return 0


if __name__ == "__main__":
    sys.exit(main())
