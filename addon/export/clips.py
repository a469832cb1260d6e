"""Which actions are a character's clips, and how they are laid out for an exporter, for a while."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

import bpy
import numpy as np

from .. import compat
from ..errors import AddonError
from ..rates import frame_rate, set_frame_rate


def active_clip(obj: bpy.types.Object) -> bpy.types.Action | None:
    """The action that plays: the active one, else that of the topmost strip which is heard; None without either."""
    data = obj.animation_data
    if data is None:
        return None
    if data.action is not None:
        return data.action
    tracks = [track for track in data.nla_tracks if not track.mute]
    heard = [track for track in tracks if track.is_solo] or tracks
    strips = [strip for track in heard for strip in track.strips if strip.action is not None and not strip.mute]
    return strips[-1].action if strips else None


def needed_clip(obj: bpy.types.Object) -> bpy.types.Action:
    """The action that plays.

    Raises:
        AddonError: there is none; names the armature.
    """
    action = active_clip(obj)
    if action is None:
        raise AddonError(f"Armature '{obj.name}' has no action to export; pose it from a video first.")
    return action


def all_clips(obj: bpy.types.Object) -> list[bpy.types.Action]:
    """Every action in the file that moves a bone of this armature, by name."""
    paths = {f'pose.bones["{bpy.utils.escape_identifier(bone.name)}"]' for bone in obj.pose.bones}
    # the first curve mostly tells: panels ask on every redraw
    return [
        action
        for action in bpy.data.actions
        if any(fcurve.data_path.rpartition(".")[0] in paths for fcurve in compat.action_fcurves(action))
    ]


@contextlib.contextmanager
def as_only_strips(obj: bpy.types.Object, clips: Mapping[str, bpy.types.Action]) -> Iterator[None]:
    """Clips by name as the only strips in the NLA that sound, each on a track of its own, and no action active.

    Exporters make a take of each, with its name; afterwards everything is as before.
    """
    data = obj.animation_data
    before = compat.action_state(obj)
    # the FBX exporter heeds both, glTF's only the strips
    own = [*data.nla_tracks, *(strip for track in data.nla_tracks for strip in track.strips)]
    muted = [item.mute for item in own]
    soloed = next((track for track in data.nla_tracks if track.is_solo), None)
    added = []
    try:
        for item in own:
            item.mute = True
        if soloed:
            soloed.is_solo = False
        data.action = None
        for name, action in clips.items():
            track = data.nla_tracks.new()
            added.append(track)
            track.name = name
            strip = track.strips.new(name, int(action.frame_range[0]), action)
            strip.name = name
        yield
    finally:
        for track in added:
            data.nla_tracks.remove(track)
        for item, mute in zip(own, muted, strict=True):
            item.mute = mute
        if soloed:
            soloed.is_solo = True
        compat.restore_action(obj, before)


@contextlib.contextmanager
def playing(obj: bpy.types.Object, action: bpy.types.Action) -> Iterator[None]:
    """One clip as the active action, with no strip heard beside it."""
    data = obj.animation_data
    before, nla = compat.action_state(obj), data.use_nla
    try:
        data.use_nla = False
        if data.action != action:
            compat.play(obj, action)
        yield
    finally:
        data.use_nla = nla
        compat.restore_action(obj, before)


@contextlib.contextmanager
def at_rate(
    scene: bpy.types.Scene, clips: Mapping[str, bpy.types.Action], fps: float
) -> Iterator[Mapping[str, bpy.types.Action]]:
    """The same clips, just as fast, in a scene of another frame rate; 0 leaves both as they are.

    Copies of the actions are stretched, so that frames of the new rate fall between the keys of the old one.
    """
    before = scene.render.fps, scene.render.fps_base
    rate = frame_rate(scene)
    if not fps or abs(fps - rate) < 1e-6:
        yield clips
        return
    copies: dict[str, bpy.types.Action] = {}
    try:
        for name, action in clips.items():
            # the copy takes the name, which some exporters write into the file
            copies[name], called = action.copy(), action.name
            action.name = f"~{called}"
            copies[name].name = called
            _stretch(copies[name], fps / rate)
        set_frame_rate(scene, fps)
        yield copies
    finally:
        scene.render.fps, scene.render.fps_base = before
        for name, copy in copies.items():
            called = copy.name
            bpy.data.actions.remove(copy)
            clips[name].name = called


def _stretch(action: bpy.types.Action, factor: float) -> None:
    """Move all keys away from the first frame by a factor."""
    first = action.frame_range[0]
    for fcurve in compat.action_fcurves(action):
        keys = fcurve.keyframe_points
        for part in ("co", "handle_left", "handle_right"):
            values = np.empty(2 * len(keys), np.float32)
            keys.foreach_get(part, values)
            values[::2] = first + (values[::2] - first) * factor
            keys.foreach_set(part, values)
        fcurve.update()
