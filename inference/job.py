"""One job: a request in, a result file out, messages on the way."""

from __future__ import annotations

import time
from dataclasses import replace

from .camera.lens import with_lens
from .cancel import Cancellation
from .channel import Channel, Heartbeat
from .clip import LiftsJoints
from .detect.detector import Detector, WatchesHands
from .edit.edits import NO_EDITS, load_edits
from .keypoint_source import keypoints_of
from .quality import QUALITIES
from .request import Request
from .result import write_result
from .shortcomings import warn_of
from .shots import lift_shots, place_shots, track_shots, with_people
from .video import probe


class Models:
    """Networks that stay loaded from job to job."""

    def __init__(self) -> None:
        self._lifters: dict[str, LiftsJoints] = {}

    def lifter(self, name: str) -> LiftsJoints:
        """The lifter of that name, loaded once.

        Raises:
            ModelError: there are no such weights.
        """
        if name not in self._lifters:
            from .lift.lifter import Lifter

            self._lifters[name] = Lifter(name)
        return self._lifters[name]

    def detector(self, request: Request) -> Detector:
        """A new detector: it follows one person through one video, so each job has its own."""
        from .detect.both_ways import BothWays

        def make() -> Detector:
            if request.detector_models is not None:
                from .detect.top_down import TopDown

                return TopDown(request.detector_models)
            from .detect.blazepose import BlazePose

            return BlazePose()

        return BothWays(make) if QUALITIES[request.quality].both_ways else make()

    def hands(self, layout: str) -> WatchesHands:
        """Looks at the hands of one person of one film, so that each job has its own."""
        from .detect.hands import HandWatch

        return HandWatch(layout)


def run_job(request: Request, models: Models, channel: Channel, cancellation: Cancellation) -> None:
    """Runs a request to its result message.

    Raises:
        InferenceError: the user can read why.
        Cancelled: the job was asked to stop.
    """
    if request.people is not None:
        _list_people(request, channel, cancellation)
        return
    edits = NO_EDITS if request.edits is None else load_edits(request.edits)
    track = keypoints_of(request, models, channel, cancellation)
    if request.edits is not None:
        edits.check(len(track), request.edits.name)
    track = with_people(track)
    if request.lens_mm is not None:
        track = replace(track, camera=with_lens(track.camera_path, request.lens_mm, track.image_size_px))
    joints_2d = track_shots(track, request.source.name, edits)
    warn_of(request, track, joints_2d, channel)
    cancellation.check()

    with Heartbeat(channel, "Loading the lifter"):
        lifter = models.lifter(request.lifter)
    cancellation.check()
    channel.send("status", text=lifter.description)
    began = time.monotonic()

    def report(done: int, total: int) -> None:
        channel.progress("lift", done, total, done / max(time.monotonic() - began, 1e-6))

    channel.progress("lift", 0, len(track), 0.0)
    poses = lift_shots(track, joints_2d, lifter, report, cancellation.is_set)
    cancellation.check()
    channel.progress("refine", 0, 1, 0.0)
    with Heartbeat(channel, "Finding the path through the world"):
        clip = place_shots(track, joints_2d, poses, request.person_height_m, edits)
    cancellation.check()
    channel.progress("write", 0, 1, 0.0)
    with Heartbeat(channel, "Writing the result"):
        write_result(request.output, track, joints_2d, clip, edits)
    channel.send("result", path=str(request.output), frames=len(track), fps=float(track.fps))


def _list_people(request: Request, channel: Channel, cancellation: Cancellation) -> None:
    from .people.listing import list_people

    assert request.video is not None and request.people is not None  # the request saw to it
    list_people(probe(request.video, request.fps), request.people, request.output, channel, cancellation)
    channel.send("result", path=str(request.output), frames=1, fps=0.0)
