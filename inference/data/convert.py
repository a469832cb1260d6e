"""Turns datasets that a user has the licence for into files that `evaluate` reads (`pose_file.py` says their form).

    python -m inference.data.convert h36m data_3d_h36m.npz --keypoints data_2d_h36m_cpn_ft_h36m_dbb.npz
        --cameras camera-parameters.json --subjects S9 S11 --out h36m_test.npz --trust
    python -m inference.data.convert humaneva data_3d_humaneva15.npz --keypoints ... --cameras ... --out ... --trust
    python -m inference.data.convert 3dhp FOLDER --out 3dhp_train.npz
    python -m inference.data.convert 3dpw sequenceFiles/test --out 3dpw_test.npz --trust

Human3.6M, HumanEva and 3DPW are published as pickles. They are read by a reader that knows arrays, dicts, lists,
strings and numbers and refuses everything else; `--trust` says that you know where the file comes from.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from ..errors import InferenceError
from . import mpi_inf_3dhp, three_dpw, videopose3d
from .pose_file import PoseClip, write_poses

_PICKLED = ("h36m", "humaneva", "3dpw")


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        clips = list(_clips(options))
        write_poses(options.out, clips, options.dataset, options.split or options.out.stem)
    except InferenceError as error:
        print(f"{error.message} {error.hint}".strip(), file=sys.stderr)
        return 1
    frames = sum(len(clip.joints_m) for clip in clips)
    print(f"{options.out}: {len(clips)} clips, {frames} frames, {len({clip.subject for clip in clips})} subjects.")
    return 0


def _clips(options: argparse.Namespace) -> Iterator[PoseClip]:
    subjects = tuple(options.subjects)
    if options.dataset in _PICKLED and not options.trust:
        raise InferenceError(
            "no-trust",
            f"{options.source.name} is a pickle, which can do harm if it was tampered with.",
            "Add --trust if you know where it comes from.",
        )
    if options.dataset == "3dhp":
        return mpi_inf_3dhp.read_clips(options.source, subjects)
    if options.dataset == "3dpw":
        return three_dpw.read_clips(options.source, subjects)
    if options.cameras is None:
        raise InferenceError("no-cameras", f"{options.source.name} holds poses in the world.", "Give --cameras.")
    return videopose3d.read_clips(options.source, options.keypoints, options.cameras, subjects)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m inference.data.convert",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("dataset", choices=("h36m", "humaneva", "3dhp", "3dpw"))
    parser.add_argument("source", type=Path, help="the 3D file, or the folder of annotations")
    parser.add_argument("--keypoints", type=Path, help="the 2D file that belongs to it")
    parser.add_argument("--cameras", type=Path, help="JSON with the cameras' intrinsics and extrinsics")
    parser.add_argument("--subjects", nargs="*", default=[], help="such as S9 S11; all when none is named")
    parser.add_argument("--split", help="kept in the file; default: its name")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--trust", action="store_true", help="read a pickle, plain data only")
    return parser


if __name__ == "__main__":
    sys.exit(main())
