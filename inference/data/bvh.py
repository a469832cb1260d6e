"""Reads BVH files and works out where their joints are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from ..errors import InferenceError

FloatArray = NDArray[np.float64]

_HINT: Final = "Export it again as BVH, or leave it out of the folder."
_WHOLE_RATE: Final = 5e-4
_AXES: Final = {"X": 0, "Y": 1, "Z": 2}


@dataclass(frozen=True, slots=True)
class Bvh:
    """One BVH file.

    Attributes:
        names: (B,) joints, parents before children; end sites are called after their parent with " end".
        parents: (B,) index of the parent, -1 for the root.
        offsets: (B, 3) from the parent, in the file's unit and axes.
        channels: for each joint its channels in the file's order, such as "Xposition".
        motion: (T, C) values of all channels; angles in degrees.
        frame_s: seconds from frame to frame.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: FloatArray
    channels: tuple[tuple[str, ...], ...]
    motion: FloatArray
    frame_s: float

    def poses(self) -> tuple[FloatArray, FloatArray]:
        """Positions (T, B, 3), in the file's unit and axes, and rotations (T, B, 3, 3) against its world."""
        frames = len(self.motion)
        positions = np.empty((frames, len(self.names), 3))
        rotations = np.empty((frames, len(self.names), 3, 3))
        column = 0
        for joint, channels in enumerate(self.channels):
            values = self.motion[:, column : column + len(channels)]
            column += len(channels)
            local, moved = self._local(joint, channels, values)
            parent = self.parents[joint]
            if parent < 0:
                positions[:, joint], rotations[:, joint] = moved, local
            else:
                positions[:, joint] = positions[:, parent] + np.einsum("tij,tj->ti", rotations[:, parent], moved)
                rotations[:, joint] = rotations[:, parent] @ local
        return positions, rotations

    def _local(self, joint: int, channels: tuple[str, ...], values: FloatArray) -> tuple[FloatArray, FloatArray]:
        moved = np.tile(self.offsets[joint], (len(values), 1))
        turns = [number for number, channel in enumerate(channels) if channel.endswith("rotation")]
        for number, channel in enumerate(channels):
            if channel.endswith("position"):  # stands for the offset, as every importer takes it
                moved[:, _AXES[channel[0]]] = values[:, number]
        if not turns:
            return np.tile(np.eye(3), (len(values), 1, 1)), moved
        order = "".join(channels[number][0] for number in turns)  # upper case: about axes that turn along
        return Rotation.from_euler(order, values[:, turns], degrees=True).as_matrix(), moved


def read_bvh(path: Path) -> Bvh:
    """Reads one file.

    Raises:
        InferenceError: the file is no BVH, is cut short, or holds something other than numbers.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InferenceError("bad-bvh", f"{path.name} cannot be read: {error}.", _HINT) from error
    head, found, tail = text.partition("MOTION")
    if "HIERARCHY" not in head or not found:
        raise InferenceError("bad-bvh", f"{path.name} has no HIERARCHY and MOTION, so it is no BVH file.", _HINT)
    try:
        names, parents, offsets, channels = _hierarchy(head.split())
        motion, frame_s = _motion(tail, sum(map(len, channels)))
    except (ValueError, IndexError, KeyError) as error:
        raise InferenceError("bad-bvh", f"{path.name} is no BVH file that can be read: {error}.", _HINT) from error
    return Bvh(tuple(names), tuple(parents), np.array(offsets), tuple(channels), motion, frame_s)


def _hierarchy(words: list[str]) -> tuple[list[str], list[int], list[list[float]], list[tuple[str, ...]]]:
    names: list[str] = []
    parents: list[int] = []
    offsets: list[list[float]] = []
    channels: list[tuple[str, ...]] = []
    above: list[int] = []
    place = words.index("HIERARCHY") + 1
    while place < len(words):
        word = words[place].upper()
        if word in ("ROOT", "JOINT", "END"):
            end = place + 1
            while words[end] != "{":  # names may hold spaces
                end += 1
            parent = above[-1] if above else -1
            names.append(f"{names[parent]} end" if word == "END" else " ".join(words[place + 1 : end]))
            parents.append(parent)
            offsets.append([0.0, 0.0, 0.0])
            channels.append(())
            above.append(len(names) - 1)
            place = end + 1
        elif word == "OFFSET":
            offsets[above[-1]] = [float(value) for value in words[place + 1 : place + 4]]
            place += 4
        elif word == "CHANNELS":
            count = int(words[place + 1])
            channels[above[-1]] = _checked_channels(words[place + 2 : place + 2 + count])
            place += 2 + count
        elif word == "}":
            above.pop()
            place += 1
        else:
            raise ValueError(f"{words[place]!r} is not expected in the hierarchy")
    if above or not names or parents.count(-1) != 1:
        raise ValueError("its hierarchy is not one closed tree")
    return names, parents, offsets, channels


def _checked_channels(words: list[str]) -> tuple[str, ...]:
    named = tuple(word[:1].upper() + word[1:].lower() for word in words)
    for word in named:
        if word[:1] not in _AXES or word[1:] not in ("position", "rotation"):
            raise ValueError(f"{word!r} is no channel")
    return named


def _motion(text: str, columns: int) -> tuple[FloatArray, float]:
    lines = text.split("\n")
    words = {key.strip().lower(): value for key, _, value in (line.partition(":") for line in lines[:6])}
    frames, frame_s = int(words["frames"]), float(words["frame time"])
    first = next(number for number, line in enumerate(lines) if line.strip().lower().startswith("frame time")) + 1
    values = np.array(" ".join(lines[first:]).split(), np.float64)
    if frames < 1 or values.size < frames * columns:
        raise ValueError(f"it promises {frames} frames of {columns} numbers, but holds {values.size} numbers")
    if not (np.isfinite(values).all() and 0.0 < frame_s < 10.0):
        raise ValueError("its numbers are not finite or its frame time makes no sense")
    rate = 1.0 / frame_s  # written with few digits: 0.0333333 is meant to be 1/30
    frame_s = 1.0 / round(rate) if abs(rate - round(rate)) < _WHOLE_RATE * rate else frame_s
    return values[: frames * columns].reshape(frames, columns), frame_s
