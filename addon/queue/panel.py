"""The panel Jobs."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..motion.load import is_motion
from ..panels.parts import SubPanel
from ..panels.text import paragraph
from ..progress import clock
from ..session import SESSION
from .operators import AddVideos, CancelRow, ClearJobs, KeepRow, MoveRow, RemoveRow, RetryRow
from .rows import PoseFromVideoJob, PoseFromVideoJobs, jobs_of
from .run import RUN
from .run_operators import PauseJobs, RunJobs

ICONS = {"waiting": "SORTTIME", "done": "CHECKMARK", "failed": "ERROR", "cancelled": "X"}


class POSE_FROM_VIDEO_UL_jobs(bpy.types.UIList):
    """A row: its state or how far it is, its film, its character."""

    def draw_item(
        self,
        _context: bpy.types.Context,
        layout: bpy.types.UILayout,
        _data: PoseFromVideoJobs,
        row: PoseFromVideoJob,
        _icon: int,
        _active_data: PoseFromVideoJobs,
        _active_property: str,
    ) -> None:
        """Draw a row."""
        film = Path(row.choices.video).stem
        line = layout.split(factor=0.6)
        progress = RUN.lanes.progress_of(row.uid)
        if progress is not None:
            line.progress(factor=progress.factor, text=film, type="BAR")
        else:
            line.label(text=film, icon=ICONS[row.state])
        armature = row.choices.armature
        line.label(text=armature.name if armature is not None else "No armature")


class POSE_FROM_VIDEO_PT_jobs(SubPanel, bpy.types.Panel):
    """Several films on several characters."""

    bl_label = "Jobs"
    bl_order = 10

    def draw_header_preset(self, context: bpy.types.Context) -> None:
        """Say beside the name what is still to do."""
        if waiting := sum(row.state == "waiting" for row in jobs_of(context.scene).rows):
            self.layout.label(text=f"{waiting} to do")

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        layout, jobs = self.layout, jobs_of(context.scene)
        line = layout.row()
        line.template_list("POSE_FROM_VIDEO_UL_jobs", "", jobs, "rows", jobs, "active", rows=4)
        _beside(line.column(align=True))
        _running(layout, jobs)
        if 0 <= jobs.active < len(jobs.rows):
            _details(layout, jobs.rows[jobs.active])


def _beside(column: bpy.types.UILayout) -> None:
    """The buttons beside the list."""
    column.operator(AddVideos.bl_idname, text="", icon="ADD")
    column.operator(RemoveRow.bl_idname, text="", icon="REMOVE")
    column.separator()
    column.operator(MoveRow.bl_idname, text="", icon="TRIA_UP").steps = -1
    column.operator(MoveRow.bl_idname, text="", icon="TRIA_DOWN").steps = 1
    column.separator()
    column.operator(ClearJobs.bl_idname, text="", icon="TRASH")


def _running(layout: bpy.types.UILayout, jobs: PoseFromVideoJobs) -> None:
    """Run or Pause, and how much there is to do."""
    waiting = [row.to_do for row in jobs.rows if row.state == "waiting" and RUN.lanes.of(row.uid) is None]
    if RUN.active:
        layout.operator(PauseJobs.bl_idname, icon="PAUSE", depress=RUN.paused)
    else:
        layout.operator(RunJobs.bl_idname, icon="PLAY")
    running = [lane.session.progress for lane in RUN.lanes.busy() if lane.session.progress is not None]
    left = RUN.pace.seconds_left(waiting, running)
    if waiting or running:
        text = f"{len(waiting)} waiting"
        layout.label(text=f"{text}, about {clock(left)} in all" if left is not None else text)


def _details(layout: bpy.types.UILayout, row: PoseFromVideoJob) -> None:
    """What can still be chosen for a job that waits, or what became of the active row's."""
    progress = RUN.lanes.progress_of(row.uid)
    if progress is not None and progress is SESSION.progress:
        return  # the main panel shows it
    if progress is not None:
        layout.label(text=progress.title())
        layout.label(text=progress.detail())
        buttons = layout.row()
        buttons.operator(CancelRow.bl_idname, icon="X")
        if progress.stage == "detect":
            buttons.operator(KeepRow.bl_idname, icon="CHECKMARK")
        return
    if row.said:
        paragraph(layout, row.said, ICONS[row.state])
    if row.state != "waiting":
        layout.operator(RetryRow.bl_idname, icon="FILE_REFRESH")
        return
    column = layout.column()
    column.use_property_split = True
    column.use_property_decorate = False
    column.prop(row.choices, "armature")
    column.prop(row.choices, "frame_start")
    film = not is_motion(row.choices.video)
    column.prop(row.choices, "smoothing" if film else "motion_smoothing", slider=True)
    if film:
        column.prop(row.choices, "quality")
    line = column.column(align=True)
    line.prop(row.choices, "video_start", text="Frames From")
    line.prop(row.choices, "video_end", text="To")


CLASSES = (POSE_FROM_VIDEO_UL_jobs, POSE_FROM_VIDEO_PT_jobs)
