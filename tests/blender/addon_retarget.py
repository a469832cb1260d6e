"""Inside Blender: a walk goes onto real rigs and is measured on Blender's own evaluated pose."""

from __future__ import annotations

import sys
from pathlib import Path

import bpy
import numpy as np
from blender_scene import lone_bone
from blender_walk import FPS, walk
from mathutils import Euler, Matrix
from pose_from_video.addon.armature import read_rest
from pose_from_video.addon.errors import AddonError
from pose_from_video.addon.headless.importer import load_character
from pose_from_video.addon.retarget import retarget_to_armature
from pose_from_video.rigs.errors import RigError
from pose_from_video.rigs.maps import find_map
from pose_from_video.rigs.retarget import RetargetSettings
from pose_from_video.rigs.roles import sided
from pose_from_video.rigs.sequence import PoseSequence

LIMBS = (("upper_arm", "forearm"), ("forearm", "hand"), ("thigh", "shin"), ("shin", "foot"))
ENDS = {"upper_arm": "shoulder", "forearm": "elbow", "hand": "wrist", "thigh": "hip", "shin": "knee", "foot": "ankle"}


def bone_directions(obj: bpy.types.Object, roles) -> dict[str, np.ndarray]:
    """Unit direction, world axes, of each limb segment as Blender shows it now."""
    posed = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    found = {}
    for upper, lower in LIMBS:
        for side in ("left", "right"):
            a, b = roles.get(sided(upper, side)), roles.get(sided(lower, side))
            if a and b:
                line = (
                    posed.matrix_world @ posed.pose.bones[b[0]].head - posed.matrix_world @ posed.pose.bones[a[0]].head
                )
                found[f"{side} {upper}"] = np.array(line.normalized())
    return found


def source_directions(sequence: PoseSequence, time_s: float) -> dict[str, np.ndarray]:
    """The same of the performer, on the line between the two frames around a time."""
    found = {}
    for upper, lower in LIMBS:
        for side in ("left", "right"):
            ends = [sequence.joint(f"{side}_{ENDS[limb]}") for limb in (upper, lower)]
            a, b = (
                np.array([np.interp(time_s, sequence.frame_times_s, path[:, axis]) for axis in range(3)])
                for path in ends
            )
            found[f"{side} {upper}"] = (b - a) / np.linalg.norm(b - a)
    return found


def worst_angle(obj: bpy.types.Object, sequence: PoseSequence, fps: float, start: int) -> float:
    """Largest angle in degrees between the two over all frames and limbs."""
    roles = find_map([bone.name for bone in obj.data.bones]).roles
    worst = 0.0
    for frame in range(int(obj.animation_data.action.frame_range[1]) - start + 1):
        bpy.context.scene.frame_set(start + frame)
        wanted = source_directions(sequence, frame / fps)
        for name, got in bone_directions(obj, roles).items():
            cosine = float(np.clip(got @ wanted[name], -1, 1))
            worst = max(worst, float(np.degrees(np.arccos(cosine))))
    return worst


def turn_and_shrink(obj: bpy.types.Object) -> None:
    """An unapplied transform as importers leave it: a hundredth of the size, turned about X, the same in the world."""
    rotation = Euler((np.pi / 2, 0, 0)).to_matrix().to_4x4()
    obj.data.transform(rotation.inverted())
    obj.data.transform(Matrix.Scale(100.0, 4))
    obj.matrix_world = obj.matrix_world @ rotation
    obj.scale = [value / 100.0 for value in obj.scale]
    bpy.context.view_layer.update()


def set_rate(fps: float) -> None:
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = round(fps), round(fps) / fps


def check_rig(path: Path, shrink: bool) -> None:
    sequence = walk()
    settings = RetargetSettings(ik=False)
    for fps, start in ((30.0, 1), (24.0, 10), (60.0, -3)):
        obj = load_character(path).armature
        if shrink:
            turn_and_shrink(obj)
        set_rate(fps)
        bpy.context.scene.frame_set(7)
        names, modes = sorted(o.name for o in bpy.data.objects), [b.rotation_mode for b in obj.pose.bones]
        action = retarget_to_armature(obj, sequence, settings, frame_start=start)
        assert bpy.context.scene.frame_current == 7
        assert sorted(o.name for o in bpy.data.objects) == names
        assert [b.rotation_mode for b in obj.pose.bones] == modes
        first, last = action.frame_range
        assert first == start, (first, start)
        assert abs((last - first) / fps - sequence.frame_times_s[-1]) < 1.0 / fps
        worst = worst_angle(obj, sequence, fps, start)
        assert worst < 0.05, f"{path.name} at {fps} frames/s: {worst:.2f} degrees"
        print(f"{path.name}{' shrunk' if shrink else ''} {fps:g} fps: {worst:.3f} degrees, {find_name(obj)}")


def find_name(obj: bpy.types.Object) -> str:
    return find_map([bone.name for bone in obj.data.bones]).name


def foot_vertices(item: bpy.types.Object, bones: set[str]) -> np.ndarray:
    """Indices of the vertices that mostly follow a foot."""
    groups = {group.index for group in item.vertex_groups if group.name in bones}
    return np.array(
        [
            vertex.index
            for vertex in item.data.vertices
            if sum(element.weight for element in vertex.groups if element.group in groups) > 0.5
        ],
        dtype=np.int64,
    )


def check_feet(path: Path) -> None:
    """With IK the soles stay on the floor, and are on it in every step: nobody floats."""
    character = load_character(path)
    rig_map = find_map([bone.name for bone in character.armature.data.bones])
    bones = {name for side in ("left", "right") for name in rig_map.bones(sided("foot", side), sided("toe", side))}
    feet = {item: found for item in character.meshes if len(found := foot_vertices(item, bones))}
    if not character.meshes:
        return
    assert feet, f"{path.name} has no vertices on its feet"
    set_rate(FPS)
    action = retarget_to_armature(character.armature, walk(), RetargetSettings(ik=True))
    heights = []
    for frame in range(1, int(action.frame_range[1]) + 1):
        bpy.context.scene.frame_set(frame)
        depsgraph = bpy.context.evaluated_depsgraph_get()
        heights.append(min(lowest_point(item.evaluated_get(depsgraph), found) for item, found in feet.items()))
    print(f"{path.name} soles {min(heights):.4f} to {max(heights):.4f}, usually {np.median(heights):.4f} m up")
    assert min(heights) > -0.001, f"{path.name} goes {-min(heights):.3f} m into the floor"
    ankles = np.min([walk().joint(f"{side}_ankle")[:, 2] for side in ("left", "right")], axis=0)
    own = np.median(ankles) - ankles.min()  # no foot of this walker's is flat on the floor for long
    assert np.median(heights) < own, f"{path.name} floats {np.median(heights):.3f} m over the floor, not {own:.3f} m"


def lowest_point(shown: bpy.types.Object, vertices: np.ndarray) -> float:
    mesh = shown.to_mesh()
    flat = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", flat)
    shown.to_mesh_clear()
    matrix = np.array(shown.matrix_world)
    return float((flat.reshape(-1, 3)[vertices] @ matrix[:3, :3].T + matrix[:3, 3])[:, 2].min())


def check_refusals(path: Path) -> None:
    obj = load_character(path).armature
    before = (len(bpy.data.actions), obj.animation_data is None)
    lone = lone_bone()
    try:
        retarget_to_armature(lone, walk(), RetargetSettings())
    except RigError as error:
        print("refused:", error)
    else:
        raise AssertionError("an unknown rig was keyed")
    bpy.data.objects.remove(lone)
    mesh = bpy.data.objects.new("Cube", bpy.data.meshes.new("Cube"))
    for wrong in (None, mesh):
        try:
            retarget_to_armature(wrong, walk(), RetargetSettings())
        except AddonError as error:
            print("refused:", error)
        else:
            raise AssertionError("something that is no armature was keyed")
    assert (len(bpy.data.actions), obj.animation_data is None) == before
    obj.scale = (1, 1, 2)
    try:
        bpy.context.view_layer.update()
        read_rest(obj)
    except RigError as error:
        print("refused:", error)
    else:
        raise AssertionError("an unevenly scaled rig was read")


paths = [Path(argument) for argument in sys.argv[sys.argv.index("--") + 1 :]]
for number, each in enumerate(paths):
    check_rig(each, shrink=number % 2 == 1)
    check_feet(each)
check_refusals(paths[0])
print("passed all")
