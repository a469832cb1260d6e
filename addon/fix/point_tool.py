"""Points of the film dragged to where they are, in the film camera's view."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
from dataclasses import dataclass

import blf
import bpy
import numpy as np

from ...rigs.skeleton import H36M_17
from ..chosen import chosen_armature
from ..errors import EXPECTED
from ..look.brush import paint, prepare
from ..look.drawing import Drawing
from ..look.strokes import BONES, colours_of, draw_figure
from ..look.views import redraw_views
from ..operators.reporting import reported
from ..rotation_modes import FloatArray
from .camera_view import CameraView, drawn_now, show_camera_view, under_mouse
from .notes import noted_action, wanted
from .operators import JOINTS, OnNotedTake
from .tool import ModalTool

_REACH_PX, _HANDLE_PX, _HOVERED_PX = 16.0, 5.0, 8.0
_WHITE, _MINE = (1.0, 1.0, 1.0, 1.0), (0.2, 0.7, 1.0, 1.0)


@dataclass(slots=True)
class Hold:
    """What the tool has in its hands.

    Attributes:
        joint: index of the joint under the mouse, None where there is none.
        dragged: (x, y) pixels of the film to where that joint is being dragged; None while it is not.
    """

    joint: int | None = None
    dragged: tuple[float, float] | None = None


HOLD = Hold()


def _places(context: bpy.types.Context, view: CameraView) -> FloatArray:
    """(17,2) pixels of the film where the joints are taken to be, corrections on their way among them."""
    places = np.array(view.filmed.joints_px[view.frame], np.float64)
    for joint in _mine(context, view):
        name = H36M_17.joint_names[joint]
        places[joint] = wanted(noted_action(chosen_armature(context))).edits.points[view.frame, name]
    if HOLD.dragged is not None and HOLD.joint is not None:
        places[HOLD.joint] = HOLD.dragged
    return places


def _mine(context: bpy.types.Context, view: CameraView) -> list[int]:
    """Joints that were corrected on the frame that is shown."""
    action = noted_action(chosen_armature(context))
    if action is None:
        return []
    points = wanted(action).edits.points
    return [joint for joint, name in enumerate(H36M_17.joint_names) if (view.frame, name) in points]


def _draw() -> None:
    """The handles: coloured by confidence, those that were corrected blue, the one under the mouse with its name."""
    context = bpy.context
    view = drawn_now(context)
    if view is None:
        return
    scale, mine = context.preferences.system.ui_scale, _mine(context, view)
    places = view.map.to_region(_places(context, view))
    confidence = view.filmed.confidence[view.frame]
    colours = colours_of(confidence)
    colours[mine] = _MINE
    paint(prepare(draw_figure(places, colours, BONES, _HANDLE_PX * scale)))
    if HOLD.joint is None:
        return
    joint = HOLD.joint
    for radius, colour in ((_HOVERED_PX, _WHITE), (_HANDLE_PX, colours[joint])):
        paint(prepare(draw_figure(places[[joint]], np.array([colour]), (), radius * scale)))
    said = "corrected" if joint in mine else f"{float(confidence[joint]):.0%} sure"
    _write(f"{JOINTS[joint][1]}, {said}", places[joint] + 14.0 * scale, scale)


def _write(text: str, place: FloatArray, scale: float) -> None:
    """Text beside a joint, legible over any film."""
    blf.size(0, 13.0 * scale)
    blf.enable(0, blf.SHADOW)
    blf.shadow(0, 5, 0.0, 0.0, 0.0, 1.0)
    blf.color(0, *_WHITE)
    blf.position(0, float(place[0]), float(place[1]), 0.0)
    blf.draw(0, text)
    blf.disable(0, blf.SHADOW)


class CorrectPoints(OnNotedTake, ModalTool, bpy.types.Operator):
    """Drag joints to where they are in the film, frame by frame; the keys follow at once. Press again when done"""

    bl_idname = "pose_from_video.correct_points"
    bl_label = "Correct Points"
    drawing = Drawing(("SpaceView3D", _draw, "POST_PIXEL"))
    hint = "Drag a joint to where it is   ·   Shift-click: it is right as it is   ·   X: take back   ·   Esc: done"

    @classmethod
    def stop(cls) -> None:
        """Put everything down, and draw no more."""
        super().stop()
        HOLD.joint = HOLD.dragged = None

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Look through the film camera and wait for the mouse; the second time, end."""
        if self.is_running():
            self.stop()
            return {"FINISHED"}
        try:
            show_camera_view(context)
        except (RuntimeError, *EXPECTED) as error:
            self.report({"ERROR"}, reported(error))
            return {"CANCELLED"}
        return self.begin(context)

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Follow the mouse; whatever is not for a joint goes on to Blender."""
        if not self.is_running() or noted_action(chosen_armature(context)) is None:
            return self.leave(context)
        view = under_mouse(context, event)
        if HOLD.dragged is not None:
            return self._drag(context, event, view)
        if event.type == "ESC" and event.value == "PRESS":
            return self.leave(context)
        if view is None:
            return {"PASS_THROUGH"}
        self._hover(context, view)
        if HOLD.joint is not None and event.type == "LEFTMOUSE" and event.value == "PRESS":
            x, y = _places(context, view)[HOLD.joint]
            if event.shift:
                self._correct(context, float(x), float(y))
            else:
                HOLD.dragged = float(x), float(y)
            return {"RUNNING_MODAL"}
        if event.type in {"X", "DEL"} and event.value == "PRESS":
            self._take_back(context)
            return {"RUNNING_MODAL"}
        return {"PASS_THROUGH"}

    def _hover(self, context: bpy.types.Context, view: CameraView) -> None:
        """Find the joint under the mouse."""
        away = np.linalg.norm(view.map.to_region(_places(context, view)) - np.array(view.mouse), axis=1)
        nearest = int(np.argmin(away))
        joint = nearest if away[nearest] < _REACH_PX * context.preferences.system.ui_scale else None
        if joint != HOLD.joint:
            HOLD.joint = joint
            redraw_views(context)

    def _drag(self, context: bpy.types.Context, event: bpy.types.Event, view: CameraView | None) -> set[str]:
        """Carry the joint, and let it go."""
        if event.type in {"ESC", "RIGHTMOUSE"} and event.value == "PRESS":
            HOLD.dragged = None
        elif event.type == "LEFTMOUSE" and event.value == "RELEASE" and HOLD.dragged is not None:
            place, HOLD.dragged = HOLD.dragged, None
            self._correct(context, *place)
        elif event.type == "MOUSEMOVE" and view is not None and view.mouse is not None:
            HOLD.dragged = view.map.to_film(view.mouse)
        redraw_views(context)
        return {"RUNNING_MODAL"}

    def _correct(self, context: bpy.types.Context, x: float, y: float) -> None:
        assert HOLD.joint is not None
        where = {"frame": context.scene.frame_current, "x": x, "y": y}
        self._step("correct_point", joint=H36M_17.joint_names[HOLD.joint], **where)

    def _take_back(self, context: bpy.types.Context) -> None:
        if HOLD.joint is not None:
            frame = context.scene.frame_current
            self._step("remove_points", joint=H36M_17.joint_names[HOLD.joint], first=frame, last=frame)

    def _step(self, operator: str, **options: object) -> None:
        """Let an operator do it, so that it is an undo step of its own."""
        try:
            getattr(bpy.ops.pose_from_video, operator)("EXEC_DEFAULT", True, **options)
        except RuntimeError as error:
            self.report({"ERROR"}, reported(error))


CLASSES = (CorrectPoints,)
