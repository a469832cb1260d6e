"""A box drawn over the film: look inside it again."""

# No `from __future__ import annotations`: Blender reads properties from annotations.

import bpy
import numpy as np

from ..errors import EXPECTED
from ..look.brush import paint, prepare
from ..look.drawing import Drawing
from ..look.strokes import draw_figure
from ..look.views import redraw_views
from ..operators.reporting import reported
from .box import Box
from .camera_view import drawn_now, show_camera_view, under_mouse
from .operators import OfStretch
from .tool import ModalTool

_COLOUR = (1.0, 0.8, 0.1, 1.0)
_SIDES = ((0, 1), (1, 2), (2, 3), (3, 0))

_box = Box()


def _draw() -> None:
    view, corners = drawn_now(bpy.context), _box.corners()
    if view is not None and corners is not None:
        paint(prepare(draw_figure(view.map.to_region(corners), np.tile(_COLOUR, (4, 1)), _SIDES, 3.0)))


class RedoInBox(OfStretch, ModalTool, bpy.types.Operator):
    """Draw a box over the film, and look at the chosen frames again inside it only"""

    bl_idname = "pose_from_video.redo_in_box"
    bl_label = "Re-Do in a Box"
    drawing = Drawing(("SpaceView3D", _draw, "POST_PIXEL"))
    hint = "Draw a box around the person   ·   Esc: cancel"

    @classmethod
    def stop(cls) -> None:
        """Put everything down, and draw no more."""
        super().stop()
        _box.first = _box.second = None

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Look through the film camera and wait for the box."""
        if self.is_running():
            return {"CANCELLED"}
        try:
            self.chosen(context)  # no box for frames that are not there
            show_camera_view(context)
        except (RuntimeError, *EXPECTED) as error:
            self.report({"ERROR"}, reported(error))
            return {"CANCELLED"}
        context.window.cursor_modal_set("CROSSHAIR")
        return self.begin(context)

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Press, drag, release."""
        if not self.is_running() or (event.type in {"ESC", "RIGHTMOUSE"} and event.value == "PRESS"):
            return self.leave(context)
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

    def _redo(self, context: bpy.types.Context) -> set[str]:
        region = _box.region()
        if region is None:
            _box.first = _box.second = None
            return {"RUNNING_MODAL"}
        try:
            bpy.ops.pose_from_video.redo_range(first=self.first, last=self.last, whole=self.whole, region=region)
        except RuntimeError as error:
            self.report({"ERROR"}, reported(error))
        return self.leave(context)

    def leave(self, context: bpy.types.Context) -> set[str]:
        """End, with the usual cursor; what was done stands as a step of its own."""
        super().leave(context)
        if context.window is not None:
            context.window.cursor_modal_restore()
        return {"CANCELLED"}


CLASSES = (RedoInBox,)
