"""Inside Blender: what is written for each program comes back as it was, at any rate, one clip or all of them."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import bpy
import numpy as np
import pose_from_video
from blender_scene import refusal
from headless_rig import build
from pose_from_video.addon.export.clips import all_clips
from pose_from_video.addon.export.operators import LAST
from pose_from_video.addon.export.targets import TARGETS
from pose_from_video.addon.keying import key_armature

FPS = 24.0
FIRST, COUNT = 7, 25
RNG = np.random.default_rng(3)
TOLERANCE_M = 2e-4
ops = bpy.ops.pose_from_video


def fresh() -> bpy.types.Object:
    """A figure with two clips, and another armature with a clip of its own and the name that Unreal wants."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    scene.render.fps, scene.render.fps_base = int(FPS), 1.0
    other = bpy.data.objects.new("Armature", bpy.data.armatures.new("Armature"))
    scene.collection.objects.link(other)
    other.keyframe_insert("location", frame=1)
    obj = build(name="Figure")
    for name in ("first", "second"):
        key_armature(obj, bones(obj), rotations(len(bones(obj))), {}, np.arange(FIRST, FIRST + COUNT), name)
    return obj


def bones(obj: bpy.types.Object) -> tuple[str, ...]:
    return tuple(bone.name for bone in obj.data.bones)


def rotations(count: int) -> np.ndarray:
    """(T,B,4) smooth turns, so that what lies between keys is near the line between them."""
    angle = np.sin(np.linspace(0.0, 2.0, COUNT))[:, None] * RNG.uniform(-0.5, 0.5, count)
    axis = RNG.normal(size=(count, 3))
    axis /= np.linalg.norm(axis, axis=-1, keepdims=True)
    return np.concatenate([np.cos(angle)[..., None], np.sin(angle)[..., None] * axis], axis=-1)


def play(obj: bpy.types.Object, action: bpy.types.Action) -> None:
    pose_from_video.addon.compat.play(obj, action)


def heads(obj: bpy.types.Object, names: tuple[str, ...], frames: list[float]) -> np.ndarray:
    """(F,B,3) world places of bones."""
    found = []
    for frame in frames:
        bpy.context.scene.frame_set(int(frame // 1), subframe=frame % 1)
        posed = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
        found.append([posed.matrix_world @ posed.pose.bones[name].head for name in names])
    return np.array(found)


def read(path: Path) -> bpy.types.Object:
    """The armature of a file, in an empty scene."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.context.scene.render.fps = int(FPS)
    if path.suffix == ".fbx":
        bpy.ops.import_scene.fbx(filepath=str(path))
    elif path.suffix == ".glb":
        bpy.ops.import_scene.gltf(filepath=str(path), disable_bone_shape=True)
    elif path.suffix == ".bvh":
        bpy.ops.import_anim.bvh(
            filepath=str(path), frame_start=1, update_scene_fps=True, axis_forward="-Z", axis_up="Y"
        )
    else:
        bpy.ops.wm.usd_import(filepath=str(path), set_frame_range=True)
    (back,) = (item for item in bpy.data.objects if item.type == "ARMATURE")
    return back


def scene_state() -> object:
    scene = bpy.context.scene
    return (
        sorted((item.name, item.type, item.select_get()) for item in bpy.data.objects),
        sorted((action.name, tuple(action.frame_range)) for action in bpy.data.actions),
        (scene.render.fps, scene.render.fps_base, scene.frame_start, scene.frame_end, scene.frame_current),
        [(item.name, [track.name for track in item.animation_data.nla_tracks]) for item in rigs()],
        [item.animation_data.action.name for item in rigs()],
    )


def rigs() -> list[bpy.types.Object]:
    return [item for item in bpy.data.objects if item.type == "ARMATURE" and item.animation_data]


def check_target(name: str, fps: float, folder: Path) -> None:
    """One clip, written and read back, compared at the frames of the file."""
    obj = fresh()
    play(obj, bpy.data.actions["first"])
    bpy.context.scene.pose_from_video.armature = obj
    before = scene_state()
    ops.export(target=name, folder=str(folder), template="{target} {clip}", fps=fps)
    assert scene_state() == before, (before, scene_state())
    target, names = TARGETS[name], bones(obj)
    (path,) = folder.iterdir()
    assert [path] == LAST and path.name == f"{name} first{target.ending}", path
    rate = fps or target.fps or FPS
    count = round((COUNT - 1) * rate / FPS) + 1
    frames = [FIRST + number * FPS / rate for number in range(count)]
    wanted = heads(obj, names, frames)
    back = read(path)
    if target.ending == ".usdz":  # which knows no colons in names
        names = tuple(name.replace(":", "_") for name in names)
    scene = bpy.context.scene
    assert abs(scene.render.fps / scene.render.fps_base - rate) < 1e-3 or target.ending == ".glb"
    begins = bpy.data.actions[0].frame_range[0] if bpy.data.actions else scene.frame_start
    steps = FPS if target.ending == ".glb" else rate
    found = heads(back, names, [begins + number * steps / rate for number in range(count)])
    error = float(np.abs(found - wanted).max())
    print(f"{name} at {rate:g}: {error:.2e} m", flush=True)
    assert error < TOLERANCE_M, (name, fps, error)
    if target.node:
        assert back.name == target.node, back.name
    if target.take:
        assert any(target.take in action.name for action in bpy.data.actions)
    assert any(item.type == "MESH" for item in bpy.data.objects) != target.no_mesh
    path.unlink()


def check_clips(folder: Path) -> None:
    """All takes in one file, each in its own, and what cannot be."""
    obj = fresh()
    bpy.context.scene.pose_from_video.armature = obj
    assert [action.name for action in all_clips(obj)] == ["first", "second"]
    for name in ("blender", "gltf"):
        ops.export(target=name, folder=str(folder), clips="together", with_mesh=False)
    ops.export(target="bvh", folder=str(folder), clips="each", template="{character}_{clip}")
    ops.export(target="unity", folder=str(folder), clips="each", template="same")
    written = sorted(path.name for path in folder.iterdir())
    assert written == [
        "Figure_first.bvh",
        "Figure_second.bvh",
        "all clips.fbx",
        "all clips.glb",
        "same.fbx",
        "same_2.fbx",
    ], written
    refused("holds one clip only", target="bvh", folder=str(folder), clips="together")
    refused("'{frame}'", target="bvh", folder=str(folder), template="{frame}")
    refused("no folder", target="bvh", folder=str(folder / "none"))
    refused("not saved yet", target="bvh")
    for item in rigs():
        item.animation_data.action = None
    refused("no action to export", target="bvh", folder=str(folder))
    for name in ("all clips.fbx", "all clips.glb"):
        read(folder / name)
        takes = sorted(action.name for action in bpy.data.actions)
        assert len(takes) == 2 and "first" in takes[0] and "second" in takes[1], takes
        assert not [item for item in bpy.data.objects if item.type == "MESH"]


def check_several_roots(folder: Path) -> None:
    """Unreal leaves out a node called 'Armature', and takes a skeleton with one root only."""
    obj = fresh()
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    obj.data.edit_bones.new("second root").tail = (0.0, 0.0, 1.0)
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.context.scene.pose_from_video.armature = obj
    ops.export(target="unreal", folder=str(folder), template="roots", with_mesh=False)
    assert obj.name == "Figure"
    assert read(folder / "roots.fbx").name == TARGETS["unreal"].node_over_roots


def refused(part: str, **words: object) -> None:
    with refusal(part):
        ops.export(**words)


def main() -> None:
    pose_from_video.register()
    names = [name for name in TARGETS if name != "usd" or bpy.app.build_options.usd]
    for name in names:
        for fps in (0.0, 60.0) if name in ("blender", "gltf") else (0.0,):
            with tempfile.TemporaryDirectory() as folder:
                check_target(name, fps, Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        check_clips(Path(folder))
        check_several_roots(Path(folder))
    print("passed all")


main()
sys.stdout.flush()
