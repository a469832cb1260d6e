"""Packs a folder of BVH files, for example a motion capture library that was downloaded, for training.

    python -m inference.data.pack_bvh FOLDER --out DIR/mine_train.npz

Joints are told by their names (`joint_names.json`: MotionBuilder, Mixamo, LAFAN1, CMU, Bandai Namco, classic BVH,
Unreal). Files that cannot be used are named, each with the reason, and left out.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from ..errors import InferenceError
from .bvh_joints import FPS, read_joints
from .pack_file import Clip, write_pack


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code: 0, or 1 where nothing could be packed."""
    parser = argparse.ArgumentParser(
        prog="python -m inference.data.pack_bvh",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, help="searched with the folders in it")
    parser.add_argument(
        "--out", type=Path, required=True, help="pack to write, .npz; named *_train.npz it is trained with"
    )
    parser.add_argument("--source", default="bvh", help="where it comes from, kept in the pack")
    options = parser.parse_args(arguments)
    files = sorted(path for path in options.folder.rglob("*") if path.suffix.lower() == ".bvh")
    clips, refused = [], 0
    for path in tqdm(files, unit="file", disable=None):
        try:
            name = path.relative_to(options.folder).with_suffix("").as_posix()
            clips.append(Clip(name, _subject(path), read_joints(path)))
        except InferenceError as error:
            refused += 1
            print(f"{error.message} {error.hint}", file=sys.stderr)
    try:
        if not files:
            raise InferenceError(
                "no-bvh", f"There is no BVH file in {options.folder}.", "Name the folder that has them."
            )
        write_pack(options.out, clips, FPS, options.source)
    except InferenceError as error:
        print(f"{error.message} {error.hint}", file=sys.stderr)
        return 1
    seconds = sum(len(clip.joints) for clip in clips) / FPS
    print(f"{options.out}: {len(clips)} clips, {seconds / 60:.1f} minutes; {refused} files left out.")
    return 0


def _subject(path: Path) -> str:
    """What stands before the last "_" of a name, as in 05_12.bvh or walk1_subject3.bvh; else the folder's name."""
    first, _, last = path.stem.rpartition("_")
    return last if last.lower().startswith("subject") else first or path.parent.name


if __name__ == "__main__":
    sys.exit(main())
