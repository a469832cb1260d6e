"""What the user should know of a film before looking at the motion."""

from __future__ import annotations

from typing import Final

import numpy as np

from . import joints
from .channel import Channel
from .clip import Track17
from .keypoint_track import KeypointTrack
from .request import Request

_NAMED_CUTS: Final = 5
_MOSTLY: Final = 0.6
_FEW_HANDS: Final = 0.2
_ENDS: Final = {
    "head": [joints.INDEX["head"]],
    "feet": [joints.INDEX["left_ankle"], joints.INDEX["right_ankle"]],
}


def warn_of(request: Request, track: KeypointTrack, joints_2d: Track17, channel: Channel) -> None:
    """Warns of other people, frames without anybody, cuts, and a camera whose motion cannot be told."""
    name, frames = request.source.name, len(track)
    missing = ~joints_2d.detected
    others = int(np.count_nonzero((track.confidence > 0.0).any(axis=1) & missing))
    if others * 20 > frames:
        text = f"In {others} of {frames} frames of {name} somebody else was seen: the motion there is filled in."
        channel.warn("other-people", text)
    lacking = int(np.count_nonzero(missing))
    if lacking * 2 > frames:
        text = f"In {lacking} of {frames} frames of {name} no person was found: the motion there is filled in."
        channel.warn("person-often-missing", text)
    _warn_of_view(name, track, joints_2d, channel)
    if request.fingers:
        _warn_of_hands(name, track, channel)
    camera = track.camera_path
    if camera.cuts:
        cuts = [str(request.frame_start + cut) for cut in camera.cuts]
        named = ", ".join(cuts[:_NAMED_CUTS]) + (" …" if len(cuts) > _NAMED_CUTS else "")
        channel.warn("cuts", f"{name} is cut at frame {named}: each shot was lifted by itself.")
    lost = int(np.count_nonzero(~camera.known)) if camera.moves else 0
    if lost * 10 > frames:
        text = f"In {lost} of {frames} frames of {name} too little background is seen to tell how the camera moved."
        channel.warn("camera-lost", f"{text[:-1]}: the path through the world is rough there.")


def _warn_of_hands(name: str, track: KeypointTrack, channel: Channel) -> None:
    """Fingers that are to be keyed and are hardly seen."""
    if track.hands is None:
        channel.warn("fingers-unseen", f"Without a film nobody can look at the fingers of {name}: they are not keyed.")
        return
    seen = int(np.count_nonzero((track.hands.confidence > 0.0).any(axis=1)))
    if seen < _FEW_HANDS * len(track):
        text = f"In {seen} of {len(track)} frames of {name} the fingers are seen: elsewhere they rest."
        channel.warn("fingers-unseen", f"{text[:-1]}, as hands that are too small or hidden do.")


def _warn_of_view(name: str, track: KeypointTrack, joints_2d: Track17, channel: Channel) -> None:
    """A film that stands on its head, and a person of whom only a part is in the picture."""
    px = joints_2d.px[joints_2d.detected]
    if not len(px):
        return
    head, feet = (px[:, indices].mean(axis=1) for indices in _ENDS.values())
    if np.mean(head[:, 1] > feet[:, 1]) > _MOSTLY:
        text = f"In most frames of {name} the head is below the feet: turn the film if it was filmed upside down."
        channel.warn("upside-down", text)
    for end, place in zip(_ENDS, (head, feet), strict=True):
        inside = ((place >= 0.0) & (place <= track.image_size_px)).all(axis=1)
        if np.mean(inside) < 1.0 - _MOSTLY:
            channel.warn("partly-seen", f"In most frames of {name} the {end} cannot be seen: what is there is guessed.")
