"""The panel Export: for whom, which clips, where to."""

from __future__ import annotations

import bpy

from ..chosen import chosen_armature
from ..errors import AddonError
from ..panels.parts import SubPanel
from ..panels.text import paragraph
from .operators import DIALOGS, LAST, Export
from .plan import plan_export
from .settings import CHOICES, export_choices
from .targets import TARGETS

_SHOWN_FILES = 4


class POSE_FROM_VIDEO_PT_export(SubPanel, bpy.types.Panel):
    """Ways out of Blender."""

    bl_label = "Export"
    bl_order = 60

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the panel."""
        layout, choices, obj = self.layout, export_choices(context.scene), chosen_armature(context)
        layout.use_property_split = True
        layout.use_property_decorate = False
        target = TARGETS[choices.target]
        layout.prop(choices, "target")
        layout.prop(choices, "clips")
        if not target.no_mesh:
            layout.prop(choices, "with_mesh")
        layout.prop(choices, "fps")
        layout.prop(choices, "folder")
        layout.prop(choices, "template")
        if obj is None:
            paragraph(layout, "Pick an armature", "INFO")
            return
        _preview(layout, obj, choices)
        button = layout.row(align=True)
        button.scale_y = 1.3
        _with(button.operator(Export.bl_idname, icon="EXPORT"), choices)
        _with(button.operator(DIALOGS[target.ending], text="", icon="FILEBROWSER"), choices)
        if LAST:
            row = layout.row(align=True)
            row.label(text=f"Wrote {LAST[0].name}" + (f" and {len(LAST) - 1} more" if len(LAST) > 1 else ""))
            row.operator("wm.path_open", text="", icon="FILE_FOLDER").filepath = str(LAST[0].parent)


def _with(operator: bpy.types.OperatorProperties, choices: bpy.types.PropertyGroup) -> None:
    """Give an operator the panel's choices, as far as it takes them."""
    for name in CHOICES:
        if name in operator.bl_rna.properties:
            setattr(operator, name, getattr(choices, name))


def _preview(layout: bpy.types.UILayout, obj: bpy.types.Object, choices: bpy.types.PropertyGroup) -> None:
    """The files to come, or why there will be none."""
    try:
        files = plan_export(obj, choices)
    except AddonError as error:
        paragraph(layout, str(error), "INFO")
        return
    column = layout.column(align=True)
    for file in files[:_SHOWN_FILES]:
        column.label(text=file.path.name, icon="FILE")
    if len(files) > _SHOWN_FILES:
        column.label(text=f"And {len(files) - _SHOWN_FILES} more", icon="BLANK1")


CLASSES = (POSE_FROM_VIDEO_PT_export,)
