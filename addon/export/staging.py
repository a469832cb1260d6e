"""The scene made ready for an exporter, for a while, and the file put in its place when it is whole."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import bpy
from mathutils import Matrix

from ..errors import AddonError
from ..files import whole
from ..state import kept_state, object_mode


@contextlib.contextmanager
def ready(
    context: bpy.types.Context, obj: bpy.types.Object, path: Path, others: Iterable[bpy.types.Object]
) -> Iterator[Path]:
    """Select an armature and what goes along, give a name to write to aside, and put the finished file in place.

    Raises:
        AddonError: the folder is missing, the file cannot be written, or the armature cannot be selected.
    """
    if not path.parent.is_dir():
        raise AddonError(f"There is no folder '{path.parent}'; choose another place for '{path.name}'.")
    try:
        with whole(path) as aside, kept_state(context), _unhidden(obj):
            object_mode(context)
            _select(context, obj, {obj, *others})
            yield aside
    except (OSError, RuntimeError) as error:
        raise AddonError(f"'{path}' could not be written ({str(error).strip()}); choose another place.") from error


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


def _select(context: bpy.types.Context, obj: bpy.types.Object, wanted: set[bpy.types.Object]) -> None:
    for item in context.view_layer.objects:
        item.select_set(item in wanted)
    if not obj.select_get():
        raise AddonError(f"Armature '{obj.name}' lies in a hidden collection; show the collection to export it.")
    context.view_layer.objects.active = obj


@contextlib.contextmanager
def named(obj: bpy.types.Object, name: str) -> Iterator[None]:
    """Call the object so, whoever is called so already; an empty name changes nothing."""
    if not name or obj.name == name:
        yield
        return
    own, other = obj.name, bpy.data.objects.get(name)
    try:
        if other is not None:
            other.name = f"{name} aside"
        obj.name = name
        yield
    finally:
        obj.name = own
        if other is not None:
            other.name = name


@contextlib.contextmanager
def on_range(scene: bpy.types.Scene, action: bpy.types.Action) -> Iterator[None]:
    """Let the scene run over an action's frames."""
    before = scene.frame_start, scene.frame_end
    try:
        scene.frame_start, scene.frame_end = (round(frame) for frame in action.frame_range)
        yield
    finally:
        scene.frame_start, scene.frame_end = before


@contextlib.contextmanager
def y_up_rest(obj: bpy.types.Object) -> Iterator[None]:
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
