"""What modal operators do to the window while they run."""

from __future__ import annotations

import bpy

TICK_S = 0.1
"""Seconds between two looks at a job."""


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
