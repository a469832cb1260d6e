"""The buttons of the panel Look."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
from typing import ClassVar

import bpy

from ..chosen import chosen_armature
from ..operators.reporting import ReportingOperator
from .camera import add_film_camera, film_camera, remove_film_camera
from .doubts import find_doubts
from .known import filmed_of
from .marks import add_marks, clear_marks
from .on_take import OnTake
from .overlay import OVERLAY
from .subject import looked_at
from .take import needed_take
from .views import leave_camera, look_through, redraw


class _OverViews(OnTake, ReportingOperator):
    """Does something about a take that is seen in the views."""

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Do it, and draw the views again."""
        status = super().execute(context)
        redraw(context)
        return status


class MatchCamera(_OverViews, bpy.types.Operator):
    """Look at the character through the film's own camera, with the film behind it; press again to undo that"""

    bl_idname = "pose_from_video.match_camera"
    bl_label = "Match Camera"

    def act(self, context: bpy.types.Context) -> str:
        """Set the camera up, or take it away."""
        scene = context.scene
        if (camera := film_camera(scene, chosen_armature(context))) is not None:
            leave_camera(context, camera)
            remove_film_camera(scene, camera)
            return "Removed the film camera"
        obj, take, filmed, placement = looked_at(context, afresh=True)
        camera = add_film_camera(scene, obj, take, filmed, placement)
        look_through(context)
        return f"'{camera.name}' shows {take.video.name} behind '{obj.name}'"


class ShowOverlay(_OverViews, bpy.types.Operator):
    """Draw the performer's keypoints, stick figure and doubts over the views; press again to hide them"""

    bl_idname = "pose_from_video.show_overlay"
    bl_label = "Overlay"
    bl_options: ClassVar[set[str]] = {"REGISTER"}

    def act(self, context: bpy.types.Context) -> str:
        """Start or stop to draw."""
        if OVERLAY.shown:
            OVERLAY.withdraw()
            return "Hid the overlay"
        looked_at(context, afresh=True)
        OVERLAY.show()
        return "Shows the overlay"


class MarkDoubts(_OverViews, bpy.types.Operator):
    """Set timeline markers where the result is unsure, limb by limb"""

    bl_idname = "pose_from_video.mark_doubts"
    bl_label = "Mark on Timeline"

    def act(self, context: bpy.types.Context) -> str:
        """Set the markers."""
        take = needed_take(chosen_armature(context))
        filmed = filmed_of(take.result)
        count = add_marks(context.scene, find_doubts(filmed), take, filmed.frame_times_s)
        return f"Marked {count} stretches that need a look" if count else "Nothing needs a look"


class ClearMarks(bpy.types.Operator):
    """Remove the markers set by Mark on Timeline; your own stay"""

    bl_idname = "pose_from_video.clear_marks"
    bl_label = "Clear Markers"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Remove them."""
        self.report({"INFO"}, f"Removed {clear_marks(context.scene)} markers")
        return {"FINISHED"}


class JumpTo(bpy.types.Operator):
    """Go to the first frame of this stretch"""

    bl_idname = "pose_from_video.jump_to"
    bl_label = "Jump"

    frame: bpy.props.IntProperty(name="Frame", description="Scene frame to go to")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Go there."""
        context.scene.frame_set(self.frame)
        return {"FINISHED"}


CLASSES = (MatchCamera, ShowOverlay, MarkDoubts, ClearMarks, JumpTo)
