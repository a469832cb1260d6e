"""Inside Blender, without a window: the operators do their work or say in one sentence why not."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import bpy
import pose_from_video
from blender_scene import lone_bone, refusal
from pose_from_video.addon.compat import active_fcurves
from pose_from_video.addon.hindrances import hindrances
from pose_from_video.addon.preferences import jobs_folder
from pose_from_video.addon.session import SESSION
from pose_from_video.rigs.maps import find_map
from pose_from_video.rigs.roles import REQUIRED_ROLES, Role

VIDEO, AVATAR = sys.argv[sys.argv.index("--") + 1 :]


def refused(said: str, operator=None) -> None:
    """The operator refuses with these words and changes nothing."""
    before = (len(bpy.data.actions), sorted(item.name for item in bpy.data.objects))
    with refusal(said):
        (operator or bpy.ops.pose_from_video.process)()
    assert (len(bpy.data.actions), sorted(item.name for item in bpy.data.objects)) == before
    assert not SESSION.busy


def job_folders() -> list[str]:
    return sorted(path.name for path in jobs_folder().glob("job-*"))


def main() -> None:
    pose_from_video.register()
    refused("No armature is chosen")
    bpy.ops.import_scene.gltf(filepath=AVATAR)
    rig = next(item for item in bpy.data.objects if item.type == "ARMATURE")
    scene = bpy.context.scene
    settings = scene.pose_from_video
    bpy.context.view_layer.objects.active = rig
    refused("No video is chosen")
    settings.video = "/nowhere/film.mp4"
    refused("'/nowhere/film.mp4'")
    settings.video = VIDEO
    os.environ["POSE_RUNTIME_PYTHON"], child = "/nowhere/python", os.environ["POSE_RUNTIME_PYTHON"]
    refused("POSE_RUNTIME_PYTHON")
    os.environ["POSE_RUNTIME_PYTHON"] = child
    check_work(rig)
    check_other_rate(rig)
    check_hindrances(rig)
    check_kinds_of_keys(rig)
    check_names_that_say_nothing(rig)
    check_unknown_rig(rig)
    check_crash()
    print("passed all")


def check_work(rig: bpy.types.Object) -> None:
    scene = bpy.context.scene
    scene.frame_end, scene.frame_start = 5, 1
    scene.pose_from_video.frame_start = 11
    mode = rig.pose.bones[0].rotation_mode
    assert bpy.ops.pose_from_video.process() == {"FINISHED"}
    action = rig.animation_data.action
    assert Path(VIDEO).stem in action.name
    assert action.frame_range[0] == 11
    assert scene.frame_end == int(action.frame_range[1])
    assert rig.pose.bones[0].rotation_mode == mode
    jobs = job_folders()
    scene.pose_from_video.smoothing = 0.9
    assert bpy.ops.pose_from_video.process() == {"FINISHED"}, "again, with what is known"
    assert job_folders() == jobs, "the film was read twice"
    assert len(bpy.data.actions) == 2


def check_other_rate(rig: bpy.types.Object) -> None:
    scene = bpy.context.scene
    scene.pose_from_video.match_rate = True
    assert bpy.ops.pose_from_video.process() == {"FINISHED"}
    assert abs(scene.render.fps / scene.render.fps_base - 30.0) < 1e-3
    assert rig.animation_data.action.frame_range[1] - rig.animation_data.action.frame_range[0] == 29


def check_hindrances(rig: bpy.types.Object) -> None:
    rig_map = find_map([bone.name for bone in rig.data.bones])
    names = rig_map.bones(*rig_map.roles)
    assert list(hindrances(rig, rig_map)) == []
    assert list(hindrances(rig, replace(rig_map, notice="Mind the gap."))) == ["Mind the gap."]
    rig.data.pose_position = "REST"
    constraint = rig.pose.bones[names[3]].constraints.new("IK")
    rig.pose.bones[names[5]].driver_add("rotation_quaternion", 1)
    found = list(hindrances(rig, rig_map))
    assert len(found) == 3, found
    assert "rest position" in found[0], found
    assert repr(names[3]) in found[1], found
    assert repr(names[5]) in found[2], found
    constraint.mute = True
    rig.data.pose_position = "POSE"
    rig.animation_data.drivers[0].mute = True
    assert list(hindrances(rig, rig_map)) == []
    rig.pose.bones[names[5]].driver_remove("rotation_quaternion", 1)
    pelvis, leaf = rig.pose.bones[rig_map.roles[Role.PELVIS][0]], rig.pose.bones[names[-1]]
    pelvis.driver_add("location", 2)
    leaf.driver_add("location", 2)  # nothing keys it
    leaf.lock_location = (True, True, True)
    pelvis.lock_location[0] = leaf.lock_rotation[1] = True
    rig.animation_data.action_blend_type, rig.animation_data.action_influence = "ADD", 0.5
    found = list(hindrances(rig, rig_map))
    assert len(found) == 3, found
    assert repr(pelvis.name) in found[0], found
    assert repr(leaf.name) not in found[0], found
    assert repr(pelvis.name) in found[1] and repr(leaf.name) in found[1], found
    assert "add, 50%" in found[2], found
    rig.animation_data.action_blend_type, rig.animation_data.action_influence = "REPLACE", 1.0
    pelvis.driver_remove("location", 2)
    leaf.driver_remove("location", 2)
    pelvis.lock_location[0] = leaf.lock_rotation[1] = False
    assert list(hindrances(rig, rig_map)) == []


def check_kinds_of_keys(rig: bpy.types.Object) -> None:
    """The panel's choices arrive: fewer keys, on a track of their own."""
    settings, data = bpy.context.scene.pose_from_video, rig.animation_data
    full = sum(len(curve.keyframe_points) for curve in active_fcurves(rig))
    settings.reduce_deg = 2.0
    assert bpy.ops.pose_from_video.process() == {"FINISHED"}
    assert sum(len(curve.keyframe_points) for curve in active_fcurves(rig)) < full / 2
    settings.nla = True
    assert bpy.ops.pose_from_video.process() == {"FINISHED"}
    assert data.action is None
    assert [strip.name for track in data.nla_tracks for strip in track.strips] == [data.nla_tracks[0].name]
    settings.reduce_deg, settings.nla = 0.0, False
    data.nla_tracks.remove(data.nla_tracks[0])


def check_names_that_say_nothing(rig: bpy.types.Object) -> None:
    names = [bone.name for bone in rig.data.bones]
    known = find_map(names)
    for number, bone in enumerate(rig.data.bones):
        bone.name = f"b{number}"
    assert bpy.ops.pose_from_video.process() == {"FINISHED"}
    keyed = {curve.data_path.split('"')[1] for curve in active_fcurves(rig)}
    needed = {f"b{names.index(name)}" for role in REQUIRED_ROLES for name in known.roles[role]}
    assert needed <= keyed, needed - keyed
    for name, bone in zip(names, rig.data.bones, strict=True):
        bone.name = name


def check_unknown_rig(rig: bpy.types.Object) -> None:
    lone = lone_bone()
    refused("bone names")
    bpy.data.objects.remove(lone)
    bpy.context.view_layer.objects.active = rig


def check_crash() -> None:
    os.environ["FAKE_RESULT"] = "/nowhere/result.npz"
    bpy.context.scene.pose_from_video.person_height_m = 1.6
    SESSION.close()
    refused("ended without a result")
    assert "No such file" in SESSION.problem, SESSION.problem
    assert SESSION.log is not None


main()
