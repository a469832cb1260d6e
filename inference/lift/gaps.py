"""Unseen joints of a 2D track: each goes on as it stood to its neighbour, so what is hidden moves with what is seen."""

from __future__ import annotations

from functools import cache
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..joints import COUNT, INDEX, PARENTS

Float = TypeVar("Float", bound=np.floating)
IntArray = NDArray[np.int64]


def fill_gaps(
    track: NDArray[Float],
    seen: NDArray[np.bool_],
    times_s: NDArray[np.float64] | None = None,
    sights: IntArray | None = None,
) -> NDArray[Float]:
    """Unseen joints by their offsets from their neighbours, which are interpolated over time, the ends held.

    Neighbours follow the skeleton outwards from the joint that is seen most often; that one is interpolated in the
    image where it is unseen itself. A joint never seen stands on its neighbour. What was seen is not touched, so a
    failed joint of one frame changes nothing in the others.

    Args:
        track: (..., T, 17, 2) pixels or rays, anything where unseen.
        seen: (..., T, 17).
        times_s: (T,) increasing; None means that the frames are evenly spaced.
        sights: (..., 17) how often each joint was seen, if that is not to be counted in `seen`.

    Returns:
        (..., T, 17, 2), finite everywhere, of the track's own precision.
    """
    clips = np.where(seen[..., None], track, track.dtype.type(0.0)).reshape(-1, *track.shape[-3:])
    flags = seen.reshape(-1, *seen.shape[-2:])
    times = np.arange(track.shape[-3], dtype=np.float64) if times_s is None else times_s
    counts = flags.sum(axis=1) if sights is None else sights.reshape(-1, COUNT)
    roots = _FROM_CHEST[np.argmax(counts[:, _FROM_CHEST], axis=1)]
    broken = np.flatnonzero(~flags.all(axis=(1, 2)))
    for root in np.unique(roots[broken]):
        chosen = broken[roots[broken] == root]
        clips[chosen] = _filled(clips[chosen], flags[chosen], times, int(root))
    return clips.reshape(track.shape)


def _filled(clips: NDArray[Float], seen: NDArray[np.bool_], times_s: NDArray[np.float64], root: int) -> NDArray[Float]:
    """Clips (N, T, 17, 2), changed in place, and where what was seen (N, T, 17) leads to, from the joint `root` on."""
    for joint, neighbour in _outwards(root):
        some = np.flatnonzero(~seen[:, :, joint].all(axis=1))
        known, own = seen[some, :, joint], clips[some, :, joint]
        base = np.zeros_like(own) if joint == root else clips[some, :, neighbour]
        clips[some, :, joint] = np.where(known[..., None], own, base + _interpolated(own - base, known, times_s))
    return clips


def _interpolated(values: NDArray[Float], known: NDArray[np.bool_], times_s: NDArray[np.float64]) -> NDArray[Float]:
    """Values (N, T, 2) by straight lines between those known (N, T), the ends held; 0 where none is."""
    frames = np.arange(known.shape[1])
    before = np.maximum.accumulate(np.where(known, frames, -1), axis=1)
    after = np.minimum.accumulate(np.where(known, frames, len(frames))[:, ::-1], axis=1)[:, ::-1]
    low = np.clip(np.where(before < 0, after, before), 0, len(frames) - 1)
    high = np.where(after == len(frames), low, after)
    span = np.where(high > low, times_s[high] - times_s[low], 1.0)
    share = np.where(high > low, (times_s - times_s[low]) / span, 0.0).astype(values.dtype)[..., None]
    rows = np.arange(len(values))[:, None]
    lines = values[rows, low] * (1 - share) + values[rows, high] * share
    ever = np.any(known, axis=1, keepdims=True)[..., None]
    return np.where(ever, lines, values.dtype.type(0.0))


@cache
def _outwards(root: int) -> tuple[tuple[int, int], ...]:
    """All joints with their neighbours on the way to `root`, each after its neighbour; the root first, with itself."""
    order = [(root, root)]
    for joint, _ in order:  # grows while it is walked along
        near = [other for other in range(COUNT) if PARENTS[other] == joint or PARENTS[joint] == other]
        order += [(other, joint) for other in near if other not in {known for known, _ in order}]
    return tuple(order)


_FROM_CHEST: Final[IntArray] = np.array([joint for joint, _ in _outwards(INDEX["thorax"])])
"""Which joint is taken of those seen equally often: all else is near the chest."""
