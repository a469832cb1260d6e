"""Motion capture for tests, from the pack of subjects that the lifter never saw."""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from blender_host import load_package

from rigs.sequence import PoseSequence

PACK = "cmu17_test"


def pack_file() -> Path:
    """The pack; skips the test where it is not at hand."""
    folder = os.environ.get("POSE_DATA")
    if not folder or not (Path(folder) / f"{PACK}.npz").is_file():
        pytest.skip(f"POSE_DATA names no folder with {PACK}.npz")
    return Path(folder) / f"{PACK}.npz"


def captured(names: Sequence[str] | None, frames: int) -> dict[str, PoseSequence]:
    """Clips by name, at most so many frames of each; None = twenty from all over the pack."""
    path = pack_file()
    load_package()
    pack = importlib.import_module("pose_from_video.addon.bench.retarget.motions").Pack(path)
    if names is None:
        names = pack.names[:: len(pack.names) // 20][:20]
    clips = {name: pack.clip(name, 0, frames) for name in names}
    return {name: PoseSequence.from_joints(clip.joints, clip.fps) for name, clip in clips.items()}
