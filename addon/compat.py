"""Every difference between the Python interfaces of Blender 4.2 to 5.2, in this one place.

4.2 and 4.3 keep F-curves on the action; 4.4 brought slots and channelbags; 5.0 took the old way away.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import bpy

HAS_SLOTS = bpy.app.version >= (4, 4, 0)
"""Actions have slots, layers, strips and channelbags."""
RELATIVE_PATHS = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()
"""Options of a path property that takes `//film.mp4`; newer Blenders show such a path in red without it."""
HAS_MEDIA_TYPE = bpy.app.version >= (5, 0, 0)
"""Pictures and films are told apart before their format is chosen."""
HAS_STRIPS = bpy.app.version >= (4, 4, 0)
"""The sequencer's `sequences` are called `strips`; 5.0 took the old name away."""
OBEYS_ROTATION_TAGS = bpy.app.version >= (4, 4, 0)
"""Films that say that they lie on their side are shown upright."""
SELECTS_POSE_BONES = bpy.app.version >= (5, 0, 0)
"""Whether a bone is selected is said by the pose bone."""


@dataclass(frozen=True, slots=True)
class Channels:
    """An action together with the place in it where one object's F-curves go."""

    action: Any
    slot: Any
    bag: Any

    def empty_fcurve(self, data_path: str, index: int, group: str) -> Any:
        """The F-curve of a property without its keys; a new one, in the named channel group, where there is none."""
        there = self.bag.fcurves.find(data_path, index=index)
        if there is not None:
            there.keyframe_points.clear()
            return there
        if not HAS_SLOTS:
            return self.action.fcurves.new(data_path, index=index, action_group=group)
        fcurve = self.bag.fcurves.new(data_path, index=index)
        fcurve.group = self.bag.groups.get(group) or self.bag.groups.new(group)
        return fcurve

    def fcurve(self, data_path: str, index: int) -> Any:
        """The F-curve of a property, None where there is none."""
        return self.bag.fcurves.find(data_path, index=index)

    def remove_fcurve(self, fcurve: Any) -> None:
        """Take an F-curve away."""
        self.bag.fcurves.remove(fcurve)


def new_action(name: str, owner: bpy.types.ID, id_type: str = "OBJECT") -> Channels:
    """A new action with one slot meant for `owner`, an object or data of the type named; not assigned yet."""
    action = bpy.data.actions.new(name)
    if not HAS_SLOTS:
        action.id_root = id_type
        return Channels(action, None, action)
    slot = action.slots.new(id_type=id_type, name=owner.name)
    strip = action.layers.new("Layer").strips.new(type="KEYFRAME")
    return Channels(action, slot, strip.channelbag(slot, ensure=True))


def channels_of(obj: bpy.types.ID, action: bpy.types.Action) -> Channels:
    """Where an action that was there keeps the F-curves that move `obj`, as its active action or as a strip."""
    if not HAS_SLOTS:
        return Channels(action, None, action)
    slot = _slot_for(obj, action) or action.slots[0]
    strip = action.layers[0].strips[0]
    return Channels(action, slot, strip.channelbag(slot, ensure=True))


def _slot_for(obj: bpy.types.ID, action: bpy.types.Action) -> Any:
    data = obj.animation_data
    if data is None:
        return None
    if data.action == action:
        return data.action_slot
    strips = (strip for track in data.nla_tracks for strip in track.strips if strip.action == action)
    return next((strip.action_slot for strip in strips), None)


def assign(obj: bpy.types.ID, channels: Channels) -> None:
    """Make the action the object's active one, in its own slot."""
    data = obj.animation_data_create()
    data.action = channels.action
    if HAS_SLOTS:
        data.action_slot = channels.slot


def push_to_nla(obj: bpy.types.Object, channels: Channels) -> None:
    """Let the action play as a strip on a new track over the others, with no action active that would hide it.

    On an error the track is taken away again; the object's active action is the caller's to put back.
    """
    data = obj.animation_data_create()
    chosen = data.nla_tracks.active
    track = data.nla_tracks.new()
    try:
        action = channels.action
        track.name = action.name
        strip = track.strips.new(action.name, math.floor(action.frame_range[0]), action)
        strip.name = action.name
        if HAS_SLOTS:
            strip.action_slot = channels.slot
        strip.frame_start, strip.frame_end = action.frame_range[0], max(action.frame_range[1], strip.frame_end)
        data.action = None
    except BaseException:
        data.nla_tracks.remove(track)
        raise
    finally:
        data.nla_tracks.active = chosen


def withdraw(obj: bpy.types.Object, channels: Channels, state: ActionState | None) -> None:
    """Undo `assign` and `push_to_nla`, and remove the action; `state` is what `action_state` gave before them."""
    if obj.animation_data is not None:
        tracks = obj.animation_data.nla_tracks
        for track in [each for each in tracks if any(strip.action == channels.action for strip in each.strips)]:
            tracks.remove(track)
    restore_action(obj, state)
    bpy.data.actions.remove(channels.action)


def play(obj: bpy.types.Object, action: bpy.types.Action) -> None:
    """Make an action that was there the object's active one, in its first slot."""
    data = obj.animation_data_create()
    data.action = action
    if HAS_SLOTS and data.action_slot is None and len(action.slots):
        data.action_slot = action.slots[0]


def active_fcurves(obj: bpy.types.ID) -> list[Any]:
    """The F-curves that move `obj` now; empty without an action."""
    data = obj.animation_data
    if data is None or data.action is None:
        return []
    if not HAS_SLOTS:
        return list(data.action.fcurves)
    return [
        fcurve
        for layer in data.action.layers
        for strip in layer.strips
        for bag in strip.channelbags
        if data.action_slot is not None and bag.slot_handle == data.action_slot.handle
        for fcurve in bag.fcurves
    ]


def action_fcurves(action: bpy.types.Action) -> list[Any]:
    """All F-curves of an action, of every slot."""
    if not HAS_SLOTS:
        return list(action.fcurves)
    bags = (bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags)
    return [fcurve for bag in bags for fcurve in bag.fcurves]


@dataclass(frozen=True, slots=True)
class ActionState:
    """What `obj.animation_data` pointed at, so that it can be put back."""

    action: Any
    slot: Any


def action_state(obj: bpy.types.Object) -> ActionState | None:
    """The active action and slot of `obj`; None when it had no animation data."""
    data = obj.animation_data
    if data is None:
        return None
    return ActionState(data.action, data.action_slot if HAS_SLOTS else None)


def restore_action(obj: bpy.types.Object, state: ActionState | None) -> None:
    """Put back what `action_state` returned."""
    if state is None:
        obj.animation_data_clear()
        return
    data = obj.animation_data_create()
    data.action = state.action
    if HAS_SLOTS and state.slot is not None:
        data.action_slot = state.slot


def choose_png(scene: bpy.types.Scene) -> None:
    """Let `scene` render PNG pictures."""
    settings = scene.render.image_settings
    if HAS_MEDIA_TYPE:
        settings.media_type = "IMAGE"
    settings.file_format = "PNG"
    settings.color_mode = "RGB"
    settings.compression = 5


def choose_film(scene: bpy.types.Scene) -> None:
    """Let `scene` render a film through Blender's FFmpeg; the codec is set on `scene.render.ffmpeg`."""
    settings = scene.render.image_settings
    if HAS_MEDIA_TYPE:
        settings.media_type = "VIDEO"
    settings.file_format = "FFMPEG"
    settings.color_mode = "RGB"


def sequencer_strips(scene: bpy.types.Scene) -> Any:
    """The collection of the sequencer's strips, made when missing."""
    editor = scene.sequence_editor_create()
    return editor.strips if HAS_STRIPS else editor.sequences


@contextlib.contextmanager
def true_gltf_times(scene: bpy.types.Scene) -> Iterator[None]:
    """Let the glTF exporter write true seconds for the length of the block.

    In all these Blenders it takes `fps * fps_base` for the rate instead of `fps / fps_base`: a film of 29.97 frames a
    second would play at 30.03.
    """
    base = scene.render.fps_base
    scene.render.fps_base = 1.0 / base
    try:
        yield
    finally:
        scene.render.fps_base = base


def select_pose_bones(obj: bpy.types.Object, names: Sequence[str]) -> None:
    """Select these bones of an armature and no others, the first one active; 5.0 keeps that with the pose bones."""
    for bone in obj.pose.bones:
        (bone if SELECTS_POSE_BONES else bone.bone).select = bone.name in names
    obj.data.bones.active = obj.data.bones[names[0]]
