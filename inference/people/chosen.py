"""The chosen person's route for a job, told as it is found."""

from __future__ import annotations

import contextlib
import time
from typing import Final

from ..cancel import Cancellation
from ..channel import Channel, Heartbeat
from ..detect.blazepose import BlazePose
from ..request import Request
from ..video import VideoInfo
from .find import PeopleFinder
from .follow import Route, follow

_NAMED_GAPS: Final = 3


def route_of(
    request: Request,
    info: VideoInfo,
    frames: tuple[int, int | None],
    channel: Channel,
    cancellation: Cancellation,
) -> Route:
    """Follows `request.person` through a half-open range of the film's frames; warns of where they were lost.

    Raises:
        RequestError: the frame or the place lies outside.
        InferenceError: nobody is there.
        Cancelled: the job was asked to stop.
    """
    assert request.person is not None
    with Heartbeat(channel, "Loading the detector"):
        finder, detector = PeopleFinder(cancellation), BlazePose()
    began = time.monotonic()

    def progress(done: int, total: int) -> None:
        channel.progress("decode", done, max(total, done), done / max(time.monotonic() - began, 1e-6))

    with contextlib.closing(finder), contextlib.closing(detector), Heartbeat(channel, "Following the person"):
        route = follow(info, request.person, *frames, finder, detector, cancellation, progress)
    gaps = [f"{first:.1f} to {last:.1f} s" for first, last in route.unseen_s()]
    if gaps:
        more = f" and {len(gaps) - _NAMED_GAPS} times more" if len(gaps) > _NAMED_GAPS else ""
        channel.warn(
            "person-lost",
            f"The chosen person was out of sight in {info.path.name} from {', '.join(gaps[:_NAMED_GAPS])}{more}: "
            "the motion there is filled in.",
        )
    return route
