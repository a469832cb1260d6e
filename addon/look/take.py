"""Which film an action was made from, kept with the action, so that it can be looked at later."""

# No `from __future__ import annotations`: Blender reads the properties from the annotations themselves.
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ..errors import LookError
from ..rotation_modes import FloatArray

PROPERTY = "pose_from_video"
"""Name under which the source hangs on each action."""


class PoseFromVideoSource(bpy.types.PropertyGroup):
    """Where an action comes from."""

    result: bpy.props.StringProperty(name="Result", description="The result file with the performer's joints")
    video: bpy.props.StringProperty(name="Video", description="The film")
    video_start: bpy.props.IntProperty(name="Video Start", description="Frame of the film that was used first")
    frame_start: bpy.props.IntProperty(name="Start Frame", description="Scene frame of the first video frame")
    rate: bpy.props.FloatProperty(name="Rate", description="Scene frames a second when the keys were made")
    in_place: bpy.props.BoolProperty(name="In Place", description="The performer's path was left out")
    ik_controls: bpy.props.BoolProperty(name="IK", description="The keys are on IK controls")


@dataclass(frozen=True, slots=True)
class Take:
    """An action that came from a film, as it plays on an armature.

    Attributes:
        action: its name.
        result: the result .npz.
        video: the film.
        video_start: frame of the film that is the result's first.
        frame_start: scene frame of that frame.
        rate: scene frames a second at which the keys were made.
        in_place: the performer's path was left out.
        ik_controls: a control rig's IK controls carry the keys.
    """

    action: str
    result: Path
    video: Path
    video_start: int
    frame_start: float
    rate: float
    in_place: bool
    ik_controls: bool

    def frames(self, seconds: FloatArray) -> FloatArray:
        """(T,) seconds of the result -> scene frames."""
        return self.frame_start + np.asarray(seconds, np.float64) * self.rate

    def second(self, frame: float) -> float:
        """The moment of the result that a scene frame shows, seconds from its first frame."""
        return (frame - self.frame_start) / self.rate


def note_take(action: bpy.types.Action, take: Take) -> None:
    """Write down where an action came from."""
    source = getattr(action, PROPERTY)
    source.result, source.video = str(take.result), str(take.video)
    source.video_start, source.frame_start = take.video_start, round(take.frame_start)
    source.rate, source.in_place, source.ik_controls = take.rate, take.in_place, take.ik_controls


def take_of(obj: bpy.types.Object | None) -> Take | None:
    """What plays on an armature, the active action before the strips of the NLA; None if it came from no film."""
    data = obj.animation_data if obj is not None else None
    if data is None:
        return None
    if data.action is not None:
        return read_take(data.action)
    for track in reversed(data.nla_tracks):
        for strip in track.strips:
            if strip.action is not None and not (track.mute or strip.mute):
                take = read_take(strip.action, strip.frame_start - strip.action_frame_start)
                if take is not None:
                    return take
    return None


def needed_take(obj: bpy.types.Object | None) -> Take:
    """The same for work that needs one.

    Raises:
        LookError: nothing plays that came from a film.
    """
    take = take_of(obj)
    if take is None:
        name = f"'{obj.name}'" if obj is not None else "No armature"
        raise LookError(f"{name} plays no action made from a video; process one first, or make its action active.")
    return take


def read_take(action: bpy.types.Action, later: float = 0.0) -> Take | None:
    """Where an action came from; `later` are scene frames by which a strip plays it later than it was keyed."""
    source = getattr(action, PROPERTY, None)
    if source is None or not source.result:
        return None
    return Take(
        action.name,
        Path(bpy.path.abspath(source.result)),
        Path(bpy.path.abspath(source.video)),
        source.video_start,
        source.frame_start + later,
        source.rate,
        source.in_place,
        source.ik_controls,
    )


CLASSES = (PoseFromVideoSource,)
