"""Leave the scene as it was found."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import bpy


@contextlib.contextmanager
def kept_state(context: bpy.types.Context) -> Iterator[None]:
    """Put selection, active object, mode and current frame back at the end of the block, whatever happened in it.

    Objects are remembered by name: a reference may not survive an operator.
    """
    layer = context.view_layer
    scene = context.scene
    selected = {item.name for item in layer.objects if item.select_get()}
    active = layer.objects.active.name if layer.objects.active else None
    mode = layer.objects.active.mode if layer.objects.active else "OBJECT"
    frame, part = scene.frame_current, scene.frame_subframe
    try:
        yield
    finally:
        if layer.objects.active is not None and layer.objects.active.mode != "OBJECT":
            bpy.ops.object.mode_set(mode="OBJECT")
        for item in layer.objects:
            item.select_set(item.name in selected)
        layer.objects.active = layer.objects.get(active) if active else None
        if layer.objects.active is not None and layer.objects.active.mode != mode:
            bpy.ops.object.mode_set(mode=mode)
        if (scene.frame_current, scene.frame_subframe) != (frame, part):
            scene.frame_set(frame, subframe=part)


def object_mode(context: bpy.types.Context) -> None:
    """Leave whatever mode the active object is in."""
    active = context.view_layer.objects.active
    if active is not None and active.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
