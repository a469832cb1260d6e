"""Inside Blender: small armatures for the tests, their pose on a frame, and operators that refuse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import bpy
import numpy as np
from checkout import AVATAR

RNG = np.random.default_rng(5)


def make_armature(names: tuple[str, ...]) -> bpy.types.Object:
    """Bones without parents, side by side, in the current scene."""
    obj = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    for index, name in enumerate(names):
        bone = obj.data.edit_bones.new(name)
        bone.head, bone.tail = (index, 0, 0), (index, 0.3, 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    return obj


def random_rotations(frames: int, bones: int) -> np.ndarray:
    """(T,B,4) unit quaternions."""
    q = RNG.normal(size=(frames, bones, 4))
    return q / np.linalg.norm(q, axis=-1, keepdims=True)


def evaluated_at(obj: bpy.types.Object, frame: float) -> bpy.types.Object:
    """The object as Blender shows it on a frame, which may be a fraction."""
    whole = int(np.floor(frame))
    bpy.context.scene.frame_set(whole, subframe=frame - whole)
    return obj.evaluated_get(bpy.context.evaluated_depsgraph_get())


def lone_bone() -> bpy.types.Object:
    """An armature of a single bone: no body by name or by shape."""
    obj = bpy.data.objects.new("Lone", bpy.data.armatures.new("Lone"))
    bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    obj.data.edit_bones.new("Bone").tail = (0.0, 0.0, 1.0)
    bpy.ops.object.mode_set(mode="OBJECT")
    return obj


def avatars(count: int) -> list[bpy.types.Object]:
    """So many of a sample character side by side: their armatures, `rig 0`, `rig 1` ..."""
    made = []
    for number in range(count):
        before = set(bpy.data.objects)
        bpy.ops.import_scene.gltf(filepath=str(AVATAR))
        rig = next(obj for obj in set(bpy.data.objects) - before if obj.type == "ARMATURE")
        rig.name, rig.location.x = f"rig {number}", 1.5 * number
        made.append(rig)
    return made


@contextmanager
def refusal(*words: str) -> Iterator[None]:
    """Within it an operator refuses in these words, without a traceback."""
    try:
        yield
    except RuntimeError as error:
        assert all(said in str(error) for said in words), f"{words} are not in {error}"
        assert "Traceback" not in str(error), error
    else:
        raise AssertionError(f"nothing was refused, expected {words}")
