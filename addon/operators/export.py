"""Export the character with its action for game engines and other programs."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
from pathlib import Path

import bpy
from bpy_extras.io_utils import ExportHelper

from ..armature import check_armature
from ..export import export_bvh, export_fbx, export_gltf
from .process import chosen_armature
from .reporting import EXPECTED, first_sentence


class _Export(ExportHelper):
    """What the three exports have in common."""

    check_existing: bpy.props.BoolProperty(default=True, options={"HIDDEN"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """An animated armature is at hand."""
        obj = chosen_armature(context)
        return obj is not None and obj.animation_data is not None and obj.animation_data.action is not None

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Suggest the action's name for the file."""
        if not self.filepath:
            folder = Path(bpy.data.filepath).parent if bpy.data.filepath else Path.home()
            name = bpy.path.clean_name(chosen_armature(context).animation_data.action.name)
            self.filepath = str(folder / f"{name}{self.filename_ext}")
        return super().invoke(context, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Write the file."""
        try:
            type(self).write(context, check_armature(chosen_armature(context)), Path(self.filepath))
        except EXPECTED as error:
            self.report({"ERROR"}, first_sentence(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"Wrote {self.filepath}")
        return {"FINISHED"}


class ExportFbx(_Export, bpy.types.Operator):
    """Write the character and its active action as FBX, one take, no added bones, no key reduction"""

    bl_idname = "pose_from_video.export_fbx"
    bl_label = "FBX"
    filename_ext = ".fbx"
    filter_glob: bpy.props.StringProperty(default="*.fbx", options={"HIDDEN"})
    write = staticmethod(export_fbx)


class ExportGltf(_Export, bpy.types.Operator):
    """Write the character and its active action as binary glTF"""

    bl_idname = "pose_from_video.export_gltf"
    bl_label = "glTF"
    filename_ext = ".glb"
    filter_glob: bpy.props.StringProperty(default="*.glb", options={"HIDDEN"})
    write = staticmethod(export_gltf)


class ExportBvh(_Export, bpy.types.Operator):
    """Write the armature's active action as BVH motion capture"""

    bl_idname = "pose_from_video.export_bvh"
    bl_label = "BVH"
    filename_ext = ".bvh"
    filter_glob: bpy.props.StringProperty(default="*.bvh", options={"HIDDEN"})
    write = staticmethod(export_bvh)


CLASSES = (ExportFbx, ExportGltf, ExportBvh)
