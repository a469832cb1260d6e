"""Keeps one performer: cuts the track where it jumps to somebody else and chains the pieces that can be one person."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .keypoint_track import KeypointTrack

_FRAME_JUMP: Final = 0.6
"""Between neighbouring frames the middle of the body moves less than this share of its size ..."""
_FRAME_SCALE: Final = 1.5
"""... and its size changes by less than this factor (once the time between them is 1/30 s; more for slower rates)."""
_FEWEST_COMMON: Final = 4
"""Points that two frames must both have for these alone to be compared."""
_SPEED: Final = 2.0
"""Sizes a second that somebody may move while unseen."""
_GAP_SCALE: Final = 1.6
_GAP_SCALE_PER_S: Final = 0.4
_MOST_SCALE: Final = 2.5
_END_FRAMES: Final = 15
"""Sizes at a piece's ends are medians over this many frames: at the picture's edge a single box is unsure."""
_LONG_GAP_S: Final = 0.5
_GLIMPSE_S: Final = 0.25
_FLICKER_FRAMES: Final = 3
"""Finds that last fewer frames are, when somebody enters or leaves, the tracker's guesses at half a person."""
_LOOK_BACK: Final = 200
"""Pieces that are tried as the one before: bounds the work in an hour of flicker."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """Frames first..last (inclusive, indices into the seen frames' arrays), all of one person."""

    first: int
    last: int
    weight: float
    first_size: float
    last_size: float


def frames_of_one(track: KeypointTrack) -> NDArray[np.bool_]:
    """Frames that show the most prominent person, by time seen and size; the rest show nobody or somebody else.

    Args:
        track: keypoints in which another person may take over.

    Returns:
        (T,) True where the person is seen.
    """
    seen = np.flatnonzero((track.confidence > 0.0).any(axis=1))
    kept = np.zeros(len(track), np.bool_)
    if len(seen) == 0:
        return kept
    points = np.where((track.confidence[seen] > 0.0)[..., None], track.px[seen], np.nan).astype(np.float64)
    middle, size = _boxes(points)
    times = track.times_s[seen]
    pieces = _lasting(_pieces(points, size, times), times)
    for piece in _best_chain(pieces, middle, times):
        kept[seen[piece.first : piece.last + 1]] = True
    return _without_flicker(kept, track.times_s)


def _without_flicker(kept: NDArray[np.bool_], times: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Begin and end each appearance with a steady find; one that has none stays as it is."""
    steady = kept.copy()
    runs = np.flatnonzero(np.diff(np.concatenate([[False], kept, [False]]))).reshape(-1, 2)
    breaks = np.flatnonzero(times[runs[1:, 0]] - times[runs[:-1, 1] - 1] > _LONG_GAP_S) + 1
    for appearance in np.split(runs, breaks):
        lasting = np.flatnonzero(appearance[:, 1] - appearance[:, 0] >= _FLICKER_FRAMES)
        if len(lasting):
            steady[appearance[0, 0] : appearance[lasting[0], 0]] = False
            steady[appearance[lasting[-1], 1] : appearance[-1, 1]] = False
    return steady


def _boxes(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Middle (S, 2) and diagonal (S,) of points (S, K, 2), NaN where not found, at least one found in each frame."""
    low, high = np.nanmin(points, axis=1), np.nanmax(points, axis=1)
    return 0.5 * (low + high), np.maximum(np.linalg.norm(high - low, axis=-1), 1.0)


def _pieces(points: NDArray[np.float64], size: NDArray[np.float64], times: NDArray[np.float64]) -> list[_Piece]:
    gap = np.diff(times)
    slack = np.clip(gap * 30.0, 1.0, 4.0)
    (middle, was), (next_middle, becomes) = (_boxes(neighbour) for neighbour in _comparable(points))
    larger = np.maximum(becomes, was)
    step = np.linalg.norm(next_middle - middle, axis=-1) / larger
    scale = larger / np.minimum(becomes, was)
    jumps = (step > _FRAME_JUMP * slack) | (scale > _FRAME_SCALE**slack)
    breaks = np.flatnonzero(jumps | (gap > _LONG_GAP_S)) + 1
    edges = [0, *(int(edge) for edge in breaks), len(size)]
    return [_piece(size, first, end) for first, end in itertools.pairwise(edges)]


def _comparable(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each frame (S - 1, K, 2) and the one after it, of those points that both have, lest half a body that gets hidden
    looks like somebody else; of all their points where they have too few in common.
    """
    both = np.isfinite(points[..., 0])
    both = both[1:] & both[:-1]
    both[both.sum(axis=1) < _FEWEST_COMMON] = True
    return np.where(both[..., None], points[:-1], np.nan), np.where(both[..., None], points[1:], np.nan)


def _piece(size: NDArray[np.float64], first: int, end: int) -> _Piece:
    first_size = float(np.median(size[first : min(first + _END_FRAMES, end)]))
    last_size = float(np.median(size[max(end - _END_FRAMES, first) : end]))
    return _Piece(first, end - 1, float(size[first:end].sum()), first_size, last_size)


def _lasting(pieces: list[_Piece], times: NDArray[np.float64]) -> list[_Piece]:
    """Without glimpses between jumps or gaps: half a person at the picture's edge, or none. All, if all are short."""
    lasting = [piece for piece in pieces if times[piece.last] - times[piece.first] > _GLIMPSE_S]
    return lasting or pieces


def _can_follow(was: _Piece, piece: _Piece, middle: NDArray[np.float64], times: NDArray[np.float64]) -> bool:
    gap_s = float(times[piece.first] - times[was.last])
    larger = max(piece.first_size, was.last_size)
    step = float(np.linalg.norm(middle[piece.first] - middle[was.last])) / larger
    scale = larger / min(piece.first_size, was.last_size)
    most_scale = min(_GAP_SCALE + _GAP_SCALE_PER_S * gap_s, _MOST_SCALE)
    return step < _FRAME_JUMP + _SPEED * gap_s and scale < most_scale


def _best_chain(pieces: list[_Piece], middle: NDArray[np.float64], times: NDArray[np.float64]) -> list[_Piece]:
    """Heaviest sequence of pieces in which each can follow the one before (dynamic programming)."""
    best = [piece.weight for piece in pieces]
    before: list[int | None] = [None] * len(pieces)
    for index, piece in enumerate(pieces):
        for earlier in range(max(0, index - _LOOK_BACK), index):
            if best[earlier] + piece.weight > best[index] and _can_follow(pieces[earlier], piece, middle, times):
                best[index], before[index] = best[earlier] + piece.weight, earlier
    chain: list[_Piece] = []
    at: int | None = int(np.argmax(best))
    while at is not None:
        chain.append(pieces[at])
        at = before[at]
    return chain[::-1]
