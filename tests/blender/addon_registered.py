"""Inside Blender: the add-on is registered and unregistered ten times, and leaves nothing behind."""

from __future__ import annotations

import gc
import os
import sys
import threading
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import bpy
import bpy.utils.previews

TIMES = 10
SPACES = [
    name
    for name in dir(bpy.types)
    if name.startswith("Space") and hasattr(getattr(bpy.types, name), "draw_handler_add")
]
open_ones: Counter[str] = Counter()
"""What Blender does not list: how often each was asked for, less how often it was given back."""
timers: list[Callable[[], object]] = []


def counted(owner: Any, take: str, give: str, name: str) -> None:
    """Count the calls of a pair of functions of Blender's."""
    taken, given = getattr(owner, take), getattr(owner, give)

    def taking(*args: Any, **keywords: Any) -> Any:
        open_ones[name] += 1
        return taken(*args, **keywords)

    def giving(*args: Any, **keywords: Any) -> Any:
        open_ones[name] -= 1
        return given(*args, **keywords)

    setattr(owner, take, taking)
    setattr(owner, give, giving)


def watch() -> None:
    """Count what cannot be listed."""
    for name in SPACES:
        counted(getattr(bpy.types, name), "draw_handler_add", "draw_handler_remove", f"drawing in {name}")
    counted(bpy.utils.previews, "new", "remove", "preview collections")
    begun = bpy.app.timers.register

    def begin(function: Callable[[], object], **keywords: Any) -> None:
        timers.append(function)
        begun(function, **keywords)

    bpy.app.timers.register = begin
    subscribed, cleared = bpy.msgbus.subscribe_rna, bpy.msgbus.clear_by_owner

    def subscribe(*, owner: object, **keywords: Any) -> None:
        open_ones[f"messages to {owner!r}"] = 1
        subscribed(owner=owner, **keywords)

    def clear(owner: object) -> None:
        open_ones.pop(f"messages to {owner!r}", None)
        cleared(owner)

    bpy.msgbus.subscribe_rna, bpy.msgbus.clear_by_owner = subscribe, clear


def state() -> dict[str, object]:
    """What an add-on may leave behind."""
    found: dict[str, object] = {f"open {name}": count for name, count in open_ones.items() if count}
    found["timers"] = [function for function in timers if bpy.app.timers.is_registered(function)]
    for name in dir(bpy.app.handlers):
        handlers = getattr(bpy.app.handlers, name)
        if isinstance(handlers, list):
            found[f"handlers {name}"] = list(handlers)
    for name in dir(bpy.types):
        each = getattr(bpy.types, name)
        if hasattr(each, "bl_rna"):
            found[f"type {name}"] = sorted(set(each.bl_rna.properties.keys()) | set(vars(each)))
        drawn = getattr(getattr(each, "draw", None), "_draw_funcs", None)
        if drawn is not None:
            found[f"drawn in {name}"] = len(drawn)
    for name, config in bpy.context.window_manager.keyconfigs.items():
        for keymap in config.keymaps:
            found[f"keys {name} {keymap.name} {keymap.space_type}"] = len(keymap.keymap_items)
    tools = bpy.types.VIEW3D_PT_tools_active._tools
    found["tools"] = {mode: len(each) for mode, each in tools.items() if each is not None}
    found["operators"] = sorted(dir(bpy.ops.pose_from_video))
    found["threads"] = threading.active_count()
    found["properties of the window manager"] = sorted(bpy.context.window_manager.keys())
    return found


def _mark(text: str) -> None:
    for stream in (sys.stdout, sys.stderr):
        print(text, file=stream, flush=True)


def main() -> None:
    module = sys.modules["pose_from_video"]
    watch()
    module.register()  # loads what is only loaded then: Blender's own add-ons, for example
    module.unregister()
    gc.collect()
    before = state()
    _mark("=== from here on in silence ===")
    warnings.simplefilter("error")
    for _ in range(TIMES):
        module.register()
        assert hasattr(bpy.types.Scene, "pose_from_video")
        assert state() != before
        bpy.context.scene.pose_from_video.smoothing = 0.5
        module.unregister()
    gc.collect()
    after = state()
    _mark("=== to here ===")
    left = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    assert not left, {name: (before.get(name), after.get(name)) for name in left}
    assert before["operators"] == [], before["operators"]
    assert not before["timers"]
    assert not any("pose_from_video" in str(value) for value in before.values())
    print("left nothing behind")


try:
    main()
except BaseException:
    import traceback

    traceback.print_exc()
    os._exit(1)
