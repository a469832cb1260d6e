"""The motions of the benchmark: captured ones, chosen in `motions.json`, at most eight seconds of each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ....rigs.arrays import FloatArray
from ....rigs.sequence import PoseSequence
from ...errors import AddonError

_LIST = Path(__file__).with_name("motions.json")
_ARMS = ((11, 12, 13), (14, 15, 16))
_SHORT_FOREARM, _FOREARM = 0.75, 0.81
"""Of the upper arm. The packs' figures have forearms that end before the wrist; people's are about as the second."""


def load_motions(folder: Path, wanted: Sequence[str] = ()) -> dict[str, PoseSequence]:
    """Motions by name, in the order of the list.

    Args:
        folder: holds the packs that the list names, as docs/training.md describes them.
        wanted: names to keep; none means all.

    Raises:
        AddonError: a pack is not there, or a name is unknown.
    """
    listed: dict[str, Any] = json.loads(_LIST.read_text(encoding="utf-8"))
    motions: dict[str, tuple[str, str, int]] = {name: tuple(entry) for name, entry in listed["motions"].items()}
    for name in wanted:
        if name not in motions:
            raise AddonError(f"There is no motion '{name}'; choose from {', '.join(motions)}.")
    kept = {name: entry for name, entry in motions.items() if not wanted or name in wanted}
    packs = {pack: Pack(folder / f"{pack}.npz") for pack in sorted({pack for pack, _, _ in kept.values()})}
    longest = int(listed["longest_frames"])
    return {name: packs[pack].clip(clip, start, start + longest) for name, (pack, clip, start) in kept.items()}


class Pack:
    """A pack of captured motion: the 17 joints, as steps from frame to frame in whole quanta.

    Attributes:
        names: of its clips.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise AddonError(f"The motion capture {path.name} is not in {path.parent}; set POSE_DATA to its folder.")
        with np.load(path, allow_pickle=False) as arrays:
            self._steps = arrays["delta"].T.reshape(-1, 17, 3)
            self._offsets, self.names = arrays["offsets"], [str(name) for name in arrays["names"]]
            self._quantum_m, self._fps = float(arrays["quantum_m"]), float(arrays["fps"])

    def clip(self, name: str, start: int, end: int) -> PoseSequence:
        """Frames [start, end) of a clip, as many as it has."""
        at = self.names.index(name)
        steps = self._steps[self._offsets[at] : self._offsets[at + 1]].astype(np.int32)
        joints = np.cumsum(steps, axis=0) * self._quantum_m
        joints[:, 1:] += joints[:, :1]
        return PoseSequence.from_joints(_whole_forearms(joints)[start:end], self._fps)


def _whole_forearms(joints: FloatArray) -> FloatArray:
    """(T,17,3) joints with forearms as long as people's where the figure's are too short."""
    for shoulder, elbow, wrist in _ARMS:
        forearm = joints[:, wrist] - joints[:, elbow]
        upper = np.linalg.norm(joints[:, elbow] - joints[:, shoulder], axis=-1)
        share = float(np.median(np.linalg.norm(forearm, axis=-1) / upper))
        if share < _SHORT_FOREARM:
            joints[:, wrist] = joints[:, elbow] + _FOREARM / share * forearm
    return joints
