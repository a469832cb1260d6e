"""The buttons that change the list."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
from pathlib import Path
from typing import Any, ClassVar

import bpy

from ..chosen import chosen_armature
from ..errors import EXPECTED, AddonError
from ..footage import FILM_ENDINGS
from ..motion.load import MOTION_ENDINGS
from ..operators.reporting import ReportingOperator, first_sentence
from .adding import add_chosen, add_films
from .order import natural, selected_armatures
from .rows import PoseFromVideoJob, jobs_of
from .run import RUN, run_soon

SHOWN = ";".join(f"*{ending}" for ending in (*FILM_ENDINGS, *sorted(MOTION_ENDINGS)))
"""What the file browser shows."""


class AddJob(ReportingOperator, bpy.types.Operator):
    """Put this video and character into the job list, with the options as they are now"""

    bl_idname = "pose_from_video.add_job"
    bl_label = "Add to Jobs"

    def act(self, context: bpy.types.Context) -> str:
        """Add it."""
        return add_chosen(context.scene, chosen_armature(context))


class AddVideos(ReportingOperator, bpy.types.Operator):
    """Add several videos at once: the first goes to the first selected armature, and so on"""

    bl_idname = "pose_from_video.add_videos"
    bl_label = "Add Videos…"

    directory: bpy.props.StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE"})
    files: bpy.props.CollectionProperty(type=bpy.types.OperatorFileListElement, options={"SKIP_SAVE", "HIDDEN"})
    filter_glob: bpy.props.StringProperty(default=SHOWN, options={"HIDDEN"})

    def invoke(self, context: bpy.types.Context, _event: Any) -> set[str]:
        """Ask for the files."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def act(self, context: bpy.types.Context) -> str:
        """Add a row for each; none where one of them cannot be used."""
        films = sorted((item.name for item in self.files if item.name), key=natural)
        armatures = selected_armatures(context)
        if not films or not armatures:
            lacking = "a video" if armatures else "the armatures that they are for"
            raise AddonError(f"Nothing to add: select {lacking} first.")
        return add_films(context.scene, [Path(self.directory) / each for each in films], armatures)


class _OnRow(ReportingOperator):
    """Is about one row: the active one, or that of `index`."""

    index: bpy.props.IntProperty(name="Row", description="Which row; -1 for the active one", default=-1, min=-1)

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There is a row."""
        return len(jobs_of(context.scene).rows) > 0

    def act(self, context: bpy.types.Context) -> str:
        """Do it, if there is such a row."""
        jobs = jobs_of(context.scene)
        number = jobs.active if self.index < 0 else self.index
        if not 0 <= number < len(jobs.rows):
            raise AddonError(f"The job list has no row {number}; it has {len(jobs.rows)}.")
        self.change(context, number, jobs.rows[number])
        return ""

    def change(self, context: bpy.types.Context, number: int, row: PoseFromVideoJob) -> None:
        """What the button does."""
        raise NotImplementedError


class CancelRow(_OnRow, bpy.types.Operator):
    """Stop this job, or let it not begin"""

    bl_idname = "pose_from_video.cancel_job"
    bl_label = "Cancel Job"

    def change(self, context: bpy.types.Context, number: int, row: PoseFromVideoJob) -> None:
        """A job that runs ends with the next look at it."""
        if (lane := RUN.lanes.of(row.uid)) is not None:
            lane.session.cancel_requested = True
        elif row.state == "waiting":
            row.state = "cancelled"


class KeepRow(_OnRow, bpy.types.Operator):
    """Look no further at this job's video, and key the frames that were looked at"""

    bl_idname = "pose_from_video.keep_job"
    bl_label = "Stop and Keep"

    def change(self, context: bpy.types.Context, number: int, row: PoseFromVideoJob) -> None:
        """The job goes on to its end with what it has."""
        lane = RUN.lanes.of(row.uid)
        if lane is None:
            self.report({"WARNING"}, f"'{Path(row.choices.video).name}' does not run; there is nothing to keep")
            return
        try:
            lane.session.keep()
        except EXPECTED as error:
            self.report({"WARNING"}, first_sentence(error))


class RetryRow(_OnRow, bpy.types.Operator):
    """Let this job have another turn; what was found in its film is not looked for again"""

    bl_idname = "pose_from_video.retry_job"
    bl_label = "Again"

    def change(self, context: bpy.types.Context, number: int, row: PoseFromVideoJob) -> None:
        """Let it wait, and work the list off."""
        if RUN.lanes.of(row.uid) is not None:
            return
        row.state, row.said = "waiting", ""
        RUN.again(row.uid)
        run_soon()


class RemoveRow(_OnRow, bpy.types.Operator):
    """Take this job out of the list; what it has made stays"""

    bl_idname = "pose_from_video.remove_job"
    bl_label = "Remove Job"

    def change(self, context: bpy.types.Context, number: int, row: PoseFromVideoJob) -> None:
        """The run notices by itself that its row is gone."""
        jobs = jobs_of(context.scene)
        jobs.rows.remove(number)
        if jobs.active >= number:
            jobs.active = min(max(jobs.active - 1, 0), len(jobs.rows) - 1)


class MoveRow(_OnRow, bpy.types.Operator):
    """Let this job have its turn earlier or later"""

    bl_idname = "pose_from_video.move_job"
    bl_label = "Move Job"

    steps: bpy.props.IntProperty(name="Steps", description="Rows downwards; upwards where below 0", default=-1)

    def change(self, context: bpy.types.Context, number: int, row: PoseFromVideoJob) -> None:
        """Move it, no further than to an end."""
        jobs = jobs_of(context.scene)
        to = min(max(number + self.steps, 0), len(jobs.rows) - 1)
        jobs.rows.move(number, to)
        jobs.active = to


class ClearJobs(bpy.types.Operator):
    """Take all jobs out of the list that are done or were cancelled"""

    bl_idname = "pose_from_video.clear_jobs"
    bl_label = "Clear Finished"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Keep those that wait or failed."""
        jobs = jobs_of(context.scene)
        for number in reversed(range(len(jobs.rows))):
            if jobs.rows[number].state in ("done", "cancelled"):
                jobs.rows.remove(number)
        jobs.active = min(jobs.active, len(jobs.rows) - 1)
        return {"FINISHED"}


CLASSES = (AddJob, AddVideos, CancelRow, KeepRow, RetryRow, RemoveRow, MoveRow, ClearJobs)
