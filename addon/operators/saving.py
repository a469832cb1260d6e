"""Operators that write a file whose name is asked for."""

# No `from __future__ import annotations`: Blender reads properties from annotations, of classes in between too.
from pathlib import Path
from typing import ClassVar

import bpy
from bpy_extras.io_utils import ExportHelper

from .reporting import ReportingOperator


class SavesFile(ReportingOperator, ExportHelper):
    """Writes `filepath`; a name is suggested, in the folder of the .blend. Nothing in the scene changes."""

    bl_options: ClassVar[set[str]] = {"REGISTER"}

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask for the name."""
        if not self.filepath:
            folder = Path(bpy.data.filepath).parent if bpy.data.filepath else Path.home()
            name = bpy.path.clean_name(self.suggested(context))
            self.filepath = str(folder / f"{name}{self.filename_ext}")
        return super().invoke(context, event)

    def suggested(self, context: bpy.types.Context) -> str:
        """What the file could be called, without its ending."""
        raise NotImplementedError
