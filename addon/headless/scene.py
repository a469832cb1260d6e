"""The throw-away scene of a headless run: empty it, give it the film's frame rate and length."""

from __future__ import annotations

import contextlib
import math
import os
import sys
from collections.abc import Iterator

import bpy


def empty_scene() -> bpy.types.Scene:
    """Drop everything that is loaded and return an empty scene with factory settings.

    The user's preferences and enabled add-ons stay: only the file is replaced.
    """
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True, load_ui=False)
    return current_scene()


def current_scene() -> bpy.types.Scene:
    """The scene of the context, or the file's first where the context has none (background start-up)."""
    return bpy.context.scene or bpy.data.scenes[0]


def set_frame_range(scene: bpy.types.Scene, action: bpy.types.Action) -> tuple[int, int]:
    """Let `scene` play exactly `action`; return its first and last whole frame (both inclusive)."""
    first, last = (round(frame) for frame in action.frame_range)
    scene.frame_start, scene.frame_end = first, max(first, last)
    scene.frame_set(first)
    return first, max(first, last)


def go_to(scene: bpy.types.Scene, frame: float) -> None:
    """Set the scene to a frame that may be a fraction."""
    whole = math.floor(frame)
    scene.frame_set(whole, subframe=frame - whole)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep Blender's and its exporters' chatter off stdout for the length of the block.

    It comes from C as well as from Python, so the file descriptor itself is turned away.
    """
    sys.stdout.flush()
    saved = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        sys.stdout.flush()  # what importers printed would otherwise come out later
        os.dup2(saved, 1)
        os.close(saved)
        os.close(nowhere)
