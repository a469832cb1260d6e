"""Video to keys: one operator, driven by a timer in the window and by a loop in the background."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
from pathlib import Path
from typing import ClassVar

import bpy

from ..chosen import chosen_armature
from ..errors import EXPECTED, JobCancelled
from ..making import make, plan_for
from ..motion.load import is_motion
from ..preferences import jobs_folder, runtime_python
from ..queue.adding import add_chosen
from ..session import SESSION
from ..settings import settings_of
from .reporting import first_sentence
from .window import TICK_S, begin_modal, end_modal, redraw_sidebars


class ProcessVideo(bpy.types.Operator):
    """Turn the video or motion file into keys on the armature, as a new action"""

    bl_idname = "pose_from_video.process"
    bl_label = "Pose from Video"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Start the job and return to the window; while another runs, into the job list with it."""
        if SESSION.busy:
            return self._queue(context)
        try:
            known = self._begin(context)
            if known is not None:
                return self._key(context, known)
        except EXPECTED as error:
            return self._refuse(error)
        return begin_modal(self, context, "Pose from Video: Esc cancels")

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Look at the job ten times a second; everything else goes on to Blender."""
        if event.type == "ESC" and event.value == "PRESS":
            SESSION.cancel_requested = True
            return {"RUNNING_MODAL"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        try:
            path = SESSION.poll()
            if path is None:
                redraw_sidebars(context)
                return {"PASS_THROUGH"}
            end_modal(self, context)
            return self._key(context, path)
        except EXPECTED as error:
            end_modal(self, context)
            return self._refuse(error)
        except BaseException:
            end_modal(self, context)
            raise

    def execute(self, context: bpy.types.Context) -> set[str]:
        """The same job without a window: wait for it."""
        if SESSION.busy:
            return self._queue(context)
        try:
            path = self._begin(context)
            while path is None:
                path = SESSION.poll(wait_s=TICK_S)
            return self._key(context, path)
        except EXPECTED as error:
            return self._refuse(error)
        except BaseException:
            SESSION.abandon()
            raise

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends the operator: another file is being loaded, or the window closes."""
        SESSION.abandon()
        end_modal(self, context)

    def _queue(self, context: bpy.types.Context) -> set[str]:
        """One job at a time: this one gets its turn."""
        try:
            self.report({"INFO"}, add_chosen(context.scene, chosen_armature(context)))
        except EXPECTED as error:
            return self._refuse(error)
        return {"FINISHED"}

    def _begin(self, context: bpy.types.Context) -> Path | None:
        """Check everything that can be checked now, then start; the result at once if it is known."""
        self._plan = plan_for(context.scene, settings_of(context.scene), chosen_armature(context))
        request = self._plan.request()
        if request is None:  # no film to look at, so no job
            return self._plan.source
        known = SESSION.known_result(jobs_folder(), request)
        if known is None:
            SESSION.start(runtime_python(), jobs_folder(), request, about=self._plan.armature_uid)
        return known

    def _key(self, context: bpy.types.Context, path: Path) -> set[str]:
        """Put the result on the armature."""
        made = make(context, self._plan, path)
        for warning in (*(() if is_motion(path) else SESSION.warnings), *made.warnings):
            self.report({"WARNING"}, warning)
        self.report({"INFO"}, made.sentence())
        return {"FINISHED"}

    def _refuse(self, error: Exception) -> set[str]:
        kind = "INFO" if isinstance(error, JobCancelled) else "ERROR"
        self.report({kind}, first_sentence(error))
        return {"CANCELLED"}


class CancelJob(bpy.types.Operator):
    """Stop the running job"""

    bl_idname = "pose_from_video.cancel"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Only while a job runs."""
        return SESSION.busy

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """The modal operator sees the wish within a tick."""
        SESSION.cancel_requested = True
        return {"FINISHED"}


class KeepDone(bpy.types.Operator):
    """Look no further at the video, and key the frames that were looked at"""

    bl_idname = "pose_from_video.keep"
    bl_label = "Stop and Keep"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Only while a job runs."""
        return SESSION.busy

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """The job goes on to its end with what it has."""
        try:
            SESSION.keep()
        except EXPECTED as error:
            self.report({"WARNING"}, first_sentence(error))
            return {"CANCELLED"}
        return {"FINISHED"}


CLASSES = (ProcessVideo, CancelJob, KeepDone)
