"""A tool that draws over an editor and follows the mouse until it is put down."""

# No `from __future__ import annotations`: Blender reads properties from annotations, of classes in between too.
from typing import ClassVar

import bpy

from ..look.drawing import Drawing
from ..look.views import redraw


class ModalTool:
    """What such operators have in common; there is one of each at most."""

    drawing: ClassVar[Drawing]
    """Shown as long as the tool runs."""
    hint: ClassVar[str]
    """For the status bar."""

    @classmethod
    def is_running(cls) -> bool:
        """Whether it is in use."""
        return cls.drawing.shown

    @classmethod
    def stop(cls) -> None:
        """Put everything down, and draw no more; the operator ends with the next event."""
        cls.drawing.withdraw()

    def begin(self, context: bpy.types.Context) -> set[str]:
        """Wait for the mouse; returns what `invoke` is to return."""
        self.drawing.show()
        context.workspace.status_text_set(self.hint)
        context.window_manager.modal_handler_add(self)
        redraw(context)
        return {"RUNNING_MODAL"}

    def leave(self, context: bpy.types.Context) -> set[str]:
        """End; returns what `modal` is to return."""
        self.stop()
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        redraw(context)
        return {"FINISHED"}

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends the operator: another file is being loaded, or the window closes."""
        self.leave(context)
