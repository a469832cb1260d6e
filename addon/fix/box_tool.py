"""A box drawn over the film: look inside it again."""

# No `from __future__ import annotations`: Blender reads properties from annotations.

import bpy
import numpy as np

from ..look.brush import paint, prepare
from ..look.strokes import draw_figure
from ..look.views import redraw_views
from ..operators.reporting import EXPECTED, reported
from .box import Box
from .camera_view import drawn_now, show_camera_view, under_mouse
from .operators import OfStretch

_HELP = "Draw a box around the person   ·   Esc: cancel"
_COLOUR = (1.0, 0.8, 0.1, 1.0)
_SIDES = ((0, 1), (1, 2), (2, 3), (3, 0))


_box = Box()
_handles: list[object] = []


def stop() -> None:
    """Draw no more."""
    _box.first = _box.second = None
    while _handles:
        bpy.types.SpaceView3D.draw_handler_remove(_handles.pop(), "WINDOW")


class RedoInBox(OfStretch, bpy.types.Operator):
    """Draw a box over the film, and look at the chosen frames again inside it only"""

    bl_idname = "pose_from_video.redo_in_box"
    bl_label = "Re-Do in a Box"

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Look through the film camera and wait for the box."""
        if _handles:
            return {"CANCELLED"}
        try:
            self.chosen(context)  # no box for frames that are not there
            show_camera_view(context)
        except (RuntimeError, *EXPECTED) as error:
            self.report({"ERROR"}, reported(error))
            return {"CANCELLED"}
        _handles.append(bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL"))
        context.workspace.status_text_set(_HELP)
        context.window.cursor_modal_set("CROSSHAIR")
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Press, drag, release."""
        if event.type in {"ESC", "RIGHTMOUSE"} and event.value == "PRESS":
            return self._leave(context, {"CANCELLED"})
        view = under_mouse(context, event)
        if view is None or view.mouse is None:
            return {"RUNNING_MODAL"} if _box.first is not None else {"PASS_THROUGH"}
        at = view.map.to_film(view.mouse)
        if event.type == "LEFTMOUSE" and event.value == "PRESS":
            _box.first = _box.second = at
        elif event.type == "MOUSEMOVE" and _box.first is not None:
            _box.second = at
        elif event.type == "LEFTMOUSE" and event.value == "RELEASE" and _box.first is not None:
            _box.second = at
            return self._redo(context)
        else:
            return {"PASS_THROUGH"}
        redraw_views(context)
        return {"RUNNING_MODAL"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends the operator: another file is being loaded, or the window closes."""
        self._leave(context, {"CANCELLED"})

    def _redo(self, context: bpy.types.Context) -> set[str]:
        region = _box.region()
        if region is None:
            _box.first = _box.second = None
            return {"RUNNING_MODAL"}
        try:
            bpy.ops.pose_from_video.redo_range(first=self.first, last=self.last, whole=self.whole, region=region)
        except RuntimeError as error:
            self.report({"ERROR"}, reported(error))
            return self._leave(context, {"CANCELLED"})
        return self._leave(context, {"FINISHED"})

    def _leave(self, context: bpy.types.Context, status: set[str]) -> set[str]:
        stop()
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        if context.window is not None:
            context.window.cursor_modal_restore()
        redraw_views(context)
        return status


def _draw() -> None:
    view, corners = drawn_now(bpy.context), _box.corners()
    if view is not None and corners is not None:
        paint(prepare(draw_figure(view.map.to_region(corners), np.tile(_COLOUR, (4, 1)), _SIDES, 3.0)))


CLASSES = (RedoInBox,)
