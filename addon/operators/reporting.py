"""Typed errors become the operator's report; a bug still shows as a traceback."""

# No `from __future__ import annotations`: Blender reads properties from annotations, of classes in between too.
from typing import ClassVar

import bpy

from ..errors import EXPECTED


class ReportingOperator:
    """Does one thing in its scene, and says what, or why not."""

    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Do it, and report."""
        try:
            said = self.act(context)
        except EXPECTED as error:
            self.report({"ERROR"}, first_sentence(error))  # type: ignore[attr-defined]
            return {"CANCELLED"}
        if said:
            self.report({"INFO"}, said)  # type: ignore[attr-defined]
        return {"FINISHED"}

    def act(self, context: bpy.types.Context) -> str:
        """What the operator does.

        Returns:
            What to tell the user, empty for nothing.

        Raises:
            AddonError, RigError: it cannot be done.
        """
        raise NotImplementedError


def first_sentence(error: Exception) -> str:
    """The message as one line, for the status bar."""
    return " ".join(str(error).split())


def reported(error: Exception) -> str:
    """The same of an error that came from calling an operator: what that one reported."""
    return first_sentence(error).removeprefix("Error: ")
