"""The views of the window: look through a camera, stop doing so, draw again."""

from __future__ import annotations

from collections.abc import Iterator

import bpy

_DRAWN_OVER = ("VIEW_3D", "DOPESHEET_EDITOR")


def look_through(context: bpy.types.Context) -> None:
    """Let the view that was clicked in, else the largest one, look through the scene's camera."""
    areas = list(_view_areas(context))
    if not areas:
        return  # in the background there is none
    area = context.area if context.area in areas else max(areas, key=lambda each: each.width * each.height)
    area.spaces.active.region_3d.view_perspective = "CAMERA"


def leave_camera(context: bpy.types.Context, camera: bpy.types.Object) -> None:
    """Let all views that look through a camera stop doing so; their own place is as before."""
    for area in _view_areas(context):
        space = area.spaces.active
        seen = space.camera if space.use_local_camera else context.scene.camera
        if space.region_3d.view_perspective == "CAMERA" and seen == camera:
            space.region_3d.view_perspective = "PERSP"


def redraw_views(context: bpy.types.Context) -> None:
    """Draw the 3D views again, without their sidebars and headers."""
    for area in _view_areas(context):
        for region in area.regions:
            if region.type == "WINDOW":
                region.tag_redraw()


def redraw(context: bpy.types.Context) -> None:
    """Draw the 3D views and timelines again."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in _DRAWN_OVER:
                area.tag_redraw()


def _view_areas(context: bpy.types.Context) -> Iterator[bpy.types.Area]:
    for window in context.window_manager.windows:
        yield from (area for area in window.screen.areas if area.type == "VIEW_3D")
