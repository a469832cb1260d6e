"""The panel for rigs that are not as others: calibration, and bones assigned by hand."""

from __future__ import annotations

from typing import ClassVar

import bpy

from ...rigs.errors import RigError
from ..armature import read_rest
from ..errors import AddonError
from ..operators.calibrate import AssignBones, Calibrate, ForgetCalibration, TurnBone
from ..operators.process import chosen_armature
from ..preferences import rig_maps_preference
from ..recognition import recognise
from ..session import SESSION


class POSE_FROM_VIDEO_PT_rig(bpy.types.Panel):
    """What counts as the character's rest pose, and turns of single bones."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Pose"
    bl_label = "Rig"
    bl_parent_id = "POSE_FROM_VIDEO_PT_main"
    bl_order = 30
    bl_options: ClassVar[set[str]] = {"DEFAULT_CLOSED"}

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        layout = self.layout
        layout.enabled = not SESSION.busy
        count = _corrections(chosen_armature(context))
        layout.label(text=f"{count} bones corrected" if count else "The rest pose counts", icon="ARMATURE_DATA")
        layout.operator(Calibrate.bl_idname)
        layout.operator(TurnBone.bl_idname)
        layout.operator(AssignBones.bl_idname)
        row = layout.row()
        row.enabled = bool(count)
        row.operator(ForgetCalibration.bl_idname)


def _corrections(obj: bpy.types.Object | None) -> int:
    if obj is None:
        return 0
    try:
        return len(recognise(read_rest(obj), rig_maps_preference()).rig_map.corrections)
    except (AddonError, RigError):
        return 0


CLASSES = (POSE_FROM_VIDEO_PT_rig,)
