"""Operators that are about what plays on the chosen character, if that came from a film."""

# No `from __future__ import annotations`: Blender reads properties from annotations, of classes in between too.
import bpy

from ..chosen import chosen_armature
from .take import take_of


class OnTake:
    """Needs a character with an action that came from a film."""

    @classmethod
    def serves(cls, obj: bpy.types.Object | None) -> bool:
        """Whether what plays on an armature will do."""
        return take_of(obj) is not None

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Such an action plays."""
        if cls.serves(chosen_armature(context)):
            return True
        cls.poll_message_set("The armature plays no action made from a video; process one first")  # type: ignore[attr-defined]
        return False
