"""All the motion that a run learns from: one pack, or every training pack of a folder as one."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import InferenceError
from .pack import MotionPack, read_pack

_ENDING = "_train.npz"


def read_training_packs(place: Path) -> MotionPack:
    """The pack at `place`, or all of the folder `place` whose names end in `_train.npz`, one behind the other.

    Raises:
        InferenceError: there is none, one cannot be read, or their frame rates differ.
    """
    paths = [place] if place.suffix == ".npz" else sorted(place.glob(f"*{_ENDING}"))
    if not paths:
        raise InferenceError(
            "no-data", f"There is no motion capture *{_ENDING} in {place}.", "Name its folder with --data."
        )
    packs = [read_pack(path) for path in paths]
    for path, pack in zip(paths, packs, strict=True):
        if pack.fps != packs[0].fps:
            raise InferenceError(
                "bad-data",
                f"{path.name} has {pack.fps:g} frames a second, but {paths[0].name} has {packs[0].fps:g}.",
                "Pack all of them at the same rate.",
            )
    return packs[0] if len(packs) == 1 else _joined(packs)


def _joined(packs: list[MotionPack]) -> MotionPack:
    lengths = np.concatenate([np.diff(pack.offsets) for pack in packs])
    return MotionPack(
        joints=np.concatenate([pack.joints for pack in packs]),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
        names=np.concatenate([pack.names for pack in packs]),
        fps=packs[0].fps,
    )
