"""How fast keys are written, measured inside Blender against `keyframe_insert`."""

from __future__ import annotations

import time
from collections.abc import Sequence

import bpy
import numpy as np

from .. import compat
from ..keying import key_armature

FRAMES, BONES = 10_000, 60
INSERT_FRAMES, INSERT_BONES = 4_000, 1
"""`keyframe_insert` goes through its whole F-curve for each key, so a key costs more the longer the curve: it is
measured on one bone and shorter curves, which flatters it, and compared key by key."""


def bench_keying(_arguments: Sequence[str] = ()) -> dict[str, float]:
    """Time both ways of keying one armature in one run; the scene is left as it was.

    Returns:
        `seconds_10000x60`: seconds for 10,000 frames of 60 bones; `keys`: keys written by it;
        `seconds_keyframe_insert`: seconds for `keys_keyframe_insert` keys; `ratio_to_keyframe_insert`: how many
        times less time a key takes than with `keyframe_insert`.
    """
    obj = _bone_chain(BONES)
    names = [bone.name for bone in obj.pose.bones]
    rotations = np.random.default_rng(0).normal(size=(FRAMES, BONES, 4))
    rotations /= np.linalg.norm(rotations, axis=-1, keepdims=True)
    made: list[bpy.types.Action] = []
    try:
        start = time.perf_counter()
        made.append(key_armature(obj, names, rotations, {}, np.arange(FRAMES), "bench"))
        bulk = time.perf_counter() - start
        obj.animation_data_clear()
        start = time.perf_counter()
        made.append(_insert(obj, rotations[:INSERT_FRAMES, :INSERT_BONES]))
        single = time.perf_counter() - start
    finally:
        data = obj.data
        bpy.data.objects.remove(obj)
        bpy.data.armatures.remove(data)
        for action in made:
            bpy.data.actions.remove(action)
    keys, inserted = FRAMES * BONES * 4, INSERT_FRAMES * INSERT_BONES * 4
    return {
        "seconds_10000x60": bulk,
        "keys": keys,
        "seconds_keyframe_insert": single,
        "keys_keyframe_insert": inserted,
        "ratio_to_keyframe_insert": (single / inserted) / (bulk / keys),
    }


def _insert(obj: bpy.types.Object, rotations: np.ndarray) -> bpy.types.Action:
    """Key the first bones one `keyframe_insert` at a time."""
    bones = list(obj.pose.bones)[: rotations.shape[1]]
    for frame, values in enumerate(rotations):
        for bone, quaternion in zip(bones, values, strict=True):
            bone.rotation_quaternion = quaternion
            bone.keyframe_insert("rotation_quaternion", frame=frame, group=bone.name)
    return compat.action_state(obj).action


def _bone_chain(count: int) -> bpy.types.Object:
    """An armature of `count` bones in one chain, in the current scene."""
    obj = bpy.data.objects.new("bench", bpy.data.armatures.new("bench"))
    bpy.context.scene.collection.objects.link(obj)
    active = bpy.context.view_layer.objects.active
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    parent = None
    for index in range(count):
        bone = obj.data.edit_bones.new(f"bone_{index}")
        bone.head, bone.tail, bone.parent = (0, 0, index), (0, 0, index + 1), parent
        parent = bone
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.context.view_layer.objects.active = active
    return obj
