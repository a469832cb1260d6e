"""Set up the runtime: fetch the pinned packages into an environment of the extension's own."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
import sys
from pathlib import Path

import bpy

from ..errors import AddonError
from ..preferences import runtime_folder
from ..runtime_setup import RuntimeSetup
from ..session import SESSION
from .reporting import EXPECTED, first_sentence
from .window import TICK_S, redraw_sidebars


class SetUpRuntime(bpy.types.Operator):
    """Fetch the packages that read the video (about 900 MB on disk) into an environment of their own"""

    bl_idname = "pose_from_video.set_up_runtime"
    bl_label = "Set Up Runtime"

    _timer: bpy.types.Timer | None = None

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Not while anything else runs."""
        return not SESSION.busy and SESSION.setup is None

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Start and return to the window."""
        try:
            _begin()
        except EXPECTED as error:
            return self._refuse(error)
        manager = context.window_manager
        self._timer = manager.event_timer_add(TICK_S, window=context.window)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Look how far it is; everything else goes on to Blender."""
        setup = SESSION.setup
        if event.type != "TIMER" and setup is not None:
            return {"PASS_THROUGH"}
        redraw_sidebars(context)
        try:
            if setup is None:
                raise AddonError("Setting up the runtime was cancelled.")
            python = setup.poll()
        except EXPECTED as error:
            self._leave(context)
            return self._refuse(error)
        if python is None:
            return {"PASS_THROUGH"}
        self._leave(context)
        return self._done(python)

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """The same without a window: wait for it."""
        try:
            _begin()
            python = None
            while python is None and SESSION.setup is not None:
                python = SESSION.setup.poll(wait_s=TICK_S)
        except EXPECTED as error:
            SESSION.setup = None
            return self._refuse(error)
        SESSION.setup = None
        return self._done(python)

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends the operator."""
        SESSION.cancel_setup()
        self._leave(context)

    def _leave(self, context: bpy.types.Context) -> None:
        SESSION.setup = None
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None

    def _done(self, python: Path | None) -> set[str]:
        self.report({"INFO"}, f"The runtime is set up: {python}")
        return {"FINISHED"}

    def _refuse(self, error: Exception) -> set[str]:
        SESSION.problem = first_sentence(error)
        self.report({"ERROR"}, first_sentence(error))
        return {"CANCELLED"}


def _begin() -> None:
    """Start to set up.

    Raises:
        AddonError: Blender is not allowed to go online.
    """
    if not bpy.app.online_access:
        raise AddonError("Blender may not go online; allow Online Access in Preferences > System > Network first.")
    SESSION.problem = ""
    SESSION.setup = RuntimeSetup(Path(sys.executable), runtime_folder())


class CancelSetup(bpy.types.Operator):
    """Stop fetching packages"""

    bl_idname = "pose_from_video.cancel_setup"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Only while it runs."""
        return SESSION.setup is not None

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Kill the step that runs; what was fetched is removed."""
        SESSION.cancel_setup()
        return {"FINISHED"}


CLASSES = (SetUpRuntime, CancelSetup)
