"""The buttons that work the list off, in the window or without one."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
from typing import Any

import bpy

from ..errors import RuntimeMissingError
from ..operators.reporting import first_sentence
from ..operators.window import TICK_S, begin_modal, end_modal, redraw_sidebars
from .rows import jobs_of
from .run import RUN


class RunJobs(bpy.types.Operator):
    """Do all waiting jobs, one after the other; each character gets its keys as soon as its job is done"""

    bl_idname = "pose_from_video.run_jobs"
    bl_label = "Run Jobs"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Something waits, and nobody works it off."""
        return not RUN.active and any(row.state == "waiting" for row in jobs_of(context.scene).rows)

    def invoke(self, context: bpy.types.Context, _event: Any) -> set[str]:
        """Start, and return to the window."""
        RUN.start(context.scene)
        return begin_modal(self, context, "Pose from Video: Esc cancels the job and pauses the list")

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Look at the list ten times a second; everything else goes on to Blender."""
        if event.type == "ESC" and event.value == "PRESS" and RUN.lanes.busy():
            RUN.paused = True
            RUN.lanes.cancel()
            return {"RUNNING_MODAL"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        try:
            more = RUN.active and RUN.step(context, self.report)
        except RuntimeMissingError as error:
            end_modal(self, context)
            self.report({"ERROR"}, first_sentence(error))
            return {"CANCELLED"}
        except BaseException:
            RUN.stop()
            end_modal(self, context)
            raise
        if more:
            redraw_sidebars(context)
            return {"PASS_THROUGH"}
        end_modal(self, context)
        self.report({"INFO"}, _summary())
        return {"FINISHED"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """The same without a window: wait for all of them; an error at the end if any failed."""
        RUN.start(context.scene)
        try:
            while RUN.step(context, self.report, TICK_S):
                pass
        except RuntimeMissingError as error:
            self.report({"ERROR"}, first_sentence(error))
            return {"CANCELLED"}
        except BaseException:
            RUN.stop()
            raise
        if RUN.failed:
            self.report({"ERROR"}, f"{_summary()}. {' '.join(RUN.failed)}")
            return {"CANCELLED"}
        return {"FINISHED"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends the operator: another file is being loaded, or the window closes."""
        RUN.stop()
        end_modal(self, context)


class PauseJobs(bpy.types.Operator):
    """Begin no further job; the one that runs goes on to its end. Press again to go on"""

    bl_idname = "pose_from_video.pause_jobs"
    bl_label = "Pause"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Only while the list is worked off."""
        return RUN.active

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Change it."""
        RUN.paused = not RUN.paused
        redraw_sidebars(context)
        return {"FINISHED"}


def _summary() -> str:
    """What the run came to."""
    return f"Jobs: {RUN.made} keyed, {len(RUN.failed)} failed"


CLASSES = (RunJobs, PauseJobs)
