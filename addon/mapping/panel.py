"""The panel Rig: which bone is what, as a list to correct, and what counts as the rest pose."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
from itertools import takewhile

import bpy

from ...rigs.maps import Trouble
from ...rigs.rest import RigRest
from ...rigs.roles import REQUIRED_ROLES
from ..armature import read_rest
from ..chosen import chosen_armature
from ..errors import EXPECTED
from ..operators.calibrate import Calibrate, ForgetCalibration, TurnBone
from ..panels.parts import SubPanel
from ..panels.text import paragraph
from .files import LoadMap, POSE_FROM_VIDEO_MT_map
from .found import found_rig, troubles_of
from .operators import AddLink, AssignBones, ClearRole, EditMap, RemoveLink
from .rows import PoseFromVideoRig, PoseFromVideoRole, is_by_hand, rig_of

_SHOWN_TROUBLES = 3
_troubles: dict[str, Trouble] = {}
"""What each row of the list that is being drawn has wrong: the panel finds it once for all of them."""


class POSE_FROM_VIDEO_UL_roles(bpy.types.UIList):
    """The parts of the body, each with its bones"""

    def draw_item(
        self,
        _context: bpy.types.Context,
        layout: bpy.types.UILayout,
        rig: PoseFromVideoRig,
        row: PoseFromVideoRole,
        _icon: int,
        _active: PoseFromVideoRig,
        _property: str,
    ) -> None:
        """One row: a mark, the part, and its bones without what all names begin with."""
        trouble = _troubles.get(row.role)
        parts = layout.split(factor=0.56, align=True)
        parts.alert = trouble is not None and trouble.serious
        parts.label(text=row.name, icon=_mark(row, trouble))
        prefix = _prefix([bone for each in rig.rows for bone in each.chain])
        parts.label(text=", ".join(bone.removeprefix(prefix) for bone in row.chain))

    def draw_filter(self, _context: bpy.types.Context, layout: bpy.types.UILayout) -> None:
        """The search field stands above the list; there is nothing more."""
        layout.label(text="Search above the list", icon="INFO")

    def filter_items(
        self, _context: bpy.types.Context, rig: PoseFromVideoRig, _property: str
    ) -> tuple[list[int], list[int]]:
        """Rows whose part or bones have the words that are searched."""
        wanted = rig.search.lower()
        shown = [
            any(wanted in text.lower() for text in (row.name, *row.chain))
            and (not rig.troubled or row.role in _troubles)
            for row in rig.rows
        ]
        return [self.bitflag_filter_item if each else 0 for each in shown], []


def _prefix(bone_names: list[str]) -> str:
    """What stands before every name, up to a mark between words: "mixamorig:"."""
    if len(bone_names) < 2:
        return ""
    common = "".join(
        a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(min(bone_names), max(bone_names), strict=False))
    )
    return common[: max(common.rfind(mark) for mark in ":_-. ") + 1]


def _mark(row: PoseFromVideoRole, trouble: Trouble | None) -> str:
    if trouble is not None:
        return "ERROR" if trouble.serious else "QUESTION"
    if row.chain:
        return "CHECKMARK"
    return "ERROR" if row.role in REQUIRED_ROLES else "DOT"


class POSE_FROM_VIDEO_PT_rig(SubPanel, bpy.types.Panel):
    """Which bone is what."""

    bl_label = "Rig"
    bl_order = 30

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        layout, obj = self.layout, chosen_armature(context)
        if obj is None:
            layout.label(text="Pick an armature", icon="INFO")
            return
        try:
            rest = read_rest(obj)
        except EXPECTED as error:
            paragraph(layout, str(error), "ERROR")
            return
        if is_by_hand(obj):
            _list(layout, obj, rest)
        else:
            row = layout.row(align=True)
            row.operator(EditMap.bl_idname, icon="OUTLINER_DATA_ARMATURE")
            row.operator(LoadMap.bl_idname, text="", icon="PRESET")


def _list(layout: bpy.types.UILayout, obj: bpy.types.Object, rest: RigRest) -> None:
    rig = rig_of(obj)
    found = troubles_of(rig, rest)
    _troubles.clear()
    _troubles.update({trouble.role.value: trouble for trouble in reversed(found)})
    head = layout.row(align=True)
    head.menu(POSE_FROM_VIDEO_MT_map.__name__, icon="OUTLINER_DATA_ARMATURE")
    head.prop(rig, "mirrored", text="", icon="MOD_MIRROR")
    search = layout.row(align=True)
    search.prop(rig, "search", text="", icon="VIEWZOOM")
    search.prop(rig, "troubled", text="", icon="ERROR")
    layout.template_list("POSE_FROM_VIDEO_UL_roles", "", rig, "rows", rig, "active", rows=9)
    if rig.row is not None:
        _chosen(layout, obj, rig.row)
    for trouble in found[:_SHOWN_TROUBLES]:
        paragraph(layout, trouble.text, "ERROR" if trouble.serious else "QUESTION")
    if len(found) > _SHOWN_TROUBLES:
        layout.label(text=f"And {len(found) - _SHOWN_TROUBLES} more", icon="BLANK1")


def _chosen(layout: bpy.types.UILayout, obj: bpy.types.Object, row: PoseFromVideoRole) -> None:
    """The bones of the chosen row, from the body outwards."""
    box = layout.box()
    head = box.row(align=True)
    head.label(text=row.name)
    head.operator(AssignBones.bl_idname, text="Selected", icon="RESTRICT_SELECT_OFF")
    head.operator(AddLink.bl_idname, text="", icon="ADD")
    head.operator(ClearRole.bl_idname, text="", icon="X")
    chain = box.column(align=True)
    for index, link in enumerate(row.bones):
        line = chain.row(align=True)
        line.prop_search(link, "bone", obj.data, "bones", text="", icon="BONE_DATA")
        if len(row.bones) > 1:
            line.operator(RemoveLink.bl_idname, text="", icon="REMOVE").index = index


class POSE_FROM_VIDEO_PT_rest(SubPanel, bpy.types.Panel):
    """What counts as the character's rest pose, and turns of single bones."""

    bl_label = "Rest Pose"
    bl_parent_id = "POSE_FROM_VIDEO_PT_rig"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        layout = self.layout
        count = _corrections(chosen_armature(context))
        layout.label(text=f"{count} bones corrected" if count else "The rest pose counts", icon="ARMATURE_DATA")
        layout.operator(Calibrate.bl_idname)
        layout.operator(TurnBone.bl_idname)
        row = layout.row()
        row.enabled = bool(count)
        row.operator(ForgetCalibration.bl_idname)


def _corrections(obj: bpy.types.Object | None) -> int:
    if obj is None:
        return 0
    try:
        return len(found_rig(obj).rig_map.corrections)
    except EXPECTED:
        return 0


CLASSES = (POSE_FROM_VIDEO_UL_roles, POSE_FROM_VIDEO_PT_rig, POSE_FROM_VIDEO_PT_rest)
