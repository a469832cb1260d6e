"""Write the character from the user's own scene, with its active action, leaving the scene as it was."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator
from pathlib import Path

import bpy
from mathutils import Matrix

from . import compat
from .armature import meshes_of
from .errors import AddonError
from .state import kept_state, object_mode

_STRIP_ONLY = {"use_selection": True, "bake_anim_use_all_actions": False, "bake_anim_use_nla_strips": True}


def export_fbx(context: bpy.types.Context, obj: bpy.types.Object, path: Path) -> None:
    """One take named after the action, in place, every frame keyed, no leaf bones.

    Raises:
        AddonError: the armature has no action, or the file cannot be written.
    """
    # A take made of the active action would be called "Scene" and come back a frame late in the old importer; all
    # actions would bring the user's other takes too. A strip is a take with a name, on its own.
    with _ready(context, obj, path) as aside, _as_only_strip(obj):
        bpy.ops.export_scene.fbx(
            filepath=str(aside),
            object_types={"ARMATURE", "MESH"},
            add_leaf_bones=False,
            bake_anim=True,
            bake_anim_simplify_factor=0.0,
            bake_anim_force_startend_keying=True,
            path_mode="COPY",
            embed_textures=True,
            **_STRIP_ONLY,
        )


def export_gltf(context: bpy.types.Context, obj: bpy.types.Object, path: Path) -> None:
    """Binary glTF with the active action alone, sampled at every frame.

    Raises:
        AddonError: the armature has no action, or the file cannot be written.
    """
    with _ready(context, obj, path) as aside, compat.true_gltf_times(context.scene):
        bpy.ops.export_scene.gltf(
            filepath=str(aside),
            export_format="GLB",
            use_selection=True,
            export_animations=True,
            export_animation_mode="ACTIVE_ACTIONS",
            export_nla_strips_merged_animation_name=obj.animation_data.action.name,
            export_force_sampling=True,
            export_optimize_animation_size=False,
            export_anim_slide_to_zero=True,
            export_anim_single_armature=False,
        )


def export_bvh(context: bpy.types.Context, obj: bpy.types.Object, path: Path) -> None:
    """Motion capture file over the frames of the active action: Y up, in metres, as the world shows it.

    Raises:
        AddonError: the armature has no action, or the file cannot be written.
    """
    with _ready(context, obj, path) as aside, _y_up_rest(obj):
        first, last = (round(frame) for frame in obj.animation_data.action.frame_range)
        bpy.ops.export_anim.bvh(
            filepath=str(aside),
            global_scale=sum(obj.matrix_world.to_scale()) / 3,
            frame_start=first,
            frame_end=max(first, last),
            rotate_mode="NATIVE",
        )


@contextlib.contextmanager
def _y_up_rest(obj: bpy.types.Object) -> Iterator[None]:
    """Turn the rest pose as a whole so that the world's up becomes armature space's Y, which the writer takes for up.

    A pose lives in the bones' own axes, so it stays right when they are all turned alike.
    """
    own = obj.data
    turned = own.copy()
    obj.data = turned
    try:
        rotation = obj.matrix_world.to_quaternion().to_matrix().to_4x4()
        turned.transform(Matrix.Rotation(-math.pi / 2, 4, "X") @ rotation)
        bpy.context.view_layer.update()
        yield
    finally:
        obj.data = own
        bpy.data.armatures.remove(turned)


@contextlib.contextmanager
def _ready(context: bpy.types.Context, obj: bpy.types.Object, path: Path) -> Iterator[Path]:
    """Select the character, give a name to write to aside, and put the finished file in place."""
    if obj.animation_data is None or obj.animation_data.action is None:
        raise AddonError(f"Armature '{obj.name}' has no action to export; pose it from a video first.")
    if not path.parent.is_dir():
        raise AddonError(f"There is no folder '{path.parent}'; choose another place for '{path.name}'.")
    aside = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        with kept_state(context), _unhidden(obj):
            object_mode(context)
            _select(context, obj)
            yield aside
        aside.replace(path)
    except (OSError, RuntimeError) as error:
        raise AddonError(f"'{path}' could not be written ({str(error).strip()}); choose another place.") from error
    finally:
        aside.unlink(missing_ok=True)


@contextlib.contextmanager
def _unhidden(obj: bpy.types.Object) -> Iterator[None]:
    """Show an armature that was hidden to see the body alone: the exporters leave out what cannot be selected."""
    hidden, kept = obj.hide_get(), (obj.hide_viewport, obj.hide_select)
    try:
        obj.hide_viewport = obj.hide_select = False
        obj.hide_set(False)
        yield
    finally:
        obj.hide_viewport, obj.hide_select = kept
        obj.hide_set(hidden)


def _select(context: bpy.types.Context, obj: bpy.types.Object) -> None:
    wanted = {obj, *meshes_of(obj)}
    for item in context.view_layer.objects:
        item.select_set(item in wanted)
    if not obj.select_get():
        raise AddonError(f"Armature '{obj.name}' lies in a hidden collection; show the collection to export it.")
    context.view_layer.objects.active = obj


@contextlib.contextmanager
def _as_only_strip(obj: bpy.types.Object) -> Iterator[None]:
    """The active action as the one strip in the NLA that sounds; afterwards everything is as before."""
    data = obj.animation_data
    before = compat.action_state(obj)
    action = data.action
    muted = {track: track.mute for track in data.nla_tracks}
    for track in muted:
        track.mute = True
    added = data.nla_tracks.new()
    try:
        strip = added.strips.new(action.name, int(action.frame_range[0]), action)
        strip.name = action.name
        data.action = None
        yield
    finally:
        data.nla_tracks.remove(added)
        for track, mute in muted.items():
            track.mute = mute
        compat.restore_action(obj, before)
