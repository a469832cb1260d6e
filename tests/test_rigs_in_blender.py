"""Blender's own pose evaluation agrees with the forward kinematics of `rigs`."""

from __future__ import annotations

import pytest
from blender_host import each_host, run_in_blender

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
result = retarget.RetargetResult(keyed, rotations, "bone0", random.normal(size=(3, 3)), np.zeros(3))
expected = kinematics.pose_bones(rig, result)
worst = 0.0
for frame in range(3):
    for column, name in enumerate(keyed):
        pose = obj.pose.bones[name]
        pose.rotation_mode = "QUATERNION"
        pose.rotation_quaternion = rotations[frame, column]
    obj.pose.bones["bone0"].location = result.root_translation[frame]
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
