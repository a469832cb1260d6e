"""Inside Blender: a map made by hand counts for its armature, is undone with everything else, and kept as a file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import bpy
import pose_from_video
from blender_scene import refusal
from headless_rig import build
from pose_from_video.addon.armature import read_rest
from pose_from_video.addon.headless.importer import load_character
from pose_from_video.addon.headless.options import ClipSettings
from pose_from_video.addon.headless.produce import map_of
from pose_from_video.addon.mapping.found import found_rig, troubles_of
from pose_from_video.addon.mapping.rows import PROPERTY, PoseFromVideoRole, rig_of
from pose_from_video.addon.preferences import own_maps_folder
from pose_from_video.rigs.maps import Role

ops = bpy.ops.pose_from_video


def row(obj: bpy.types.Object, role: str) -> PoseFromVideoRole:
    return next(row for row in rig_of(obj).rows if row.role == role)


def refused(operator, part: str, **words: object) -> None:
    with refusal(part):
        operator(**words)


def select(*names: str) -> None:
    bpy.ops.pose.select_all(action="DESELECT")
    for name in names:
        bpy.ops.object.select_pattern(pattern=name, extend=True)


def check_the_list_is_what_was_found(obj: bpy.types.Object) -> None:
    before = found_rig(obj).rig_map
    ops.edit_map()
    after = found_rig(obj)
    assert after.rig_map.roles == before.roles and after.rig_map.name == before.name
    assert [row.role for row in rig_of(obj).rows] == [role.value for role in Role]
    assert not troubles_of(rig_of(obj), read_rest(obj))


def check_sides(obj: bpy.types.Object) -> None:
    rig = rig_of(obj)
    row(obj, "hand_left").bones[0].bone = "mixamorig:LeftForeArm"
    assert row(obj, "hand_right").chain == ("mixamorig:RightForeArm",)
    texts = {trouble.text for trouble in troubles_of(rig, read_rest(obj))}
    assert any("'mixamorig:LeftForeArm' is used 2 times" in text for text in texts), texts
    rig.mirrored = False
    row(obj, "hand_left").bones[0].bone = "mixamorig:LeftHand"
    assert row(obj, "hand_right").chain == ("mixamorig:RightForeArm",)
    try:
        found_rig(obj)
    except pose_from_video.rigs.errors.RigError as error:
        assert "'mixamorig:RightForeArm'" in str(error), error
    else:
        raise AssertionError("a bone was used twice")
    rig.mirrored = True
    row(obj, "hand_right").bones[0].bone = "mixamorig:RightHand"
    assert not troubles_of(rig, read_rest(obj))


def check_selected_bones(obj: bpy.types.Object) -> None:
    bpy.ops.object.mode_set(mode="POSE")
    select()
    refused(ops.assign_bones, "No pose bone of 'Hand Made' is selected", role="head")
    select("mixamorig:LeftHand")
    ops.assign_bones(role="foot_left")
    assert row(obj, "foot_left").chain == ("mixamorig:LeftHand",) and not row(obj, "hand_left").chain
    assert row(obj, "foot_right").chain == ("mixamorig:RightHand",)
    rig_of(obj).active = [each.role for each in rig_of(obj).rows].index("foot_left")
    select("mixamorig:LeftFoot")
    ops.assign_bones()  # the part that is chosen
    assert row(obj, "foot_right").chain == ("mixamorig:RightFoot",)
    ops.fill_map()
    assert row(obj, "hand_left").chain == ("mixamorig:LeftHand",)
    select("mixamorig:LeftHand", "mixamorig:RightHand")
    refused(ops.assign_bones, "no chain", role="spine")
    rig_of(obj).active = [each.role for each in rig_of(obj).rows].index("thigh_right")
    shown = {bone.name for bone in bpy.context.selected_pose_bones}
    assert shown == {"mixamorig:RightUpLeg"} == {obj.data.bones.active.name}, shown
    bpy.ops.object.mode_set(mode="OBJECT")


def check_chains(obj: bpy.types.Object) -> None:
    spine = row(obj, "spine")
    rig_of(obj).active = [each.role for each in rig_of(obj).rows].index("spine")
    before = spine.chain
    ops.add_link()
    assert len(row(obj, "spine").bones) == len(before) + 1
    refused(ops.remove_link, "none with the number 9", index=9)
    ops.remove_link(index=len(before))
    assert row(obj, "spine").chain == before
    ops.clear_role(role="shin_left")
    assert not row(obj, "shin_left").chain and not row(obj, "shin_right").chain
    refused(ops.save_map, "left shin", name="Mine")
    ops.fill_map()
    assert row(obj, "shin_right").chain == ("mixamorig:RightLeg",)


def check_files(obj: bpy.types.Object, folder: Path) -> None:
    rig_of(obj).mirrored = False
    expected = dict(found_rig(obj).rig_map.roles)
    expected.pop(Role.HEAD)
    ops.clear_role(role="head")
    ops.save_map(name="My Figure")
    path = own_maps_folder() / "My_Figure.json"
    assert path.is_file()
    ops.export_map(filepath=str(folder / "given.json"))
    ops.drop_map()
    found = found_rig(obj)
    assert found.rig_map.name == "My Figure" and found.rig_map.roles == expected
    ops.clear_map()
    assert all(not each.chain for each in rig_of(obj).rows)
    ops.import_map(filepath=str(folder / "given.json"))
    assert found_rig(obj).rig_map.roles == expected
    ops.load_map(preset="Mixamo")
    assert Role.HEAD in found_rig(obj).rig_map.roles
    (folder / "torn.json").write_text("{", encoding="utf-8")
    refused(ops.import_map, "torn.json", filepath=str(folder / "torn.json"))
    refused(ops.load_map, "pelvis", preset="SMPL")
    path.unlink()


def check_calibration_stays_with_the_list(obj: bpy.types.Object) -> None:
    obj.data.bones.active = obj.data.bones["mixamorig:LeftHand"]
    ops.turn_bone(axis="Y", angle=0.2)
    assert list(found_rig(obj).rig_map.corrections) == ["mixamorig:LeftHand"]
    assert not list(own_maps_folder().glob("*.json"))
    ops.forget_calibration()
    assert not found_rig(obj).rig_map.corrections


def check_saved_with_the_scene(obj: bpy.types.Object, folder: Path) -> None:
    ops.clear_role(role="neck")
    expected = found_rig(obj).rig_map.roles
    assert Role.NECK not in expected
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "scene.blend"))
    bpy.ops.wm.read_homefile(use_empty=True)
    bpy.ops.wm.open_mainfile(filepath=str(folder / "scene.blend"))
    assert found_rig(bpy.data.objects["Hand Made"]).rig_map.roles == expected
    pose_from_video.unregister()  # as in a Blender without a window that makes clips
    character = load_character(folder / "scene.blend")
    assert map_of(character, ClipSettings()).roles == expected
    assert not hasattr(bpy.types.Object, PROPERTY)


def main() -> None:
    pose_from_video.register()
    folder = Path(sys.argv[sys.argv.index("--") + 1])
    assert str(own_maps_folder()).startswith(os.environ["TMPDIR"])
    obj = build(name="Hand Made")
    bpy.context.scene.pose_from_video.armature = obj
    bpy.context.view_layer.objects.active = obj
    check_the_list_is_what_was_found(obj)
    check_sides(obj)
    check_selected_bones(obj)
    check_chains(obj)
    check_files(obj, folder)
    check_calibration_stays_with_the_list(obj)
    check_saved_with_the_scene(obj, folder)
    print("passed all")


main()
