"""Where a job's keypoints come from: a file, the film, or an earlier result of which a part is looked at again."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

from .cancel import Cancellation
from .channel import Channel, Heartbeat
from .detect.detector import Detector, WatchesHands
from .edit.splice import check_range, splice
from .errors import RequestError
from .keypoint_track import KeypointTrack
from .preview.preview import Preview, preview_path
from .quality import QUALITIES
from .request import Request
from .video import VideoInfo, probe


class MakesDetectors(Protocol):
    """The part of `inference.job.Models` that is needed here."""

    def detector(self, request: Request) -> Detector:
        """A new detector for one film; both ways, it looks at the mirror image too."""

    def hands(self, layout: str) -> WatchesHands:
        """Who looks at the hands of the person of one film, by the layout of the points that say where they are."""


def keypoints_of(
    request: Request, models: MakesDetectors, channel: Channel, cancellation: Cancellation
) -> KeypointTrack:
    """The keypoints that a request is about.

    Raises:
        InferenceError: the user can read why.
        Cancelled: the job was asked to stop.
    """
    info = None if request.video is None else probe(request.video, request.fps)
    base = None if request.keypoints is None else _read(request, info, channel)
    if base is not None and request.redo is None:
        return _with_hands(base, request, info, models, channel, cancellation)
    assert info is not None  # the request saw to it
    start, end = request.frame_start, request.frame_end
    channel.progress("decode", 0, info.frame_count, 0.0)
    with Heartbeat(channel, "Loading the detector"):
        detector = models.detector(request)
    with contextlib.closing(detector), _hands(request, detector.layout, models, channel) as hands:
        if base is None or request.redo is None:
            return _detect(request, info, detector, hands, (start, end), channel, cancellation)
        assert request.keypoints is not None
        check_range(base, request.redo, detector.layout, request.keypoints.name)
        first, behind = (base.first_frame + frame for frame in request.redo)
        anew = _detect(request, info, detector, hands, (first, behind), channel, cancellation)
        return splice(base, anew, request.redo[0], info.path.name)


@contextlib.contextmanager
def _hands(request: Request, layout: str, models: MakesDetectors, channel: Channel) -> Iterator[WatchesHands | None]:
    """Who looks at the fingers, if anybody is to."""
    if not request.fingers:
        yield None
        return
    with Heartbeat(channel, "Loading the detector of hands"):
        hands = models.hands(layout)
    with contextlib.closing(hands):
        yield hands


def _with_hands(
    track: KeypointTrack,
    request: Request,
    info: VideoInfo | None,
    models: MakesDetectors,
    channel: Channel,
    cancellation: Cancellation,
) -> KeypointTrack:
    """Keypoints that were read, with the fingers if they are wanted: those that came with them, or as in the film."""
    if not request.fingers:
        return replace(track, hands=None)
    if track.hands is not None or info is None:
        return track
    from .detect.watch_hands import watch_hands

    with _hands(request, track.layout, models, channel) as hands:
        assert hands is not None
        return watch_hands(info, track, hands, channel, cancellation)


def _read(request: Request, info: VideoInfo | None, channel: Channel) -> KeypointTrack:
    from .detect.keypoint_files import read_keypoints

    assert request.keypoints is not None
    channel.progress("decode", 0, 1, 0.0)
    with Heartbeat(channel, "Reading the keypoints"):
        track = read_keypoints(request.keypoints, info, channel.warn)
    if request.frame_start >= len(track):
        raise RequestError(
            f"{request.keypoints.name} has {len(track)} frames, so none from frame {request.frame_start} on.",
            "Choose an earlier first frame.",
        )
    return track.cut(request.frame_start, request.frame_end)


def _detect(
    request: Request,
    info: VideoInfo,
    detector: Detector,
    hands: WatchesHands | None,
    frames: tuple[int, int | None],
    channel: Channel,
    cancellation: Cancellation,
) -> KeypointTrack:
    """Looks at a half-open range of the film's frames, in the region or along the person that was asked for."""
    from .detect.detect_video import detect_video

    looking = _looking(request, info, detector, frames, channel, cancellation)
    with _preview(request, info, channel, detector.layout) as preview:
        watch = None if preview is None else preview.show
        every = QUALITIES[request.quality].look_every
        return detect_video(info, looking, channel, cancellation, *frames, watch, every, hands)


def _looking(
    request: Request,
    info: VideoInfo,
    detector: Detector,
    frames: tuple[int, int | None],
    channel: Channel,
    cancellation: Cancellation,
) -> Detector:
    """The detector, or one that looks at a part of each picture."""
    if request.region is None and request.person is None:
        return detector
    from .people.looking import Along, InRegion, check_region

    if request.region is not None:
        check_region(request.region, info)
    if request.person is None:
        assert request.region is not None
        return InRegion(detector, request.region, info.size_px[0])
    from .people.chosen import route_of

    return Along(detector, route_of(request, info, frames, channel, cancellation))


@contextlib.contextmanager
def _preview(request: Request, info: VideoInfo, channel: Channel, layout: str) -> Iterator[Preview | None]:
    if not request.preview:
        yield None
        return
    with contextlib.closing(Preview(preview_path(request.output), channel, layout, info.size_px)) as preview:
        yield preview
