"""Export the character with its clips for game engines and other programs."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
from pathlib import Path
from typing import ClassVar

import bpy

from ..armature import check_armature
from ..chosen import chosen_armature
from ..errors import EXPECTED, AddonError
from ..operators.on_armature import OnArmature
from ..operators.saving import SavesFile
from .clips import active_clip, needed_clip
from .plan import clip_file, plan_export, write_file
from .settings import ExportChoices, FileChoices, target_choice

LAST: list[Path] = []
"""The files of the last export, for the panel."""


class Export(ExportChoices, OnArmature, bpy.types.Operator):
    """Write the character with its clips, as files for another program. Files of the same names are replaced"""

    bl_idname = "pose_from_video.export"
    bl_label = "Export"
    bl_options: ClassVar[set[str]] = {"REGISTER"}

    def work(self, context: bpy.types.Context, obj: bpy.types.Object) -> str:
        """Write the files."""
        LAST.clear()
        try:
            for file in plan_export(obj, self):
                write_file(context, obj, self, file)
                LAST.append(file.path)
        except EXPECTED as error:
            done = f" {len(LAST)} files were written before." if LAST else ""
            raise AddonError(f"{error}{done}") from error
        names = ", ".join(f"{path.name} ({path.stat().st_size / 1e6:.1f} MB)" for path in LAST)
        return f"Wrote {names} to {LAST[0].parent}"


class _ExportAs(FileChoices, SavesFile):
    """What the exports with a file dialog have in common: they write the clip that plays."""

    check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """An animated armature is at hand."""
        obj = chosen_armature(context)
        return obj is not None and active_clip(obj) is not None

    def suggested(self, context: bpy.types.Context) -> str:
        """The action's name."""
        return needed_clip(chosen_armature(context)).name

    def act(self, context: bpy.types.Context) -> str:
        """Write the file."""
        obj = check_armature(chosen_armature(context))
        write_file(context, obj, self, clip_file(obj, self.target, Path(self.filepath)))
        return f"Wrote {self.filepath}"


class ExportFbx(_ExportAs, bpy.types.Operator):
    """Write the character and the clip that plays as FBX, one take, no added bones, no key reduction"""

    bl_idname = "pose_from_video.export_fbx"
    bl_label = "FBX"
    filename_ext = ".fbx"
    filter_glob: bpy.props.StringProperty(default="*.fbx", options={"HIDDEN"})
    target: target_choice(".fbx")


class ExportGltf(_ExportAs, bpy.types.Operator):
    """Write the character and the clip that plays as binary glTF"""

    bl_idname = "pose_from_video.export_gltf"
    bl_label = "glTF"
    filename_ext = ".glb"
    filter_glob: bpy.props.StringProperty(default="*.glb", options={"HIDDEN"})
    target = "gltf"


class ExportBvh(_ExportAs, bpy.types.Operator):
    """Write the motion of the clip that plays as BVH motion capture"""

    bl_idname = "pose_from_video.export_bvh"
    bl_label = "BVH"
    filename_ext = ".bvh"
    filter_glob: bpy.props.StringProperty(default="*.bvh", options={"HIDDEN"})
    target = "bvh"


class ExportUsd(_ExportAs, bpy.types.Operator):
    """Write the character and the clip that plays as a USD package"""

    bl_idname = "pose_from_video.export_usd"
    bl_label = "USD"
    filename_ext = ".usdz"
    filter_glob: bpy.props.StringProperty(default="*.usdz", options={"HIDDEN"})
    target = "usd"


DIALOGS = {each.filename_ext: each.bl_idname for each in (ExportFbx, ExportGltf, ExportBvh, ExportUsd)}
"""The operator with a file dialog by the ending of what it writes."""

CLASSES = (Export, ExportFbx, ExportGltf, ExportBvh, ExportUsd)
