"""Operators that do something to the chosen character."""

# No `from __future__ import annotations`: Blender reads properties from annotations, of classes in between too.
import bpy

from ..armature import check_armature
from ..chosen import chosen_armature
from .reporting import ReportingOperator


class OnArmature(ReportingOperator):
    """Needs an armature."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """One is at hand."""
        if chosen_armature(context) is not None:
            return True
        cls.poll_message_set("Pick the character's armature first")  # type: ignore[attr-defined]
        return False

    def act(self, context: bpy.types.Context) -> str:
        """Do it to the chosen one."""
        return self.work(context, check_armature(chosen_armature(context)))

    def work(self, context: bpy.types.Context, obj: bpy.types.Object) -> str:
        """What the operator does to an armature with bones; result and errors as `act`."""
        raise NotImplementedError
