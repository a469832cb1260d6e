"""The armature's pose as its rest for retargeting, and turns of single bones."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
import math
from pathlib import Path
from typing import ClassVar

import bpy

from ...rigs.roles import Role, words
from ..armature import check_armature
from ..calibration import assign_bones, calibrate_from_pose, forget_calibration, turn_bone
from ..errors import AddonError
from ..preferences import own_maps_folder
from .process import chosen_armature
from .reporting import EXPECTED, first_sentence


class _Keeping:
    """Report what was kept, or why not."""

    bl_options: ClassVar[set[str]] = {"REGISTER"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Keep it in the user's map of this rig."""
        try:
            path = self.keep(context, check_armature(chosen_armature(context)))
        except EXPECTED as error:
            self.report({"ERROR"}, first_sentence(error))  # type: ignore[attr-defined]
            return {"CANCELLED"}
        self.report({"INFO"}, f"Kept in '{path}'")  # type: ignore[attr-defined]
        return {"FINISHED"}

    def keep(self, context: bpy.types.Context, obj: bpy.types.Object) -> Path:
        """Do it; returns the map file."""
        raise NotImplementedError


class Calibrate(_Keeping, bpy.types.Operator):
    """Take the present pose as the one in which this character stands upright: for rigs that rest in an odd pose"""

    bl_idname = "pose_from_video.calibrate"
    bl_label = "This Pose Is My T-Pose"

    def keep(self, _context: bpy.types.Context, obj: bpy.types.Object) -> Path:
        """Keep the pose."""
        return calibrate_from_pose(obj, own_maps_folder())


class ForgetCalibration(_Keeping, bpy.types.Operator):
    """Take this character's rest pose again, and forget all turns of single bones"""

    bl_idname = "pose_from_video.forget_calibration"
    bl_label = "Forget Calibration"

    def keep(self, _context: bpy.types.Context, obj: bpy.types.Object) -> Path:
        """Keep the map without corrections."""
        return forget_calibration(obj, own_maps_folder())


class TurnBone(_Keeping, bpy.types.Operator):
    """Turn the active bone about its own axis in everything that is retargeted from now on"""

    bl_idname = "pose_from_video.turn_bone"
    bl_label = "Turn Active Bone"

    axis: bpy.props.EnumProperty(
        name="Axis", items=[(axis, axis, f"The bone's own {axis}") for axis in "XYZ"], default="Y"
    )
    angle: bpy.props.FloatProperty(name="Angle", subtype="ANGLE", default=math.radians(10.0), min=-math.pi, max=math.pi)

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask for axis and angle."""
        return context.window_manager.invoke_props_dialog(self)

    def keep(self, _context: bpy.types.Context, obj: bpy.types.Object) -> Path:
        """Keep the turn of the active bone."""
        bone = obj.data.bones.active
        if bone is None:
            raise AddonError(f"Armature '{obj.name}' has no active bone; select the one to turn in pose mode.")
        return turn_bone(obj, bone.name, self.axis, self.angle, own_maps_folder())


class AssignBones(_Keeping, bpy.types.Operator):
    """Say which part of the body the selected pose bones are: one bone, or a chain of several"""

    bl_idname = "pose_from_video.assign_bones"
    bl_label = "Assign Selected Bones"

    role: bpy.props.EnumProperty(name="Role", items=[(role.value, words(role).capitalize(), "") for role in Role])

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask for the role."""
        return context.window_manager.invoke_props_dialog(self)

    def keep(self, context: bpy.types.Context, obj: bpy.types.Object) -> Path:
        """Keep the role."""
        bones = [bone.name for bone in context.selected_pose_bones or () if bone.id_data == obj]
        if not bones:
            raise AddonError(f"No pose bone of '{obj.name}' is selected; select those of the {self.role} in pose mode.")
        return assign_bones(obj, Role(self.role), bones, own_maps_folder())


CLASSES = (Calibrate, ForgetCalibration, TurnBone, AssignBones)
