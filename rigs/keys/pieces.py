"""Cubic pieces between keys, fitted and measured for all bones at once.

With its handles at thirds of the interval, a Bezier piece of an F-curve runs evenly in time: it is a plain cubic
polynomial, and the handle values that fit the samples best are a linear least-squares problem. The samples of all bones
stand in one row, bone after bone, so that sums over pieces of any length are `reduceat`s.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import FloatArray, IntArray
from .bound import Bound

_LEAST = 1e-6
"""Added to the squared sums: where samples do not tell a handle's value, the straight line between the keys does."""
_SWEEPS = 4
"""Times that the slopes are solved for in turn; more do not lead to fewer keys."""


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples of B bones with C channels, T each, in one row.

    Attributes:
        times: (B*T,) frames, rising within a bone.
        values: (C,B*T) channels.
        bound: of the error.
    """

    times: FloatArray
    values: FloatArray
    bound: Bound


@dataclass(frozen=True, slots=True)
class Handles:
    """(C,S) handle values of S pieces, behind the first key and before the last, over the line between the keys."""

    out: FloatArray
    into: FloatArray


class Pieces:
    """S pieces between keys, with all that fitting them takes.

    Attributes:
        starts, ends: (S,) numbers of the samples that are the keys, both of one bone; starts rise.
        first: (C,S) values of the first keys.
        third: (C,S) a third of the way from there to the values of the last keys.
    """

    def __init__(self, samples: Samples, starts: IntArray, ends: IntArray) -> None:
        """The pieces from sample to sample."""
        self.starts, self.ends = starts, ends
        self.first = samples.values[:, starts]
        self.third = (samples.values[:, ends] - self.first) / 3.0
        self._samples = samples
        counts = ends - starts
        self._offsets = np.concatenate([[0], np.cumsum(counts)[:-1]])
        # the samples of each piece but its last, where the next one begins
        self._piece = np.repeat(np.arange(len(starts)), counts)
        self._index = np.arange(len(self._piece)) + (starts - self._offsets)[self._piece]
        span = samples.times[ends] - samples.times[starts]
        self._third_span = span / 3.0
        u = (samples.times[self._index] - samples.times[starts][self._piece]) / span[self._piece]
        self._out, self._into = 3.0 * u * (1.0 - u) ** 2, 3.0 * u * u * (1.0 - u)
        self._sampled = samples.values[:, self._index]
        self._line = self.first[:, self._piece] + 3.0 * self.third[:, self._piece] * u
        off = self._sampled - self._line
        self._oo, self._ii = self._sums(self._out**2) + _LEAST, self._sums(self._into**2) + _LEAST
        self._oi = self._sums(self._out * self._into)
        self._o, self._i = self._sums(off * self._out), self._sums(off * self._into)

    def _sums(self, values: FloatArray) -> FloatArray:
        """(...,S) sums over each piece of (...,N) values."""
        sums: FloatArray = np.add.reduceat(values, self._offsets, axis=-1)
        return sums

    def fit(self) -> Handles:
        """The best handles of each piece by itself; the curve may have corners at the keys."""
        determinant = self._oo * self._ii - self._oi**2
        out = (self._o * self._ii - self._i * self._oi) / determinant
        return Handles(out, (self._i * self._oo - self._o * self._oi) / determinant)

    def fit_smooth(self) -> Handles:
        """The best handles that leave no corner: at every key between two pieces both have one slope.

        The slopes are found by Gauss-Seidel iteration, first those of every other key, then those between them.
        """
        keys = np.flatnonzero(self.ends[:-1] == self.starts[1:])  # each between this piece and the next one
        free = self.fit()
        out, into = free.out.copy(), free.into.copy()
        begins, closes = np.ones((2, len(self.starts)), bool)
        begins[keys + 1] = closes[keys] = False
        places = np.arange(len(begins))
        in_row = (places - np.maximum.accumulate(np.where(begins, places, 0)))[keys]
        for _ in range(_SWEEPS):
            for some in (keys[in_row % 2 == 0], keys[in_row % 2 == 1]):
                slope = self._slope(some, out, into)
                into[:, some] = self.third[:, some] - slope * self._third_span[some]
                out[:, some + 1] = slope * self._third_span[some + 1] - self.third[:, some + 1]
            out[:, begins] = (self._o - into * self._oi)[:, begins] / self._oo[begins]
            into[:, closes] = (self._i - out * self._oi)[:, closes] / self._ii[closes]
        return Handles(out, into)

    def _slope(self, keys: IntArray, out: FloatArray, into: FloatArray) -> FloatArray:
        """(C,K) best slopes at keys behind the pieces `keys`, the slopes at all others being as they are."""
        before, behind = keys, keys + 1
        h, g = self._third_span[before], self._third_span[behind]
        arriving = self._i - out * self._oi - self.third * self._ii
        leaving = self._o - into * self._oi + self.third * self._oo
        weight = h * h * self._ii[before] + g * g * self._oo[behind]
        slopes: FloatArray = (g * leaving[:, behind] - h * arriving[:, before]) / weight
        return slopes

    def worst(self, handles: Handles) -> tuple[FloatArray, IntArray]:
        """(S,) the largest error in each piece, squared share of the bound, and (S,) the sample that has it."""
        evaluated = self._line + self._out * handles.out[:, self._piece] + self._into * handles.into[:, self._piece]
        errors = self._samples.bound.errors(self._sampled, evaluated)
        largest = np.maximum.reduceat(errors, self._offsets)
        hits = np.flatnonzero(errors == largest[self._piece])
        at = np.empty(len(largest), np.int64)
        at[self._piece[hits]] = self._index[hits]
        return largest, at
