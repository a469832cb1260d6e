"""The sidebar of the 3D view, tab `Pose`."""

from __future__ import annotations

from pathlib import Path

import bpy

from ...rigs.errors import RigError
from ...rigs.maps import SURE
from ..chosen import chosen_armature
from ..errors import EXPECTED, AddonError, RuntimeMissingError
from ..fix.updates import UPDATES
from ..footage import are_pictures
from ..look.settings import look_of
from ..mapping.found import found_rig
from ..mapping.operators import EditMap
from ..mapping.rows import is_by_hand
from ..motion.load import is_motion
from ..operators.process import CancelJob, KeepDone, ProcessVideo
from ..operators.runtime import CancelSetup, SetUpRuntime
from ..option_presets import POSE_FROM_VIDEO_PT_presets
from ..preferences import runtime_python
from ..progress import Progress
from ..queue.operators import AddJob
from ..session import SESSION
from ..settings import PoseFromVideoSettings, settings_of
from ..setup.runtime_setup import RuntimeSetup
from ..setup.session import SETUP
from .parts import Sidebar, SubPanel
from .text import paragraph


class POSE_FROM_VIDEO_PT_main(Sidebar, bpy.types.Panel):
    """Video, armature, one button, and what it is doing."""

    bl_label = "Pose from Video"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        settings = settings_of(context.scene)
        column = self.layout.column()
        column.prop(settings, "video", text="")
        column.prop(settings, "armature", text="")
        _convention(column, chosen_armature(context))
        if SESSION.progress is not None and not UPDATES.brief:
            _running(self.layout, SESSION.progress, context.scene)
            self.layout.operator(AddJob.bl_idname, icon="ADD")
            return
        if SETUP.setup is not None:
            _setting_up(self.layout, SETUP.setup)
            return
        python = _runtime()
        ready = is_motion(settings.video) or python is not None
        if not ready:
            self.layout.operator(SetUpRuntime.bl_idname, icon="IMPORT")
        button = self.layout.row(align=True)
        button.enabled = ready and not SESSION.busy
        button.scale_y = 1.6
        button.operator(ProcessVideo.bl_idname, icon="ARMATURE_DATA")
        button.operator(AddJob.bl_idname, text="", icon="ADD")
        _troubled(self.layout, SETUP.problem_with(python), SETUP.log)
        _troubled(self.layout, SESSION.problem, SESSION.log)
        for warning in SESSION.warnings:
            paragraph(self.layout, warning, "INFO")


def _convention(layout: bpy.types.UILayout, obj: bpy.types.Object | None) -> None:
    """Say what rig this is, how sure that is and why, or which bones are missing."""
    if obj is None:
        layout.label(text="Pick an armature", icon="INFO")
        return
    try:
        found = found_rig(obj)
        sure = found.confidence >= SURE
        # The armature that is only taken for want of a choice is named, at the end: a narrow sidebar cuts there.
        named = "" if settings_of(bpy.context.scene).armature else f": {obj.name}"
        text = f"{found.rig_map.name}, {found.confidence:.0%} sure{named}"
        layout.label(text=text, icon="CHECKMARK" if sure else "QUESTION")
        if found.by_structure or not sure:
            paragraph(layout, found.reason, "INFO")
    except AddonError as error:
        paragraph(layout, str(error), "ERROR")
    except RigError as error:
        paragraph(layout, str(error), "ERROR")
        if not is_by_hand(obj):
            layout.operator(EditMap.bl_idname, icon="OUTLINER_DATA_ARMATURE")


def _has_ik_controls(obj: bpy.types.Object | None) -> bool:
    if obj is None:
        return False
    try:
        return found_rig(obj).rig_map.ik is not None
    except EXPECTED:
        return False


def _running(layout: bpy.types.UILayout, progress: Progress, scene: bpy.types.Scene) -> None:
    """Stage, bar, numbers, Cancel."""
    box = layout.box()
    line = box.row(align=True)
    line.progress(factor=progress.factor, text=progress.title(), type="BAR")
    line.prop(look_of(scene), "live", text="", icon="HIDE_OFF" if look_of(scene).live else "HIDE_ON")
    box.label(text=progress.detail())
    row = box.row()
    row.enabled = not SESSION.cancel_requested
    row.operator(CancelJob.bl_idname, text="Cancelling…" if SESSION.cancel_requested else "Cancel", icon="X")
    if progress.stage == "detect":
        keep = row.row()
        keep.enabled = not SESSION.keeping
        keep.operator(KeepDone.bl_idname, text="Keeping…" if SESSION.keeping else KeepDone.bl_label, icon="CHECKMARK")


def _runtime() -> Path | None:
    try:
        return runtime_python()
    except RuntimeMissingError:
        return None


def _setting_up(layout: bpy.types.UILayout, setup: RuntimeSetup) -> None:
    """What is being fetched, and Cancel."""
    box = layout.box()
    box.progress(factor=setup.factor, text="Setting up the runtime", type="BAR")
    paragraph(box, f"{setup.text} {setup.detail}", "NONE")
    box.operator(CancelSetup.bl_idname, icon="X")


def _troubled(layout: bpy.types.UILayout, problem: str, log: Path | None) -> None:
    """What went wrong last, with a way to its log."""
    if not problem:
        return
    box = layout.box()
    paragraph(box, problem, "ERROR")
    if log is not None:
        box.operator("wm.path_open", text="Show Log", icon="TEXT").filepath = str(log)


class POSE_FROM_VIDEO_PT_options(SubPanel, bpy.types.Panel):
    """How the pose is put on the character."""

    bl_label = "Options"
    bl_order = 20

    def draw_header_preset(self, _context: bpy.types.Context) -> None:
        """Sets of options to choose from, as other panels of Blender have them."""
        POSE_FROM_VIDEO_PT_presets.draw_panel_header(self.layout)

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        settings = settings_of(context.scene)
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        film = not is_motion(settings.video)
        if film:
            _looking(layout, settings)
        _range(layout, settings)
        column = layout.column(heading="Limbs")
        column.prop(settings, "ik")
        column.prop(settings, "fingers")
        if _has_ik_controls(chosen_armature(context)):
            layout.prop(settings, "controls", expand=True)
        layout.prop(settings, "root", expand=True)
        layout.prop(settings, "root_on", expand=True)
        layout.prop(settings, "heading", expand=True)
        column = layout.column(align=True)
        column.prop(settings, "left_foot")
        column.prop(settings, "right_foot")
        layout.prop(settings, "smoothing" if film else "motion_smoothing", slider=True)
        column = layout.column(heading="Keys")
        column.prop(settings, "reduce_deg")
        column.prop(settings, "frame_start")
        column.prop(settings, "nla")
        column = layout.column(heading="Scene")
        column.prop(settings, "match_rate")
        column.prop(settings, "extend_range")


def _looking(layout: bpy.types.UILayout, settings: PoseFromVideoSettings) -> None:
    """How closely the film is looked at, and what it cannot tell."""
    layout.prop(settings, "quality", expand=True)
    column = layout.column(heading="Lifting")
    column.prop(settings, "causal")
    layout.prop(settings, "person_height_m")
    layout.prop(settings, "lens_mm")
    if are_pictures(Path(bpy.path.abspath(settings.video))):
        layout.prop(settings, "pictures_fps")


def _range(layout: bpy.types.UILayout, settings: PoseFromVideoSettings) -> None:
    column = layout.column(align=True)
    column.prop(settings, "video_start", text="Frames From")
    column.prop(settings, "video_end", text="To")


CLASSES = (POSE_FROM_VIDEO_PT_main, POSE_FROM_VIDEO_PT_options)
