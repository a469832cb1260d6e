"""Inside Blender: retargeting changes the take it makes and nothing else in the file, nor anything when it fails."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from blender_walk import walk
from pose_from_video.addon import compat, fcurves
from pose_from_video.addon.headless.importer import load_character
from pose_from_video.addon.key_settings import KeySettings
from pose_from_video.addon.retarget import retarget_to_armature
from pose_from_video.rigs.maps import find_map
from pose_from_video.rigs.retarget import RetargetSettings

BOOKKEEPING = {"rna_type", "bl_rna", "original", "users", "tag", "is_evaluated", "session_uid", "id_data", "depsgraph"}
BOOKKEEPING |= {"storage_type"}
"""Blender's own notes about a datablock, no part of it; since 5.1 also how a mesh's attribute lies in memory."""
FOLLOWING = {"bound_box", "dimensions"}
"""What an object has from the pose of its bones."""
UNREADABLE = {"uv_sculpt"}
"""A brush that crashes who reads it without a window."""
SKIPPED = BOOKKEEPING | FOLLOWING | UNREADABLE
PLAYING = {"action", "action_slot", "action_slot_handle", "action_suitable_slots", "last_slot_identifier"}
"""What plays on an object: that a take is begun is what retargeting is for."""
POSE = {"matrix", "matrix_channel", "head", "tail", "length", "center", "vector", "x_axis", "y_axis", "z_axis"}
"""What follows from the pose of a bone or of those above it."""
BASIS = {"matrix_basis", "rotation_quaternion", "rotation_euler", "rotation_axis_angle", "location"}
"""What is keyed on a bone."""
WINDOWS = {"window_managers", "screens", "workspaces", "brushes", "palettes", "libraries", "all_ids"}
"""Collections of the program rather than of the scene; some cannot be read without a window; one holds all others."""
LONG = 200
"""Of collections longer than this, such as a mesh's vertices, only so many items are looked at, evenly spread."""
Facts = dict[str, Any]


def facts_of(item: bpy.types.bpy_struct, path: str, found: Facts, seen: set[tuple[int, str]]) -> None:
    """Every property of a struct and of what it owns, by path; other datablocks by their names."""
    mark = (item.as_pointer(), item.bl_rna.identifier)
    if mark in seen:
        return
    seen.add(mark)
    for prop in item.bl_rna.properties:
        name = prop.identifier
        if name in SKIPPED:
            continue
        value = getattr(item, name, None)
        where = f"{path}.{name}"
        if prop.type == "COLLECTION":
            found[where] = len(value)
            for number in range(0, len(value), len(value) // LONG + 1):
                each = value[number]
                if isinstance(each, bpy.types.ID):
                    found[f"{where}[{number}]"] = each.name_full
                elif each is not None:
                    label = getattr(each, "name", number) if isinstance(each, bpy.types.PoseBone) else number
                    facts_of(each, f"{where}[{label}]", found, seen)
        elif isinstance(value, bpy.types.ID):
            owned = isinstance(value, bpy.types.NodeTree | bpy.types.Key)
            found[where] = value.name_full
            if owned:
                facts_of(value, where, found, seen)
        elif isinstance(value, bpy.types.bpy_struct):
            facts_of(value, where, found, seen)
        else:
            found[where] = tuple(np.ravel(value)) if getattr(prop, "is_array", False) else repr(value)
    if isinstance(item, bpy.types.ID | bpy.types.PoseBone | bpy.types.Bone):
        for key in item.keys():  # noqa: SIM118 (a struct is no mapping)
            found[f"{path}[{key!r}]"] = repr(item[key])


def everything() -> Facts:
    """The file, and what the user has chosen in it."""
    bpy.context.view_layer.update()
    found: Facts = {}
    for prop in bpy.data.bl_rna.properties:
        if prop.type == "COLLECTION" and prop.identifier not in WINDOWS:
            for item in getattr(bpy.data, prop.identifier):
                facts_of(item, f"{prop.identifier}[{item.name_full}]", found, set())
    layer = bpy.context.view_layer
    found["selected"] = sorted(item.name for item in layer.objects if item.select_get())
    found["active"], found["mode"] = layer.objects.active.name, bpy.context.mode
    return found


def differences(before: Facts, after: Facts, allowed: Callable[[str], bool]) -> list[str]:
    paths = sorted(before.keys() | after.keys())
    return [path for path in paths if before.get(path) != after.get(path) and not allowed(path)]


def busy_file(rig: Path) -> bpy.types.Object:
    """A character in a file with a bit of everything, in pose mode, with a take, a strip and a driver of its own."""
    obj = load_character(rig).armature
    scene = bpy.context.scene
    scene["note"], obj["note"], obj.data["note"] = "mine", {"a": [1, 2]}, 7
    bones = obj.pose.bones
    free = [bone for bone in bones if bone.name not in keyed_bones(obj)]
    free[0].constraints.new("COPY_ROTATION").target = obj
    free[0].location, free[0]["prop"] = (1, 2, 3), 0.5
    free[-1].rotation_mode, free[-1].rotation_euler = "XZY", (0.1, 0.2, 0.3)
    free[-1].driver_add("scale", 0).driver.expression = "1.5"
    bones[keyed_bones(obj)[3]].rotation_mode = "ZYX"
    bones[keyed_bones(obj)[4]].lock_rotation = (True, False, True)
    for name, old in (("cube", None), ("other", obj.data)):
        item = bpy.data.objects.new(name, old.copy() if old else bpy.data.meshes.new(name))
        scene.collection.objects.link(item)
        item.location.x = 3.0
        item.keyframe_insert("location", frame=3)
        item.parent = obj if old is None else None
    scene.camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    strip = obj.animation_data.nla_tracks.new().strips.new("strip", 1, bpy.data.objects["cube"].animation_data.action)
    strip.influence = 0.3
    keyed = bones[keyed_bones(obj)[0]]
    keyed.keyframe_insert("rotation_quaternion", frame=2)
    keyed.keyframe_insert("rotation_quaternion", frame=9)
    bpy.context.view_layer.objects.active = obj
    obj.select_set(True)
    bpy.ops.object.mode_set(mode="POSE")
    scene.frame_set(7, subframe=0.25)
    return obj


def keyed_bones(obj: bpy.types.Object) -> list[str]:
    rig_map = find_map([bone.name for bone in obj.data.bones])
    return list(rig_map.bones(*rig_map.roles))


def below(obj: bpy.types.Object, names: list[str]) -> set[str]:
    """The bones and all that hang on them."""
    bones = [obj.data.bones[name] for name in names]
    return {name for bone in bones for name in (bone.name, *(child.name for child in bone.children_recursive))}


def check_nothing_else_changes(rig: Path, keys: KeySettings) -> None:
    obj = busy_file(rig)
    old, carried = obj.animation_data.action, below(obj, keyed_bones(obj))
    turned = {f"objects[{obj.name}].pose.bones[{name}]" for name in keyed_bones(obj)}
    moved = {f"objects[{obj.name}].pose.bones[{name}]" for name in carried}
    before = everything()
    take = retarget_to_armature(obj, walk(0.5), RetargetSettings(), keys=keys, action_name="take")
    tracks = len(obj.animation_data.nla_tracks)

    def is_the_take(path: str) -> bool:
        bone, _, prop = path.rpartition(".")
        data = f"objects[{obj.name}].animation_data"
        return (
            path.startswith(f"actions[{take.name}]")
            or (path.startswith(f"{data}.") and path.removeprefix(f"{data}.").split(".")[0] in PLAYING)
            or (keys.nla and (path.startswith(f"{data}.nla_tracks[{tracks - 1}]") or path == f"{data}.nla_tracks"))
            or path == f"actions[{old.name}].use_fake_user"
            or (bone in turned and prop in BASIS)
            or (bone in moved and prop in POSE)
        )

    found = differences(before, everything(), is_the_take)
    assert not found, f"{rig.name} {keys}: also changed {found[:20]}"
    assert old.use_fake_user
    assert any(path.startswith(f"actions[{take.name}]") for path in everything())


def check_failures_change_nothing(rig: Path) -> None:
    for module, name, calls, keys, error in (
        (fcurves, "fill", 30, KeySettings(), MemoryError),
        (fcurves, "reduce_keys", 1, KeySettings(reduce_deg=0.5), KeyboardInterrupt),
        (compat, "assign", 1, KeySettings(), RuntimeError),
        (compat, "push_to_nla", 1, KeySettings(nla=True), KeyboardInterrupt),
    ):
        obj = busy_file(rig)
        before = everything()
        original, left = getattr(module, name), [calls]

        def breaking(*args, original=original, error=error, left=left):
            """The call itself is done, so that there is something to undo."""
            done = original(*args)
            left[0] -= 1
            if left[0] == 0:
                raise error
            return done

        setattr(module, name, breaking)
        try:
            retarget_to_armature(obj, walk(0.5), RetargetSettings(), keys=keys)
        except error:
            found = differences(before, everything(), lambda path: False)
            assert not found, f"{error.__name__} in {name} changed {found[:20]}"
        else:
            raise AssertionError(f"{name} was not reached {calls} times")
        finally:
            setattr(module, name, original)


def check_it_would_notice(rig: Path) -> None:
    """The comparison sees changes that such tools are known for."""
    obj = busy_file(rig)
    before = everything()
    for change in (
        lambda: setattr(obj.pose.bones[-1], "rotation_mode", "YXZ"),
        lambda: setattr(obj, "scale", (2, 2, 2)),
        lambda: bpy.context.scene.frame_set(8),
        lambda: bpy.data.objects["cube"].select_set(True),
        lambda: obj.pose.bones[-1].keyframe_insert("location", frame=1),
        lambda: bpy.ops.object.mode_set(mode="OBJECT"),
        lambda: obj.data.bones[0].__setitem__("left behind", 1),
    ):
        change()
        after = everything()
        assert differences(before, after, lambda path: False)
        before = after


for each in [Path(argument) for argument in sys.argv[sys.argv.index("--") + 1 :]]:
    check_it_would_notice(each)
    for kind in (KeySettings(), KeySettings(reduce_deg=0.5), KeySettings(nla=True)):
        check_nothing_else_changes(each, kind)
    check_failures_change_nothing(each)
print("passed all")
