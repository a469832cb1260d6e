"""Which bones of a rig are its fingers: by their names, else by the shape of what hangs on the hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from ..arrays import FloatArray
from ..rest import RigRest

FINGERS = ("thumb", "index", "middle", "ring", "little")
SEGMENTS = 3
"""Bones of a finger at most: those of the palm are not among them, those of the thumb's base are."""

_NAMES: Mapping[str, Sequence[str]] = json.loads(Path(__file__).with_name("names.json").read_text(encoding="utf-8"))
_SEPARATORS = str.maketrans("", "", " .:_")
_KNUCKLE_SHARE = 0.35
"""Knuckles lie beyond this share of the way from the wrist to the last bone of their finger."""
_LEAST_FINGER = 0.25
"""A branch of a hand is a finger from this share of the longest one's length on."""


def find_fingers(rest: RigRest, hand: int) -> dict[str, tuple[int, ...]]:
    """Bones of each finger of a hand, from the palm outwards, at most three; fingers that the rig lacks are absent.

    Args:
        rest: the rig, with the parents that its bones really have.
        hand: the hand's bone.
    """
    inside = [bone for bone in rest.order() if hand in rest.ancestors(bone)]
    away = np.linalg.norm(rest.heads - rest.heads[hand], axis=-1)
    lines = {finger: _named(rest, inside, finger) for finger in FINGERS}
    if not any(lines.values()):
        lines = _shaped(rest, inside, away)
    return {finger: _segments(line, finger, away) for finger, line in lines.items() if line}


def _segments(line: Sequence[int], finger: str, away: FloatArray) -> tuple[int, ...]:
    """Of all bones of a finger those from the knuckle to the last one that bends."""
    palm = len(line) > SEGMENTS and finger != "thumb"
    return tuple(bone for bone in line if not palm or away[bone] > _KNUCKLE_SHARE * away[line[-1]])[:SEGMENTS]


def _named(rest: RigRest, inside: Sequence[int], finger: str) -> list[int]:
    """Those bones inside a hand whose names say that they are of a finger, as far as they hang on one another."""
    plain = {bone: rest.bone_names[bone].lower().translate(_SEPARATORS) for bone in inside}
    own = [bone for bone in inside if not any(word in plain[bone] for word in _NAMES["beside"])]
    for bones in (own, inside):
        for token in _NAMES[finger]:
            fitting = [bone for bone in bones if token in plain[bone]]
            if fitting:
                return max((_line(rest, bone, fitting) for bone in fitting), key=len)
    return []


def _line(rest: RigRest, end: int, among: Sequence[int]) -> list[int]:
    """The bones of a set that lie on the way from the root to one of them, that one included."""
    return [bone for bone in reversed((end, *rest.ancestors(end))) if bone in among]


def _shaped(rest: RigRest, inside: Sequence[int], away: FloatArray) -> dict[str, list[int]]:
    """Fingers of a hand whose names say nothing: long branches, the one nearest to the wrist being the thumb."""
    carriers = {rest.parents[bone] for bone in inside}
    lines = [_line(rest, bone, inside) for bone in inside if bone not in carriers]
    shared = {bone for bone in inside if sum(bone in line for line in lines) > 1}
    lines = [[bone for bone in line if bone not in shared] for line in lines]
    lengths = [sum(float(np.linalg.norm(rest.heads[a] - rest.heads[b])) for a, b in pairwise(line)) for line in lines]
    lines = [line for line, length in zip(lines, lengths, strict=True) if length > _LEAST_FINGER * max(lengths)]
    if not 2 <= len(lines) <= len(FINGERS):
        return {}
    thumb = min(lines, key=lambda line: float(away[line[-SEGMENTS:][0]]))
    base = rest.heads[thumb[0]]
    others = [line for line in lines if line is not thumb]
    others.sort(key=lambda line: float(np.linalg.norm(rest.heads[_segments(line, "", away)[0]] - base)))
    return {"thumb": thumb, **dict(zip(FINGERS[1:], others, strict=False))}
