"""What is done to each shot of a cut film by itself: nothing may be smoothed or mended across a cut."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from .sequence import PoseSequence


def by_shot(sequence: PoseSequence, change: Callable[[PoseSequence], PoseSequence]) -> PoseSequence:
    """The sequence with each of its shots changed; frames, times and cuts stay."""
    if not sequence.cuts:
        return change(sequence)
    edges = (0, *sequence.cuts, len(sequence.joints))
    return _joined([change(_part(sequence, first, end)) for first, end in itertools.pairwise(edges)], sequence)


def _part(sequence: PoseSequence, first: int, end: int) -> PoseSequence:
    frames = slice(first, end)
    return replace(
        sequence,
        joints=sequence.joints[frames],
        confidence=sequence.confidence[frames],
        frame_times_s=sequence.frame_times_s[frames],
        points={name: path[frames] for name, path in sequence.points.items()},
        fingers={side: angles[frames] for side, angles in sequence.fingers.items()},
        contacts={side: said[frames] for side, said in sequence.contacts.items()},
        stance={side: likely[frames] for side, likely in sequence.stance.items()},
        soles={side: likely[frames] for side, likely in sequence.soles.items()},
        cuts=(),
    )


def _joined(shots: Sequence[PoseSequence], whole: PoseSequence) -> PoseSequence:
    return replace(
        whole,
        joints=np.concatenate([shot.joints for shot in shots]),
        confidence=np.concatenate([shot.confidence for shot in shots]),
        points={name: np.concatenate([shot.points[name] for shot in shots]) for name in whole.points},
        fingers={side: np.concatenate([shot.fingers[side] for shot in shots]) for side in whole.fingers},
        contacts={side: np.concatenate([shot.contacts[side] for shot in shots]) for side in whole.contacts},
        stance={side: np.concatenate([shot.stance[side] for shot in shots]) for side in whole.stance},
        soles={side: np.concatenate([shot.soles[side] for shot in shots]) for side in whole.soles},
    )
