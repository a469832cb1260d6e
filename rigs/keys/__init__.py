"""Fewer keys for the same motion: sampled channels become Bezier F-curves within a bound on the error.

bound.py    how far a bone's evaluated channels may lie from the samples: an angle, a distance
pieces.py   cubic pieces between keys, fitted and measured for all bones at once
reduce.py   which samples stay keys: cut where the error is largest, then join what fits in one piece
    measure.py  how many keys a motion needs
"""

from .bound import Bound as Bound
from .measure import key_reduction_pct as key_reduction_pct
from .reduce import Keys as Keys
from .reduce import reduce_keys as reduce_keys
