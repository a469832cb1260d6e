"""Inside Blender: what is exported comes back as it was, and the scene does not notice."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import bpy
import numpy as np
from pose_from_video.addon import compat
from pose_from_video.addon.errors import AddonError
from pose_from_video.addon.export.plan import clip_file
from pose_from_video.addon.export.targets import TARGETS, usual_target
from pose_from_video.addon.export.writers import write_clips
from pose_from_video.addon.keying import key_armature
from pose_from_video.addon.meshes import meshes_of

FIRST = 5
FRAMES = np.arange(FIRST, FIRST + 20)
RNG = np.random.default_rng(11)
BONES = ("hips", "chest", "arm.L")


def build(turned: bool) -> bpy.types.Object:
    """A bent stick with a mesh, an older take, a strip of it in the NLA, and the take to export.

    Turned: with an unapplied transform as some files bring it, a hundredth of the size and lying on its face.
    """
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    obj = bpy.data.objects.new("Rig", bpy.data.armatures.new("Rig"))
    scene.collection.objects.link(obj)
    if turned:
        obj.scale, obj.rotation_euler = (0.01,) * 3, (np.pi / 2, 0, 0)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    parent = None
    for index, name in enumerate(BONES):
        bone = obj.data.edit_bones.new(name)
        ends = [np.array((0.2 * at, 0.0, 1.0 * at)) for at in (index, index + 1)]
        if turned:
            ends = [np.array((x, z, -y)) * 100.0 for x, y, z in ends]
        bone.head, bone.tail, bone.parent = *ends, parent
        parent = bone
    bpy.ops.object.mode_set(mode="OBJECT")
    mesh = bpy.data.objects.new("Body", bpy.data.meshes.new("Body"))
    mesh.data.from_pydata([(0, 0, 0), (0.2, 0, 0), (0, 0, 3)], [], [(0, 1, 2)])
    scene.collection.objects.link(mesh)
    mesh.vertex_groups.new(name="hips").add([0, 1, 2], 1.0, "REPLACE")
    mesh.parent = obj
    mesh.modifiers.new("Armature", "ARMATURE").object = obj
    old = key_armature(obj, BONES, rotations(), {}, FRAMES, "old")
    obj.animation_data.nla_tracks.new().strips.new("old strip", 1, old)
    path = RNG.normal(size=(20, 3)) * (30.0 if turned else 0.3)
    key_armature(obj, BONES, rotations(), {"hips": path}, FRAMES, "take")
    return obj


def rotations() -> np.ndarray:
    q = np.cumsum(RNG.normal(size=(20, 3, 4)) * 0.1, axis=0)
    q[..., 0] += 1.0
    return q / np.linalg.norm(q, axis=-1, keepdims=True)


def heads(obj: bpy.types.Object, frame: int) -> np.ndarray:
    bpy.context.scene.frame_set(frame)
    posed = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array([posed.matrix_world @ posed.pose.bones[name].head for name in BONES])


def state(obj: bpy.types.Object) -> dict[str, object]:
    scene, data = bpy.context.scene, obj.animation_data
    return {
        "mode": obj.mode,
        "hidden": (obj.hide_get(), obj.hide_viewport, obj.hide_select),
        "active": bpy.context.view_layer.objects.active.name,
        "selected": sorted(item.name for item in bpy.context.view_layer.objects if item.select_get()),
        "frame": (scene.frame_current, scene.frame_start, scene.frame_end),
        "action": data.action.name,
        "slot": data.action_slot.identifier if compat.HAS_SLOTS else None,
        "tracks": [(track.name, track.mute, track.is_solo, len(track.strips)) for track in data.nla_tracks],
        "actions": sorted(action.name for action in bpy.data.actions),
        "objects": sorted(item.name for item in bpy.data.objects),
        "armatures": len(bpy.data.armatures),
        "pose": np.round(heads(obj, scene.frame_current), 6).tolist(),
    }


def export(obj: bpy.types.Object, path: Path) -> None:
    target = usual_target(path.suffix)
    clips = clip_file(obj, target, path).clips
    write_clips(bpy.context, obj, path, clips, TARGETS[target], others=meshes_of(obj))


def check(suffix: str, read, shift: int, turned: bool) -> None:
    obj = build(turned)
    if turned:
        bpy.ops.object.mode_set(mode="POSE")
    else:
        obj.hide_set(True)  # as people do to see the body alone
    bpy.context.scene.frame_set(9)
    before = state(obj)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a b ü{suffix}"
        export(obj, path)
        assert state(obj) == before, (before, state(obj))
        assert [item.name for item in Path(folder).iterdir()] == [path.name]
        wanted = [heads(obj, int(frame)) for frame in FRAMES]
        fps = bpy.context.scene.render.fps
        bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
        bpy.context.scene.render.fps = fps
        read(str(path))
    (back,) = (item for item in bpy.data.objects if item.type == "ARMATURE")
    assert "take" in bpy.data.actions[0].name or suffix == ".bvh", bpy.data.actions[0].name
    assert len(bpy.data.actions) == 1, [action.name for action in bpy.data.actions]
    errors = [
        np.abs(heads(back, int(frame) + shift) - place).max() for frame, place in zip(FRAMES, wanted, strict=True)
    ]
    assert max(errors) < 1e-4, (suffix, turned, errors)
    print("passed", suffix, turned, "error", max(errors), bpy.data.actions[0].name)


def read_bvh(path: str) -> None:
    bpy.ops.import_anim.bvh(filepath=path, frame_start=FIRST, axis_forward="-Z", axis_up="Y")


def main() -> None:
    # Takes begin at time 0, which the FBX reader puts on frame 1 and the glTF reader on frame 0.
    for turned in (True, False):
        check(".fbx", lambda path: bpy.ops.import_scene.fbx(filepath=path), 1 - FIRST, turned)
        check(".glb", lambda path: bpy.ops.import_scene.gltf(filepath=path), -FIRST, turned)
        check(".bvh", read_bvh, 0, turned)
    obj = build(turned=True)
    before = state(obj)
    try:
        export(obj, Path("/nowhere at all/a.fbx"))
    except AddonError as error:
        assert "'/nowhere at all'" in str(error), error
    else:
        raise AssertionError("a file was written nowhere")
    assert state(obj) == before
    obj.animation_data_clear()
    try:
        export(obj, Path("a.fbx"))
    except AddonError as error:
        assert "no action" in str(error), error
    else:
        raise AssertionError("nothing was exported without a word")
    print("passed all")


main()
sys.stdout.flush()
