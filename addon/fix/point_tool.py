"""Points of the film dragged to where they are, in the film camera's view."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
from dataclasses import dataclass

import blf
import bpy
import numpy as np

from ...rigs.skeleton import H36M_17
from ..look.brush import paint, prepare
from ..look.strokes import BONES, colours_of, draw_figure
from ..look.views import redraw_views
from ..operators.process import chosen_armature
from ..operators.reporting import EXPECTED, reported
from ..rotation_modes import FloatArray
from .camera_view import CameraView, drawn_now, show_camera_view, under_mouse
from .notes import noted_action, wanted
from .operators import JOINTS, OfTake

_REACH_PX, _HANDLE_PX, _HOVERED_PX = 16.0, 5.0, 8.0
_WHITE, _MINE = (1.0, 1.0, 1.0, 1.0), (0.2, 0.7, 1.0, 1.0)
_HELP = "Drag a joint to where it is   ·   Shift-click: it is right as it is   ·   X: take back   ·   Esc: done"


@dataclass(slots=True)
class Hold:
    """What the tool has in its hands.

    Attributes:
        running: it is switched on.
        joint: index of the joint under the mouse, None where there is none.
        dragged: (x, y) pixels of the film to where that joint is being dragged; None while it is not.
    """

    running: bool = False
    joint: int | None = None
    dragged: tuple[float, float] | None = None


HOLD = Hold()
_handles: list[object] = []


def stop() -> None:
    """Put everything down, and draw no more."""
    HOLD.running, HOLD.joint, HOLD.dragged = False, None, None
    while _handles:
        bpy.types.SpaceView3D.draw_handler_remove(_handles.pop(), "WINDOW")


class CorrectPoints(bpy.types.Operator):
    """Drag joints to where they are in the film, frame by frame; the keys follow at once. Press again when done"""

    bl_idname = "pose_from_video.correct_points"
    bl_label = "Correct Points"

    poll = OfTake.poll

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Look through the film camera and wait for the mouse; the second time, end."""
        if HOLD.running:
            HOLD.running = False
            return {"FINISHED"}
        try:
            show_camera_view(context)
        except (RuntimeError, *EXPECTED) as error:
            self.report({"ERROR"}, reported(error))
            return {"CANCELLED"}
        HOLD.running = True
        _handles.append(bpy.types.SpaceView3D.draw_handler_add(_draw, (), "WINDOW", "POST_PIXEL"))
        context.workspace.status_text_set(_HELP)
        context.window_manager.modal_handler_add(self)
        redraw_views(context)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Follow the mouse; whatever is not for a joint goes on to Blender."""
        if not HOLD.running or noted_action(chosen_armature(context)) is None:
            return self._leave(context)
        view = under_mouse(context, event)
        if HOLD.dragged is not None:
            return self._drag(context, event, view)
        if event.type == "ESC" and event.value == "PRESS":
            return self._leave(context)
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

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends the operator: another file is being loaded, or the window closes."""
        self._leave(context)

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

    def _leave(self, context: bpy.types.Context) -> set[str]:
        stop()
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        redraw_views(context)
        return {"FINISHED"}


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


CLASSES = (CorrectPoints,)
