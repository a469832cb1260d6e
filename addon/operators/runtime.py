"""Set up the runtime in a folder of its own, and try whether it works."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
import sys
from pathlib import Path

import bpy

from ..errors import EXPECTED, AddonError, SetupError
from ..preferences import base_python, jobs_folder, runtime_folder, runtime_python, wheels_folder
from ..queue.run import RUN
from ..session import SESSION
from ..setup.runtime_setup import SetupPlan
from ..setup.session import SETUP
from .reporting import first_sentence
from .window import TICK_S, redraw_sidebars


class _RunsBeside:
    """Starts something that goes on beside the window, or in a script is waited for.

    A timer looks after it and no modal operator: that one would end with the window of the preferences.
    """

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Not while anything else runs."""
        return not (SESSION.busy or SETUP.busy or RUN.active)

    def invoke(self, _context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Start and return to the window."""
        try:
            self.begin()
        except EXPECTED as error:
            return self._refuse(error)
        bpy.app.timers.register(_look, first_interval=TICK_S, persistent=True)
        return {"FINISHED"}

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """The same without a window: wait for it."""
        try:
            self.begin()
            while not SETUP.poll(jobs_folder(), TICK_S):
                pass
        except EXPECTED as error:
            return self._refuse(error)
        self.report({"INFO"}, "The runtime works.")
        return {"FINISHED"}

    def _refuse(self, error: Exception) -> set[str]:
        SETUP.problem = first_sentence(error)
        self.report({"ERROR"}, first_sentence(error))
        return {"CANCELLED"}


class SetUpRuntime(_RunsBeside, bpy.types.Operator):
    """Make the Python that reads the video, in a folder of its own (900 MB): fetched, or from a folder of wheels"""

    bl_idname = "pose_from_video.set_up_runtime"
    bl_label = "Set Up Runtime"

    def begin(self) -> None:
        """Start to set up.

        Raises:
            AddonError: packages would have to be fetched, and Blender is not allowed to go online.
        """
        wheels = wheels_folder()
        if wheels is None and not bpy.app.online_access:
            raise AddonError(
                "Blender may not go online: allow Online Access in Preferences > System > Network, or choose a folder "
                "of wheels in the add-on's preferences."
            )
        SESSION.close()  # it may be using the runtime that is replaced
        SETUP.start_setup(SetupPlan(runtime_folder(), Path(sys.executable), base_python(), wheels))


class CheckRuntime(_RunsBeside, bpy.types.Operator):
    """Try the runtime on a tiny film of its own: packages, decoding, detection, lifting and writing, in some seconds"""

    bl_idname = "pose_from_video.check_runtime"
    bl_label = "Check"

    def begin(self) -> None:
        """Start to try.

        Raises:
            RuntimeMissingError: there is no runtime to try.
        """
        SETUP.start_check(runtime_python(), jobs_folder())


def _look() -> float | None:
    """See how far it is; what went wrong stands in the panel and the preferences."""
    try:
        over = SETUP.poll(jobs_folder())
    except SetupError:
        over = True
    redraw_sidebars(bpy.context)
    return None if over else TICK_S


class CancelSetup(bpy.types.Operator):
    """Stop setting up; what was fetched is kept for the next try, and a runtime that was there before stays"""

    bl_idname = "pose_from_video.cancel_setup"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Only while it runs."""
        return SETUP.busy

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Kill what runs."""
        SETUP.cancel()
        return {"FINISHED"}


CLASSES = (SetUpRuntime, CheckRuntime, CancelSetup)
