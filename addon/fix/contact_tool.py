"""The contact strip: drawn along the timeline, painted by the mouse."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
from collections.abc import Iterator
from dataclasses import dataclass

import blf
import bpy
import numpy as np

from ...rigs.filmed import Filmed
from ..chosen import chosen_armature
from ..look.brush import paint, prepare
from ..look.drawing import Drawing
from ..look.known import filmed_of
from ..look.subject import shown_take
from ..look.take import Take, take_of
from ..look.views import redraw
from ..operators.reporting import reported
from .contact_strip import ROW_PX, Span, contact_spans, row_at, row_bottom, standing_at, strip_scale, strip_strokes
from .edits import FEET, Edits, runs
from .notes import noted_action, wanted
from .operators import OnNotedTake
from .tool import ModalTool


@dataclass(slots=True)
class Strip:
    """What is being painted on the strip.

    Attributes:
        foot: whose row is painted, empty while none is.
        standing: what is painted.
        first, last: frames of the result painted so far, in any order.
    """

    foot: str = ""
    standing: bool = False
    first: int = 0
    last: int = 0

    def spans(self) -> Iterator[Span]:
        """What is being painted."""
        if self.foot:
            start, end = sorted((self.first, self.last))
            yield Span(self.foot, start, end + 1, self.standing, True)


STRIP = Strip()


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place on the strip: the take, a foot's row, a frame of the result."""

    take: Take
    filmed: Filmed
    edits: Edits
    foot: str | None
    frame: int


def _timelines(context: bpy.types.Context) -> Iterator[bpy.types.Region]:
    """The parts of timelines and dope sheets of this window that show frames."""
    for area in context.window.screen.areas:
        if area.type == "DOPESHEET_EDITOR":
            yield from (region for region in area.regions if region.type == "WINDOW")


def _shown(context: bpy.types.Context) -> tuple[Take, Filmed, Edits] | None:
    """What plays on the chosen character, and what was said about it."""
    shown, action = shown_take(context), noted_action(chosen_armature(context))
    return (*shown, wanted(action).edits) if shown is not None and action is not None else None


def _spot(context: bpy.types.Context, event: bpy.types.Event) -> _Spot | None:
    """What the mouse points at on a timeline."""
    shown = _shown(context)
    for region in _timelines(context):
        x, y = event.mouse_x - region.x, event.mouse_y - region.y
        if shown is not None and 0 <= x < region.width and 0 <= y < region.height:
            take, filmed, edits = shown
            frame = filmed.nearest(take.second(float(region.view2d.region_to_view(x, y)[0])))
            return _Spot(
                take, filmed, edits, row_at(y, strip_scale(region.height, context.preferences.system.ui_scale)), frame
            )
    return None


def _draw() -> None:
    context = bpy.context
    shown = _shown(context)
    if shown is None:
        return
    take, filmed, edits = shown
    view, scale = context.region.view2d, strip_scale(context.region.height, context.preferences.system.ui_scale)
    frames = take.frames(filmed.frame_times_s)
    step = (frames[-1] - frames[0]) / max(len(frames) - 1, 1)

    def across(frame: float) -> float:
        whole = min(max(frame, 0.0), len(frames) - 1.0)
        scene_frame = np.interp(whole, np.arange(len(frames)), frames) + (frame - whole) * step
        return float(view.view_to_region(scene_frame, 0.0, clip=False)[0])

    spans = [*contact_spans(filmed, edits), *STRIP.spans()]
    points = {frame for frame, _ in edits.points}
    paint(prepare(strip_strokes(spans, points, len(frames), across, scale)))
    blf.size(0, 0.9 * ROW_PX * scale)
    blf.color(0, 1.0, 1.0, 1.0, 0.9)
    for foot in FEET:
        blf.position(0, 4.0 * scale, row_bottom(foot, scale) + 2.0 * scale, 0.0)
        blf.draw(0, foot.capitalize())


class EditContacts(OnNotedTake, ModalTool, bpy.types.Operator):
    """Show along the timeline when each foot stands, and paint where it does; the keys follow. Press again when done"""

    bl_idname = "pose_from_video.edit_contacts"
    bl_label = "Edit Contacts"
    drawing = Drawing(("SpaceDopeSheetEditor", _draw, "POST_PIXEL"))
    hint = "Paint in a foot's row: it stands there, or no longer does   ·   X: as it was found   ·   Esc: done"

    @classmethod
    def stop(cls) -> None:
        """Put everything down, and draw no more."""
        super().stop()
        STRIP.foot = ""

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Show the strip and wait for the mouse; the second time, end."""
        if self.is_running():
            self.stop()
            return {"FINISHED"}
        if not any(_timelines(context)):
            self.report({"ERROR"}, "There is no timeline to show the feet on; open a timeline or a dope sheet.")
            return {"CANCELLED"}
        return self.begin(context)

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Paint; whatever is not for the strip goes on to Blender."""
        if not self.is_running() or noted_action(chosen_armature(context)) is None:
            return self.leave(context)
        if STRIP.foot:
            return self._paint(context, event)
        if event.type == "ESC" and event.value == "PRESS":
            return self.leave(context)
        spot = _spot(context, event) if event.value == "PRESS" and event.type in {"LEFTMOUSE", "X", "DEL"} else None
        if spot is None or spot.foot is None:
            return {"PASS_THROUGH"}
        if event.type == "LEFTMOUSE":
            STRIP.foot, STRIP.first, STRIP.last = spot.foot, spot.frame, spot.frame
            STRIP.standing = not standing_at(spot.filmed, spot.edits, spot.foot, spot.frame)
            redraw(context)
        else:
            self._take_back(context, spot)
        return {"RUNNING_MODAL"}

    def _paint(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        if event.type in {"ESC", "RIGHTMOUSE"} and event.value == "PRESS":
            STRIP.foot = ""
        elif event.type == "MOUSEMOVE" and (spot := _spot(context, event)) is not None:
            STRIP.last = spot.frame
        elif event.type == "LEFTMOUSE" and event.value == "RELEASE":
            foot, (first, last), STRIP.foot = STRIP.foot, sorted((STRIP.first, STRIP.last)), ""
            self._say(context, foot, "stands" if STRIP.standing else "lifted", first, last)
        redraw(context)
        return {"RUNNING_MODAL"}

    def _take_back(self, context: bpy.types.Context, spot: _Spot) -> None:
        """Forget what was said of the stretch under the mouse."""
        assert spot.foot is not None
        for start, end in runs(spot.edits.contacts.get(spot.foot, {})):
            if start <= spot.frame < end:
                self._say(context, spot.foot, "auto", start, end - 1)

    def _say(self, context: bpy.types.Context, foot: str, state: str, first: int, last: int) -> None:
        """Let an operator do it, so that it is an undo step of its own."""
        take = take_of(chosen_armature(context))
        assert take is not None
        times = filmed_of(take.result).frame_times_s
        start, end = (round(float(frame)) for frame in take.frames(times[[first, last]]))
        try:
            bpy.ops.pose_from_video.set_contact("EXEC_DEFAULT", True, foot=foot, state=state, first=start, last=end)
        except RuntimeError as error:
            self.report({"ERROR"}, reported(error))


CLASSES = (EditContacts,)
