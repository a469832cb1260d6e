"""In a Blender window: the bone map is undone as all else is, every panel draws, and a dropped film finds its rig."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parent))
from checkout import AVATAR, load_package
from story import tell, until, view

load_package()
import pose_from_video  # noqa: E402 (there is no such package before)
from bpy_extras import view3d_utils  # noqa: E402
from mathutils import Vector  # noqa: E402
from pose_from_video.addon import registry  # noqa: E402
from pose_from_video.addon.drop import POSE_FROM_VIDEO_FH_films, armature_under  # noqa: E402
from pose_from_video.addon.mapping.found import found_rig  # noqa: E402
from pose_from_video.addon.mapping.panel import POSE_FROM_VIDEO_PT_rig  # noqa: E402
from pose_from_video.addon.mapping.rows import is_by_hand, rig_of  # noqa: E402

FILM = Path(sys.argv[sys.argv.index("--") + 1])
LIMIT_S = 100.0
ops = bpy.ops.pose_from_video
drawn: set[str] = set()


def open_panels() -> None:
    """Let every panel be open, and note which are drawn."""
    for each in (each for room in registry.ROOMS for each in room.classes):
        if issubclass(each, bpy.types.Panel) and getattr(each, "bl_category", "") == "Pose":
            each.bl_options = set()
            each.draw = _noting(each.__name__, each.draw)


def _noting(name: str, draw):
    def drawing(self, context) -> None:
        draw(self, context)
        drawn.add(name)

    return drawing


def character() -> bpy.types.Object:
    return next(item for item in bpy.data.objects if item.type == "ARMATURE")


def show_tab() -> Iterator[float]:
    area = view()["area"]
    area.spaces.active.show_region_ui = True
    yield 1.0  # before the sidebar was drawn it has no tabs
    region = next(region for region in area.regions if region.type == "UI")
    region.active_panel_category = "Pose"
    region.tag_redraw()


def check_undo() -> Iterator[float]:
    roles = found_rig(character()).rig_map.roles
    with bpy.context.temp_override(**view()):
        bpy.ops.ed.undo_push(message="before")
        ops.edit_map()
        bpy.ops.ed.undo_push(message="map")
        head = next(row for row in rig_of(character()).rows if row.role == "head")
        head.bones[0].bone = "mixamorig:LeftHand"
        bpy.ops.ed.undo_push(message="bone")
        yield 0.3
        bpy.ops.ed.undo()
        assert found_rig(character()).rig_map.roles == roles
        bpy.ops.ed.undo()
        assert not is_by_hand(character())
        bpy.ops.ed.redo()
        bpy.ops.ed.redo()
        head = next(row for row in rig_of(character()).rows if row.role == "head")
        assert head.chain == ("mixamorig:LeftHand",)
    yield 0.3


def check_drop() -> Iterator[float]:
    """Over the character's chest its armature is found, beside it none; Blender hands the film to us."""
    scene, place = bpy.context.scene, view()
    with bpy.context.temp_override(**place):
        bpy.ops.view3d.view_axis(type="FRONT")
        bpy.ops.view3d.view_all()
    yield 0.5
    chest = character().matrix_world @ character().pose.bones["mixamorig:Spine1"].head
    region, space = place["region"], place["area"].spaces.active
    with bpy.context.temp_override(**place, space_data=space, region_data=space.region_3d):
        at = view3d_utils.location_3d_to_region_2d(region, space.region_3d, chest)
        beside = view3d_utils.location_3d_to_region_2d(region, space.region_3d, chest + Vector((0.5, 0.0, -0.6)))
        assert armature_under(bpy.context, *at) == character()
        assert armature_under(bpy.context, *beside) is None
    scene.pose_from_video.video = ""
    with bpy.context.temp_override(**place):
        assert POSE_FROM_VIDEO_FH_films.poll_drop(bpy.context)
        # Blender's own way would show a menu, since it can make an empty of a film too
        ops.drop_films("INVOKE_DEFAULT", directory=str(FILM.parent), files=[{"name": FILM.name}])
    yield 0.5
    assert Path(bpy.context.scene.pose_from_video.video) == FILM


def story() -> Iterator[float]:
    for item in list(bpy.data.objects):
        bpy.data.objects.remove(item)
    open_panels()
    pose_from_video.register()
    bpy.ops.import_scene.gltf(filepath=str(AVATAR), disable_bone_shape=True)
    scene = bpy.context.scene
    scene.pose_from_video.armature = character()
    yield 0.5
    yield from show_tab()
    yield from until(lambda: POSE_FROM_VIDEO_PT_rig.__name__ in drawn, 10.0, "the panel's drawing")
    yield from check_undo()
    yield from show_tab()
    drawn.clear()
    expected = {"POSE_FROM_VIDEO_PT_main", "POSE_FROM_VIDEO_PT_options", "POSE_FROM_VIDEO_PT_rig"}
    expected |= {"POSE_FROM_VIDEO_PT_rest", "POSE_FROM_VIDEO_PT_export"}
    yield from until(lambda: expected <= drawn, 10.0, "the panels with a map that is wrong")
    yield from check_drop()


tell(story(), LIMIT_S)
