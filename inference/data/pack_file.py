"""Writes clips of 17 joints in the form of the motion capture packs (`train.pack.read_pack` reads it)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InferenceError
from ..files import write_whole
from ..joints import COUNT

QUANTUM_M: Final = 0.0005
_FARTHEST: Final = np.iinfo(np.int16).max


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip: its name, whose it is, and its joints (T, 17, 3) in metres, Z up, floor at 0."""

    name: str
    subject: str
    joints: NDArray[np.float32]


def write_pack(path: Path, clips: Sequence[Clip], fps: float, source: str) -> None:
    """Writes the pack: differences from frame to frame in half millimetres, all but the pelvis relative to it.

    Raises:
        InferenceError: there are no clips, or one moves farther between two frames than 16 m.
    """
    if not clips:
        raise InferenceError("no-clips", f"There is nothing to write into {path.name}.", "Name another folder.")
    arrays: dict[str, NDArray[Any]] = {
        "delta": np.concatenate([_encode(clip) for clip in clips]).T,
        "offsets": np.cumsum([0, *(len(clip.joints) for clip in clips)]),
        "names": np.array([clip.name for clip in clips]),
        "subjects": np.array([clip.subject for clip in clips]),
        "texts": np.array([""] * len(clips)),
        "source": np.array([source] * len(clips)),
        "fps": np.array(fps, np.float32),
        "quantum_m": np.array(QUANTUM_M),
    }
    write_whole(path, lambda stream: np.savez_compressed(stream, allow_pickle=False, **arrays))


def _encode(clip: Clip) -> NDArray[np.int16]:
    relative = clip.joints.astype(np.float64)
    relative[:, 1:] -= relative[:, :1]
    counts = np.round(relative / QUANTUM_M).astype(np.int64).reshape(len(relative), 3 * COUNT)
    steps = np.diff(counts, axis=0, prepend=0)
    if np.abs(steps).max() > _FARTHEST:
        frame = int(np.abs(steps).max(axis=1).argmax())
        raise InferenceError(
            "jump", f"{clip.name} jumps by more than 16 m in frame {frame}.", "Cut that frame or leave the clip out."
        )
    return steps.astype(np.int16)
