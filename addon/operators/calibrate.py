"""The armature's pose as its rest for retargeting, and turns of single bones."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
import math
from pathlib import Path

import bpy

from ..calibration import calibrate_from_pose, forget_calibration, turn_bone
from ..errors import AddonError
from ..preferences import own_maps_folder
from .on_armature import OnArmature


class _Keeping(OnArmature):
    """Keeps something about the chosen armature."""

    def work(self, _context: bpy.types.Context, obj: bpy.types.Object) -> str:
        """Keep it in the user's map of this rig."""
        path = self.keep(obj)
        return f"Kept in '{path}'" if path else f"Kept with '{obj.name}'"

    def keep(self, obj: bpy.types.Object) -> Path | None:
        """Do it; returns the map file, None where the armature keeps it."""
        raise NotImplementedError


class Calibrate(_Keeping, bpy.types.Operator):
    """Take the present pose as the one in which this character stands upright: for rigs that rest in an odd pose"""

    bl_idname = "pose_from_video.calibrate"
    bl_label = "This Pose Is My T-Pose"

    def keep(self, obj: bpy.types.Object) -> Path | None:
        """Keep the pose."""
        return calibrate_from_pose(obj, own_maps_folder())


class ForgetCalibration(_Keeping, bpy.types.Operator):
    """Take this character's rest pose again, and forget all turns of single bones"""

    bl_idname = "pose_from_video.forget_calibration"
    bl_label = "Forget Calibration"

    def keep(self, obj: bpy.types.Object) -> Path | None:
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

    def keep(self, obj: bpy.types.Object) -> Path | None:
        """Keep the turn of the active bone."""
        bone = obj.data.bones.active
        if bone is None:
            raise AddonError(f"Armature '{obj.name}' has no active bone; select the one to turn in pose mode.")
        return turn_bone(obj, bone.name, self.axis, self.angle, own_maps_folder())


CLASSES = (Calibrate, ForgetCalibration, TurnBone)
