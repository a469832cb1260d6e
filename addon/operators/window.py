"""What modal operators do to the window while they run."""

from __future__ import annotations

import bpy

TICK_S = 0.1
"""Seconds between two looks at a job."""

_timers: dict[str, bpy.types.Timer] = {}
"""Of each modal operator that runs: Blender forgets operators that are unregistered, but not their timers."""


def begin_modal(operator: bpy.types.Operator, context: bpy.types.Context, text: str) -> set[str]:
    """Let an operator run modally, with a tick every `TICK_S`.

    Args:
        operator: one that runs at most once at a time.
        context: of its `invoke`.
        text: for the status bar.

    Returns:
        What `invoke` is to return.
    """
    manager = context.window_manager
    _timers[operator.bl_idname] = manager.event_timer_add(TICK_S, window=context.window)
    manager.modal_handler_add(operator)
    context.workspace.status_text_set(text)
    return {"RUNNING_MODAL"}


def end_modal(operator: bpy.types.Operator, context: bpy.types.Context) -> None:
    """Take down what `begin_modal` put up, on every way out."""
    _end(operator.bl_idname, context)
    redraw_sidebars(context)


def end_all_modal(context: bpy.types.Context) -> None:
    """The same for all that still run, before they are unregistered."""
    for name in list(_timers):
        _end(name, context)


def _end(name: str, context: bpy.types.Context) -> None:
    timer = _timers.pop(name, None)
    if timer is not None:
        context.window_manager.event_timer_remove(timer)
    if not _timers and context.workspace is not None:
        context.workspace.status_text_set(None)


def redraw_sidebars(context: bpy.types.Context) -> None:
    """Draw the sidebars again, and only them: a heavy scene takes long to draw."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                for region in area.regions:
                    if region.type == "UI":
                        region.tag_redraw()
            elif area.type == "PREFERENCES":
                area.tag_redraw()
