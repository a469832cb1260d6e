"""Blender's own pose evaluation agrees with the forward kinematics of `rigs`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from blender_host import each_host, newest_host, run_in_blender

SCRIPT = """
import math
import sys
import bpy
import numpy as np
from mathutils import Matrix

sys.path.insert(0, sys.argv[sys.argv.index("--") + 1])
from pose_from_video.rigs import kinematics, quaternions, rest, retarget

random = np.random.default_rng(11)
data = bpy.data.armatures.new("rig")
obj = bpy.data.objects.new("rig", data)
bpy.context.scene.collection.objects.link(obj)
bpy.context.view_layer.objects.active = obj
obj.matrix_world = Matrix.Rotation(1.2, 4, "X") @ Matrix.Scale(0.01, 4)
bpy.ops.object.mode_set(mode="EDIT")
for number in range(12):
    bone = data.edit_bones.new(f"bone{number}")
    bone.head = random.normal(size=3)
    bone.tail = bone.head + type(bone.head)(random.normal(size=3))
    bone.roll = random.uniform(-3, 3)
    if number:
        bone.parent = data.edit_bones[f"bone{random.integers(number)}"]
        bone.use_connect = bool(number % 3 == 0)
    bone.use_inherit_rotation = number % 5 != 4
bpy.ops.object.mode_set(mode="OBJECT")
bpy.context.view_layer.update()
bones = list(data.bones)
index = {bone.name: number for number, bone in enumerate(bones)}
rig = rest.RigRest(
    tuple(index),
    [index[bone.parent.name] if bone.parent else -1 for bone in bones],
    np.array([bone.matrix_local for bone in bones]),
    [bone.length for bone in bones],
    np.array(obj.matrix_world),
    [bone.use_inherit_rotation for bone in bones],
    [bone.use_connect for bone in bones],
)
keyed = tuple(index)[::2]
rotations = quaternions.normalize(random.normal(size=(3, len(keyed), 4)))
result = retarget.RetargetResult(keyed, rotations, "bone0", {"bone0": random.normal(size=(3, 3))}, np.zeros(3))
expected = kinematics.pose_bones(rig, result)
worst = 0.0
for frame in range(3):
    for column, name in enumerate(keyed):
        pose = obj.pose.bones[name]
        pose.rotation_mode = "QUATERNION"
        pose.rotation_quaternion = rotations[frame, column]
    obj.pose.bones["bone0"].location = result.locations["bone0"][frame]
    bpy.context.view_layer.update()
    found = np.array([obj.pose.bones[name].matrix for name in index])
    worst = max(worst, float(np.abs(found - expected[frame]).max()))
assert worst < 1e-4, worst
print("agrees within", worst)
"""


@pytest.mark.bpy
@each_host
def test_forward_kinematics_is_blenders(host: str) -> None:
    done = run_in_blender(host, SCRIPT, ".")
    assert "agrees within" in done.stdout


RIGIFY = """
import sys
from pathlib import Path

import bpy
import numpy as np

folder, here = sys.argv[-2:]
sys.path.insert(0, here)
from pose_from_video.addon.armature import read_rest
from pose_from_video.addon.bench.retarget.motions import Pack
from pose_from_video.rigs import kinematics, retarget
from pose_from_video.rigs.maps import find_map

bpy.ops.wm.read_factory_settings(use_empty=True)
with bpy.data.libraries.load(f"{folder}/rigs/rigify_basic_human_generated.blend") as (there, ours):
    ours.objects = [name for name in there.objects if not name.startswith("WGT")]
for item in ours.objects:
    bpy.context.scene.collection.objects.link(item)
rig = next(item for item in bpy.data.objects if item.type == "ARMATURE")
bpy.context.view_layer.update()
rest = read_rest(rig)
found = find_map(rest.bone_names)
result = retarget.retarget(Pack(Path(folder, "cmu17_test.npz")).clip("14_06", 0, 800), rest, found)
expected = kinematics.pose_bones(found.adapt(rest), result)
for (bone, key), value in found.switches.items():
    rig.pose.bones[bone][key] = value
worst = 0.0
for frame in (0, 100, 300, 700):
    for column, name in enumerate(result.bone_names):
        rig.pose.bones[name].rotation_mode = "QUATERNION"
        rig.pose.bones[name].rotation_quaternion = result.rotations[frame, column]
    for name, path in result.locations.items():
        rig.pose.bones[name].location = path[frame]
    rig.update_tag()
    bpy.context.view_layer.update()
    for name in result.bone_names:
        matrix = np.array(rig.pose.bones[name].matrix)
        worst = max(worst, float(np.abs(matrix - expected[frame, rest.index(name)]).max()))
    for deform, control in (("DEF-upper_arm.L", "upper_arm_fk.L"), ("DEF-shin.R", "shin_fk.R")):
        along = np.array(rig.pose.bones[deform].matrix)[:3, 1]
        worst = max(worst, float(np.abs(along - expected[frame, rest.index(control), :3, 1]).max()))
assert worst < 1e-3, worst
print("agrees within", worst)
"""


@pytest.mark.bpy
@newest_host
def test_a_rigify_control_rig_moves_as_told(host: str) -> None:
    folder = os.environ.get("POSE_DATA")
    if not folder or not (Path(folder) / "rigs" / "rigify_basic_human_generated.blend").is_file():
        pytest.skip("POSE_DATA names no folder with rigs/rigify_basic_human_generated.blend")
    done = run_in_blender(host, RIGIFY, folder, ".")
    assert "agrees within" in done.stdout
