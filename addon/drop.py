"""Films dropped onto the 3D view: the character under the mouse gets them."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
from pathlib import Path
from typing import ClassVar

import bpy
from bpy_extras import view3d_utils

from .chosen import chosen_armature
from .footage import FILM_ENDINGS
from .room import Room
from .settings import settings_of


class DropFilms(bpy.types.Operator):
    """Take a film for the character that it was dropped on, or for the chosen one; several become a list of jobs"""

    bl_idname = "pose_from_video.drop_films"
    bl_label = "Pose from Video"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    directory: bpy.props.StringProperty(name="Folder", subtype="DIR_PATH", options={"SKIP_SAVE", "HIDDEN"})
    files: bpy.props.CollectionProperty(
        name="Films", type=bpy.types.OperatorFileListElement, options={"SKIP_SAVE", "HIDDEN"}
    )
    start: bpy.props.BoolProperty(
        name="Start", description="Begin at once, with the options as they are", default=False, options={"SKIP_SAVE"}
    )

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Take the film, and offer to begin."""
        rig = armature_under(context, event.mouse_region_x, event.mouse_region_y)
        if rig is not None:
            settings_of(context.scene).armature = rig
        if self.execute(context) == {"CANCELLED"} or len(self.files) > 1:
            return {"FINISHED"}
        self.start = True
        return context.window_manager.invoke_props_dialog(self, title="Pose from Video", confirm_text="Pose from Video")

    def draw(self, context: bpy.types.Context) -> None:
        """What is to be made."""
        settings = settings_of(context.scene)
        layout = self.layout
        layout.label(text=self.files[0].name, icon="FILE_MOVIE")
        layout.prop(settings, "armature", text="")
        layout.prop(settings, "quality", expand=True)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Take a single film for the panel, and begin where that is wished; add several to the jobs."""
        names = [item.name for item in self.files if item.name]
        if not names:
            self.report({"ERROR"}, "No film was dropped")
            return {"CANCELLED"}
        if len(names) > 1:
            films = [{"name": name} for name in names]
            return bpy.ops.pose_from_video.add_videos(directory=self.directory, files=films)
        settings_of(context.scene).video = str(Path(self.directory) / names[0])
        if self.start:
            return bpy.ops.pose_from_video.process("INVOKE_DEFAULT")
        if chosen_armature(context) is None:
            self.report({"INFO"}, f"{names[0]} is chosen; pick an armature for it in the sidebar, tab Pose")
        return {"FINISHED"}


def armature_under(context: bpy.types.Context, x_px: int, y_px: int) -> bpy.types.Object | None:
    """The armature of the character that is seen at a place of the 3D view, or None."""
    region, view = context.region, context.region_data
    if region is None or view is None:
        return None
    at = (x_px, y_px)
    origin = view3d_utils.region_2d_to_origin_3d(region, view, at)
    ray = view3d_utils.region_2d_to_vector_3d(region, view, at)
    hit, _, _, _, obj, _ = context.scene.ray_cast(context.evaluated_depsgraph_get(), origin, ray)
    return obj.original.find_armature() if hit else None


class POSE_FROM_VIDEO_FH_films(bpy.types.FileHandler):
    """Takes films that are dropped onto the 3D view"""

    bl_idname = "POSE_FROM_VIDEO_FH_films"
    bl_label = "Pose from Video"
    bl_import_operator = DropFilms.bl_idname
    # motion files and pictures are left to what Blender does with them
    bl_file_extensions = ";".join(FILM_ENDINGS)

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        """Over a 3D view."""
        return context.area is not None and context.area.type == "VIEW_3D"


ROOM = Room(classes=(DropFilms, POSE_FROM_VIDEO_FH_films))
