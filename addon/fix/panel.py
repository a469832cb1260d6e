"""The panel Fix: corrections, and keys that follow them."""

from __future__ import annotations

import time

import bpy

from ..chosen import chosen_armature
from ..motion.load import is_motion
from ..panels.parts import SubPanel
from ..panels.text import paragraph
from ..settings import settings_of
from .box_tool import RedoInBox
from .contact_tool import EditContacts
from .edits import Edits
from .notes import has_notes, is_edited_by_hand, is_out_of_date, noted_action, wanted
from .operators import ClearEdits, RedoRange, SetContact, SwapSides, UpdateTake
from .people import draw_people
from .point_tool import CorrectPoints
from .settings import fix_of
from .stretch import chosen_frames
from .updates import UPDATES

_LOOK_S = 1.0
_by_hand = (0, 0.0, False)
"""Which action was looked at last, when, and whether its keys were edited by hand."""


class POSE_FROM_VIDEO_PT_fix(SubPanel, bpy.types.Panel):
    """Smoothing at once, corrected points, sides, contacts, stretches."""

    bl_label = "Fix"
    bl_order = 50

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        layout, obj = self.layout, chosen_armature(context)
        settings = settings_of(context.scene)
        action = noted_action(obj)
        if settings.video and not is_motion(settings.video):
            draw_people(layout, settings, action is not None and chosen_frames(context.scene) is not None)
        if obj is None or not has_notes(action):
            layout.label(text="Process a video first", icon="INFO")
            return
        _live(layout, context.scene)
        _tool(layout, CorrectPoints, "EMPTY_ARROWS")
        _tool(layout, EditContacts, "MOD_DYNAMICPAINT")
        _state(layout, obj, action)
        _stretch(layout, context.scene)
        _edits(layout, wanted(action).edits)


def _live(layout: bpy.types.UILayout, scene: bpy.types.Scene) -> None:
    """Smoothing, and whether the keys follow it."""
    row = layout.row(align=True)
    row.prop(settings_of(scene), "smoothing", slider=True)
    live = fix_of(scene).live
    row.prop(fix_of(scene), "live", toggle=True, icon="LINKED" if live else "UNLINKED", icon_only=True)


def _tool(layout: bpy.types.UILayout, operator: type[CorrectPoints | EditContacts], icon: str) -> None:
    """The button of a tool that runs until it is pressed again."""
    running = operator.is_running()
    text = f"Done: {operator.bl_label}" if running else operator.bl_label
    layout.operator(operator.bl_idname, text=text, icon=icon, depress=running)


def _state(layout: bpy.types.UILayout, obj: bpy.types.Object, action: bpy.types.Action) -> None:
    """What keeps the keys from being up to date."""
    if UPDATES.problem:
        paragraph(layout, UPDATES.problem, "ERROR")
    by_hand = _is_edited_by_hand(obj, action)
    if by_hand:
        layout.label(text="Keys were changed by hand", icon="INFO")
    stale = is_out_of_date(action) and UPDATES.lifting is None and not UPDATES.waits
    if by_hand or stale or UPDATES.problem or not fix_of(bpy.context.scene).live:
        layout.operator(UpdateTake.bl_idname, icon="FILE_REFRESH")


def _is_edited_by_hand(obj: bpy.types.Object, action: bpy.types.Action) -> bool:
    """Looked up once a second at most: it reads all keys, and panels ask on every redraw."""
    global _by_hand
    uid, now = action.session_uid, time.monotonic()
    if _by_hand[0] != uid or now - _by_hand[1] > _LOOK_S:
        _by_hand = uid, now, is_edited_by_hand(obj, action)
    return _by_hand[2]


def _stretch(layout: bpy.types.UILayout, scene: bpy.types.Scene) -> None:
    """What can be said about the chosen frames."""
    box = layout.box()
    frames = chosen_frames(scene)
    if frames is None:
        paragraph(box, "Set a preview range (P in the timeline) or select two markers to work on a stretch", "INFO")
        box.operator(RedoInBox.bl_idname, text="Re-Do All in a Box", icon="SELECT_SET").whole = True
        return
    box.label(text=f"Frames {frames[0]}–{frames[1]}", icon="PREVIEW_RANGE")
    row = box.row(align=True)
    row.operator(RedoRange.bl_idname, icon="FILE_REFRESH")
    row.operator(RedoInBox.bl_idname, text="In a Box", icon="SELECT_SET")
    row = box.row(align=True)
    row.label(text="Swap")
    for part in ("arms", "legs", "both"):
        row.operator(SwapSides.bl_idname, text=part.capitalize()).part = part
    for foot in ("left", "right"):
        row = box.row(align=True)
        row.label(text=f"{foot.capitalize()} foot")
        for state in ("stands", "lifted", "auto"):
            operator = row.operator(SetContact.bl_idname, text=state.capitalize())
            operator.foot, operator.state = foot, state


def _edits(layout: bpy.types.UILayout, edits: Edits) -> None:
    """What was corrected so far."""
    if not edits:
        return
    counts = {
        "point": len(edits.points),
        "swapped frame": sum(map(len, edits.swaps.values())),
        "contact frame": sum(map(len, edits.contacts.values())),
    }
    counted = [f"{count} {what}{'s' if count > 1 else ''}" for what, count in counts.items() if count]
    row = layout.row(align=True)
    row.label(text=", ".join(counted), icon="CHECKMARK" if UPDATES.lifting is None else "SORTTIME")
    row.operator(ClearEdits.bl_idname, text="", icon="X")


CLASSES = (POSE_FROM_VIDEO_PT_fix,)
