"""A stretch of a track that was detected anew, put into the place of the old one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..errors import InferenceError, RequestError
from ..hand_track import HandTrack
from ..keypoint_track import KeypointTrack


def check_range(base: KeypointTrack, redo: tuple[int, int], layout: str, name: str) -> None:
    """Refuses a range that the base does not have, and a base whose points another detector found.

    Raises:
        RequestError: names the file.
    """
    if redo[1] > len(base):
        raise RequestError(
            f"redo reaches frame {redo[1] - 1}, but {name} has {len(base)} frames.",
            "Frames count from 0, the result's first frame.",
        )
    if base.layout != layout:
        raise RequestError(
            f"{name} holds {base.layout} keypoints, which this detector ({layout}) cannot do again in part.",
            "Detect the whole film.",
        )


def splice(base: KeypointTrack, anew: KeypointTrack, start: int, name: str) -> KeypointTrack:
    """The base with the frames from `start` on as they are in `anew`, frame by frame of the same time.

    Args:
        base: T frames.
        anew: its first frame is frame `start` of the base; it may lack frames, and the base keeps those.
        start: frame of the base.
        name: of the film.

    Raises:
        InferenceError: nobody was found (`no-person`), so that the base is better.
    """
    if not (anew.confidence > 0.0).any():
        raise InferenceError(
            "no-person",
            f"Nobody was found in frames {start} to {start + len(anew) - 1} of {name} this time.",
            "Choose another region or person; the result stays as it was.",
        )
    px, confidence, world = base.px.copy(), base.confidence.copy(), base.world.copy()
    steps = base.times_s[start:] - base.times_s[start]
    middles = (steps[1:] + steps[:-1]) / 2.0
    at = start + np.searchsorted(middles, anew.times_s)
    px[at], confidence[at], world[at] = anew.px, anew.confidence, anew.world
    hands = base.hands
    if anew.hands is not None:
        hands = (hands or HandTrack.unseen(len(base))).with_part(at, anew.hands)
    return replace(base, px=px, confidence=confidence, world=world, hands=hands)
