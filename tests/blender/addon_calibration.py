"""Inside Blender: a character that rests crooked, told that its present pose is upright, moves as an upright one."""

from __future__ import annotations

import math
import os
from pathlib import Path

import bpy
import numpy as np
import pose_from_video
from blender_walk import walk
from headless_rig import build
from mathutils import Quaternion
from pose_from_video.addon.armature import read_rest
from pose_from_video.addon.preferences import own_maps_folder, rig_maps_preference
from pose_from_video.addon.recognition import recognise
from pose_from_video.addon.retarget import retarget_to_armature
from pose_from_video.rigs.retarget import RetargetSettings
from pose_from_video.rigs.sequence import PoseSequence

FRAMES = (1, 11, 23, 40)


def bare(name: str) -> bpy.types.Object:
    """The figure without its mesh: where the mesh lies says something of the soles, and that rests crooked too."""
    obj = build(name=name)
    for child in list(obj.children):
        bpy.data.objects.remove(child)
    return obj


def make_crooked(obj: bpy.types.Object) -> None:
    """Sit it down with crossed arms, and let that be its rest."""
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="POSE")
    random = np.random.default_rng(4)
    for bone in obj.pose.bones:
        bone.rotation_mode = "QUATERNION"
        bone.rotation_quaternion = Quaternion(random.normal(size=3).tolist(), random.uniform(0.3, 1.2))
    bpy.context.view_layer.update()
    bpy.ops.pose.armature_apply()
    bpy.ops.object.mode_set(mode="OBJECT")


def stand_like(obj: bpy.types.Object, other: bpy.types.Object) -> None:
    """Pose an armature as another rests."""
    for bone in obj.data.bones:  # parents come first
        obj.pose.bones[bone.name].matrix = other.data.bones[bone.name].matrix_local
        bpy.context.view_layer.update()


def poses(obj: bpy.types.Object) -> np.ndarray:
    """(F,B,4,4) as Blender evaluates the active action."""
    found = []
    for frame in FRAMES:
        bpy.context.scene.frame_set(frame)
        posed = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
        found.append([np.array(bone.matrix) for bone in posed.pose.bones])
    return np.array(found)


def keyed(obj: bpy.types.Object, sequence: PoseSequence) -> np.ndarray:
    rig_map = recognise(read_rest(obj), rig_maps_preference()).rig_map
    retarget_to_armature(obj, sequence, RetargetSettings(), rig_map)
    found = poses(obj)
    obj.animation_data.action = None
    return found


def run(operator, **words) -> None:
    assert operator(**words) == {"FINISHED"}


def main() -> None:
    pose_from_video.register()
    assert str(own_maps_folder()).startswith(os.environ["TMPDIR"])
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = 30, 1.0
    upright, crooked = bare("Upright"), bare("Crooked")
    make_crooked(crooked)
    sequence = walk()
    expected = keyed(upright, sequence)
    stand_like(crooked, upright)
    before = [np.array(bone.matrix_basis) for bone in crooked.pose.bones]
    scene.pose_from_video.armature = crooked
    run(bpy.ops.pose_from_video.calibrate)
    assert np.array_equal(before, [np.array(bone.matrix_basis) for bone in crooked.pose.bones])
    assert [path.name for path in own_maps_folder().iterdir()] == ["Crooked.json"]
    found = keyed(crooked, sequence)
    assert np.abs(found - expected).max() < 1e-4, np.abs(found - expected).max()
    assert not recognise(read_rest(upright), rig_maps_preference()).rig_map.corrections

    hand = [bone.name for bone in crooked.pose.bones].index("mixamorig:LeftHand")
    crooked.data.bones.active = crooked.data.bones["mixamorig:LeftHand"]
    run(bpy.ops.pose_from_video.turn_bone, axis="Y", angle=math.radians(10.0))
    turned = keyed(crooked, sequence)
    step = np.swapaxes(found[:, hand, :3, :3], 1, 2) @ turned[:, hand, :3, :3]
    angle = np.radians(10.0)
    about_y = [[math.cos(angle), 0, math.sin(angle)], [0, 1, 0], [-math.sin(angle), 0, math.cos(angle)]]
    assert np.abs(step - about_y).max() < 1e-4

    # another character with the same bones does not take this one's file over
    scene.pose_from_video.armature = upright
    bpy.context.scene.frame_set(1)
    upright.pose.bones["mixamorig:LeftArm"].matrix_basis.identity()
    run(bpy.ops.pose_from_video.calibrate)
    assert sorted(path.name for path in own_maps_folder().iterdir()) == ["Crooked.json", "Upright.json"]
    assert recognise(read_rest(crooked), rig_maps_preference()).rig_map.corrections

    scene.pose_from_video.armature = crooked
    run(bpy.ops.pose_from_video.forget_calibration)
    assert not recognise(read_rest(crooked), rig_maps_preference()).rig_map.corrections
    crooked.data.bones.active = None
    try:
        bpy.ops.pose_from_video.turn_bone()
    except RuntimeError as error:
        assert "has no active bone" in str(error), error
    else:
        raise AssertionError("a turn of no bone was taken")
    assert not list(Path(own_maps_folder()).glob("*.tmp"))
    print("passed all")


main()
