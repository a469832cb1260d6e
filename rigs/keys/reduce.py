"""Which samples stay keys."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..arrays import BoolArray, FloatArray, IntArray
from ..errors import SequenceError
from .bound import Bound
from .pieces import Handles, Pieces, Samples

_AT_ONCE = 50_000
"""Samples looked at in one go: arrays that stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one bone; all its channels share their times.

    Attributes:
        frames: (K,) rising.
        values: (K,C) of the channels.
        left, right: (K,C) values of the handles before and behind each key, a third of the way to its neighbour in
            time and in line with each other; the first key's left and the last key's right one are mirrored.
    """

    frames: FloatArray
    values: FloatArray
    left: FloatArray
    right: FloatArray


def reduce_keys(frames: FloatArray, values: FloatArray, bound: Bound) -> tuple[Keys, ...]:
    """Keep as few samples as smooth Bezier keys as the bound allows; the first and the last one always.

    Args:
        frames: (T,) rising frames of the samples.
        values: (B,T,C) channels of bones of one rotation mode: those of the rotation, continuous over time
            (quaternions of unit length), then, of bones that are moved, three of the location.
        bound: of the error at each sample.

    Returns:
        The keys of each bone. Evaluated as F-curves they keep the bound at every sample.

    Raises:
        SequenceError: the frames do not rise, or a value is not finite.
    """
    frames = np.asarray(frames, np.float64)
    bones, count, _ = values.shape
    if count == 0 or len(frames) != count or np.any(np.diff(frames) <= 0.0) or not np.all(np.isfinite(values)):
        raise SequenceError(f"Keys cannot be reduced: expected finite values at {count} rising frames.")
    if count == 1 or bones == 0:
        return tuple(Keys(frames, bone, bone, bone) for bone in values)
    share = max(_AT_ONCE // count, 1)
    parts = (_reduce(frames, values[begin : begin + share], bound) for begin in range(0, bones, share))
    return tuple(itertools.chain.from_iterable(parts))


def _reduce(frames: FloatArray, values: FloatArray, bound: Bound) -> Iterator[Keys]:
    """The same for as many bones as are looked at in one go."""
    bones, count, channels = values.shape
    row = np.ascontiguousarray(values.reshape(bones * count, channels).T)
    samples = Samples(np.tile(frames, bones), row, bound)
    firsts = np.arange(bones) * count
    starts, ends = _cut(samples, firsts, firsts + count - 1)
    pieces, handles = _smooth(samples, *_join(samples, starts, ends))
    return _keys(samples, pieces, handles, firsts)


def _cut(samples: Samples, starts: IntArray, ends: IntArray) -> tuple[IntArray, IntArray]:
    """Pieces within the bound: those that are not are cut at their worst sample, until none is left."""
    done = []
    while len(starts):
        pieces = Pieces(samples, starts, ends)
        worst, at = pieces.worst(pieces.fit())
        bad = _too_far(pieces, worst)
        done.append((starts[~bad], ends[~bad]))
        starts, ends = _halves(starts[bad], ends[bad], at[bad])
    starts, ends = (np.concatenate(column) for column in zip(*done, strict=True))
    order = np.argsort(starts)
    return starts[order], ends[order]


def _join(samples: Samples, starts: IntArray, ends: IntArray) -> tuple[IntArray, IntArray]:
    """Neighbours that one piece can stand for become one, over and over."""
    wanted = np.append(starts[1:] == ends[:-1], False)  # pieces to be tried together with the next one
    while True:
        pairs = _every_other(wanted)
        if len(pairs) == 0:
            return starts, ends
        pieces = Pieces(samples, starts[pairs], ends[pairs + 1])
        worst, _ = pieces.worst(pieces.fit())
        wanted[pairs] = False
        joined = pairs[worst <= 1.0]
        ends[joined] = ends[joined + 1]
        wanted[joined] = wanted[np.maximum(joined - 1, 0)] = True
        kept = np.ones(len(starts), bool)
        kept[joined + 1] = False
        starts, ends, wanted = starts[kept], ends[kept], wanted[kept]
        wanted &= np.append(starts[1:] == ends[:-1], False)


def _smooth(samples: Samples, starts: IntArray, ends: IntArray) -> tuple[Pieces, Handles]:
    """Pieces without corners: those that leave the bound by it are cut at their worst sample."""
    while True:
        pieces = Pieces(samples, starts, ends)
        handles = pieces.fit_smooth()
        worst, at = pieces.worst(handles)
        bad = _too_far(pieces, worst)
        if not bad.any():
            return pieces, handles
        halves = _halves(starts[bad], ends[bad], at[bad])
        starts, ends = (np.concatenate([a[~bad], b]) for a, b in zip((starts, ends), halves, strict=True))
        order = np.argsort(starts)
        starts, ends = starts[order], ends[order]


def _too_far(pieces: Pieces, worst: FloatArray) -> BoolArray:
    """Pieces that leave the bound; one without a sample between its keys cannot."""
    bad: BoolArray = (worst > 1.0) & (pieces.ends - pieces.starts > 1)
    return bad


def _halves(starts: IntArray, ends: IntArray, at: IntArray) -> tuple[IntArray, IntArray]:
    return np.concatenate([starts, at]), np.concatenate([at, ends])


def _every_other(flags: BoolArray) -> IntArray:
    """The first, third, fifth... place of each row of true flags."""
    places = np.arange(len(flags))
    in_row = places - np.maximum.accumulate(np.where(flags, -1, places))
    return np.flatnonzero(flags & (in_row % 2 == 1))


def _keys(samples: Samples, pieces: Pieces, handles: Handles, firsts: IntArray) -> Iterator[Keys]:
    """The pieces as keys, bone by bone."""
    out = (pieces.first + pieces.third + handles.out).T
    into = (pieces.first + 2.0 * pieces.third + handles.into).T
    for begin, end in itertools.pairwise(np.append(np.searchsorted(pieces.starts, firsts), len(pieces.starts))):
        index = np.append(pieces.starts[begin:end], pieces.ends[end - 1])
        values = samples.values[:, index].T
        left, right = values.copy(), values.copy()
        right[:-1], left[1:] = out[begin:end], into[begin:end]
        left[0], right[-1] = 2.0 * values[0] - right[0], 2.0 * values[-1] - left[-1]
        yield Keys(samples.times[index], values, left, right)
