"""The panel Look: the character over its film, and where it needs a look."""

from __future__ import annotations

import bpy

from ..chosen import chosen_armature
from ..errors import EXPECTED
from ..panels.parts import SubPanel
from ..session import SESSION
from .camera import film_camera
from .doubts import THRESHOLD, find_doubts
from .film_operators import FILM, CancelFilm, SideBySide
from .known import filmed_of
from .marks import frame_range
from .operators import ClearMarks, JumpTo, MarkDoubts, MatchCamera, ShowOverlay
from .overlay import OVERLAY
from .settings import look_of
from .take import Take, take_of


class POSE_FROM_VIDEO_PT_look(SubPanel, bpy.types.Panel):
    """Camera, overlay, stretches that need a look."""

    bl_label = "Look"
    bl_order = 40

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        layout, obj = self.layout, chosen_armature(context)
        layout.enabled = not SESSION.busy
        there = film_camera(context.scene, obj) is not None
        layout.operator(
            MatchCamera.bl_idname,
            text="Remove Film Camera" if there else MatchCamera.bl_label,
            icon="CAMERA_DATA",
            depress=there,
        )
        shown = OVERLAY.shown
        layout.operator(
            ShowOverlay.bl_idname,
            text="Hide Overlay" if shown else "Show Overlay",
            icon="HIDE_OFF" if shown else "HIDE_ON",
            depress=shown,
        )
        if shown:
            _choices(layout, context.scene)
        if (take := take_of(obj)) is not None:
            _doubts(layout, take)
        _film(layout)


def _choices(layout: bpy.types.UILayout, scene: bpy.types.Scene) -> None:
    look = look_of(scene)
    grid = layout.grid_flow(columns=2, even_columns=True, align=True)
    for name in ("keypoints", "figure", "trails", "bands"):
        grid.prop(look, name, toggle=True)
    if look.trails:
        layout.prop(look, "trail_s")


def _doubts(layout: bpy.types.UILayout, take: Take) -> None:
    """The stretches that need a look, each a button that goes there."""
    try:
        filmed = filmed_of(take.result)
    except EXPECTED as error:
        layout.label(text=str(error), icon="ERROR")
        return
    doubts = find_doubts(filmed)
    column = layout.column(align=True)
    if not doubts:
        column.label(text="Nothing needs a look", icon="CHECKMARK")
        return
    column.label(text="Needs a look", icon="VIEWZOOM")
    for doubt in doubts:
        first, last = frame_range(doubt, take, filmed.frame_times_s)
        icon = "COLORSET_01_VEC" if doubt.confidence < THRESHOLD / 2 else "COLORSET_09_VEC"
        text = f"{doubt.limb.capitalize()}, frames {first}–{last}"
        row = column.row(align=True)
        row.operator(JumpTo.bl_idname, text=text, icon=icon).frame = first
        chosen = row.operator("pose_from_video.choose_stretch", text="", icon="PREVIEW_RANGE")
        chosen.first, chosen.last = first, last
    row = layout.row(align=True)
    row.operator(MarkDoubts.bl_idname, icon="MARKER_HLT")
    row.operator(ClearMarks.bl_idname, text="", icon="X")


def _film(layout: bpy.types.UILayout) -> None:
    """The button of the side-by-side film, or how far it is, and how the last one ended."""
    job = FILM.job
    if job is None:
        layout.operator(SideBySide.bl_idname, icon="RENDER_ANIMATION")
        if FILM.said:
            layout.label(text=FILM.said, icon="ERROR" if FILM.failed else "CHECKMARK")
        return
    row = layout.row(align=True)
    text = f"{job.done}/{job.total} pictures" if job.total else "Starting a second Blender"
    row.progress(factor=job.done / job.total if job.total else 0.0, text=text, type="BAR")
    row.operator(CancelFilm.bl_idname, text="", icon="X")


CLASSES = (POSE_FROM_VIDEO_PT_look,)
