"""Maps as files: presets in the user's own folder, and map files anywhere."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
from dataclasses import replace
from pathlib import Path

import bpy
from bpy_extras.io_utils import ImportHelper

from ...rigs.errors import MapError
from ...rigs.maps import MapTemplate, RigMap, laid_on, load_maps, read_map, write_map
from ..armature import read_rest
from ..chosen import chosen_armature
from ..operators.on_armature import OnArmature
from ..operators.saving import SavesFile
from ..preferences import own_maps_folder, rig_maps_preference
from .found import keep_by_hand
from .operators import in_hand

_items: list[tuple[str, str, str]] = []


def _presets(_self: object, _context: bpy.types.Context) -> list[tuple[str, str, str]]:
    """All maps, the user's own first; Blender needs the list kept alive."""
    _items[:] = [
        (template.name, template.name, "A map of your own" if template.own else "Comes with the extension")
        for template in _maps()
        if not template.refuse
    ]
    return _items


def _maps() -> tuple[MapTemplate, ...]:
    try:
        return load_maps(rig_maps_preference())
    except MapError:  # one of the user's own is torn; the panel names it
        return load_maps()


class LoadMap(OnArmature, bpy.types.Operator):
    """Take the bones from a saved map or a known convention, as far as this rig has them"""

    bl_idname = "pose_from_video.load_map"
    bl_label = "Load Map"
    bl_property = "preset"

    preset: bpy.props.EnumProperty(name="Map", description="Maps of your own, then known conventions", items=_presets)

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Offer the maps with a search field."""
        context.window_manager.invoke_search_popup(self)
        return {"FINISHED"}

    def work(self, _context: bpy.types.Context, obj: bpy.types.Object) -> str:
        """Put the map into the list."""
        template = next(each for each in _maps() if each.name == self.preset)
        return _lay(obj, template)


class SaveMap(OnArmature, bpy.types.Operator):
    """Keep the list as a map of your own: rigs with the same bone names are recognised by it from now on"""

    bl_idname = "pose_from_video.save_map"
    bl_label = "Save Map"

    name: bpy.props.StringProperty(
        name="Name", description="Of the map and its file; a map of your own with this name is replaced"
    )

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask for the name; the armature's at first."""
        self.name = self.name or chosen_armature(context).name
        return context.window_manager.invoke_props_dialog(self)

    def work(self, _context: bpy.types.Context, obj: bpy.types.Object) -> str:
        """Write it into the user's folder."""
        name = self.name.strip() or obj.name
        path = own_maps_folder() / f"{bpy.path.clean_name(name)}.json"
        write_map(path, replace(_complete(obj), name=name))
        return f"Kept in '{path}'"


class ExportMap(OnArmature, SavesFile, bpy.types.Operator):
    """Write the list as a map file, to give it to others"""

    bl_idname = "pose_from_video.export_map"
    bl_label = "Export Map File"
    filename_ext = ".json"
    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    def suggested(self, context: bpy.types.Context) -> str:
        """The armature's name."""
        return chosen_armature(context).name

    def work(self, _context: bpy.types.Context, obj: bpy.types.Object) -> str:
        """Write the file."""
        path = Path(self.filepath)
        write_map(path, replace(_complete(obj), name=path.stem))
        return f"Wrote {path}"


class ImportMap(OnArmature, ImportHelper, bpy.types.Operator):
    """Take the bones from a map file, as far as this rig has them"""

    bl_idname = "pose_from_video.import_map"
    bl_label = "Import Map File"
    filename_ext = ".json"
    filter_glob: bpy.props.StringProperty(default="*.json", options={"HIDDEN"})

    def work(self, _context: bpy.types.Context, obj: bpy.types.Object) -> str:
        """Put the map into the list."""
        return _lay(obj, read_map(Path(self.filepath)))


def _lay(obj: bpy.types.Object, template: MapTemplate) -> str:
    rig_map = laid_on(read_rest(obj).bone_names, template)
    keep_by_hand(obj, rig_map)
    lacking = len(rig_map.missing())
    return f"'{template.name}' leaves {lacking} needed parts without a bone" if lacking else ""


def _complete(obj: bpy.types.Object) -> RigMap:
    """The map of the list, if a pose can be put on it."""
    rest = read_rest(obj)
    rig_map = in_hand(obj, rest)
    rig_map.check_on(rest)
    return rig_map


class POSE_FROM_VIDEO_MT_map(bpy.types.Menu):
    """What can be done with the whole list"""

    bl_label = "Bone Map"

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw the menu."""
        layout = self.layout
        for operator, icon in (
            ("pose_from_video.fill_map", "SHADERFX"),
            (LoadMap.bl_idname, "PRESET"),
            (SaveMap.bl_idname, "FILE_TICK"),
            (None, None),
            (ImportMap.bl_idname, "IMPORT"),
            (ExportMap.bl_idname, "EXPORT"),
            (None, None),
            ("pose_from_video.clear_map", "TRASH"),
            ("pose_from_video.drop_map", "LOOP_BACK"),
        ):
            if operator:
                layout.operator(operator, icon=icon)
            else:
                layout.separator()


CLASSES = (LoadMap, SaveMap, ExportMap, ImportMap, POSE_FROM_VIDEO_MT_map)
