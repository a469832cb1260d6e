"""A scene for a while: what comes into the file in it is taken out again, and the user's own scene never sees it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import bpy

from ..state import kept_state, object_mode

_KEPT_KINDS = {"window_managers", "screens", "workspaces", "libraries"}
"""Kinds of data that `batch_remove` cannot take."""


@contextlib.contextmanager
def borrowed_scene(context: bpy.types.Context) -> Iterator[bpy.types.Scene]:
    """An empty scene in the window, at 30 frames a second; at the end everything that is new in the file is removed.

    Importers work on the scene of the window, so that is the one to change: neither the user's objects nor the
    selection, the mode or the frame of their scene are different afterwards.
    """
    window = context.window or context.window_manager.windows[0]
    own, layer = window.scene, window.view_layer.name
    with kept_state(context):
        object_mode(context)
        before = _everything()
        libraries = set(bpy.data.libraries)
        scene = bpy.data.scenes.new("motion file")
        scene.render.fps, scene.render.fps_base = 30, 1.0
        window.scene = scene
        try:
            yield scene
        finally:
            window.scene = own
            window.view_layer = own.view_layers[layer]
            bpy.data.batch_remove(_everything() - before)
            for library in set(bpy.data.libraries) - libraries:
                bpy.data.libraries.remove(library)


def _everything() -> set[bpy.types.ID]:
    """All data-blocks of the file that can be removed."""
    return {
        item
        for kind in bpy.data.bl_rna.properties
        if kind.type == "COLLECTION" and kind.identifier not in _KEPT_KINDS
        for item in getattr(bpy.data, kind.identifier)
    }
