"""Look at an avatar: render it from the front and the side at rest, and posed (elbows, knees, shoulders, waist bent).

.venv/blender-5.0/bin/python samples/preview.py samples/avatars/woman_mixamo.glb --out out/samples/preview.png
"""

from __future__ import annotations

import argparse
import math
import re
from pathlib import Path

import bpy
from blender_body import leave
from mathutils import Matrix, Vector

# What to bend: bone-name pattern, world axis, degrees (as if on the left; the right side is mirrored).
BENDS = (
    (r"(left|_l_|^l)?.*(upperarm|upper_arm|(left|right)arm$|upperarm01)", "Y", 55),
    (r".*(lowerarm|forearm|lowerarm01)", "Z", -70),
    (r".*(thigh|upleg|upperleg|upperleg01)", "X", -45),
    (r".*(calf|shin|lowerleg|lowerleg01|(left|right)leg$)", "X", 60),
)


def open_avatar(path: Path) -> tuple[bpy.types.Object, bpy.types.Object]:
    """Load an avatar into an empty scene; returns mesh and armature."""
    if path.suffix == ".blend":
        bpy.ops.wm.open_mainfile(filepath=str(path))
    else:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        bpy.ops.import_scene.gltf(filepath=str(path))
    armature = next(o for o in bpy.context.scene.objects if o.type == "ARMATURE")
    mesh = next(o for o in bpy.context.scene.objects if o.type == "MESH" and o.parent == armature)
    for other in list(bpy.context.scene.objects):
        if other not in (armature, mesh):
            bpy.data.objects.remove(other)
    return mesh, armature


def bend(armature: bpy.types.Object) -> list[str]:
    """Bend the limbs about world axes; returns the bones bent."""
    bent = []
    for pose_bone in armature.pose.bones:
        name = pose_bone.name.lower().replace("mixamorig:", "").replace("j_bip_", "")
        if re.search(r"02|twist|\.001", name):
            continue
        for pattern, axis, degrees in BENDS:
            if re.fullmatch(pattern + r"(01)?([._][lr])?", name):
                left = pose_bone.bone.head_local.x > 0
                sign = 1 if left or axis == "X" else -1
                turn = Matrix.Rotation(math.radians(sign * degrees), 4, axis)
                head = pose_bone.head.copy()
                about = Matrix.Translation(head) @ turn @ Matrix.Translation(-head)
                pose_bone.matrix = about @ pose_bone.matrix
                bpy.context.view_layer.update()
                bent.append(pose_bone.name)
    return bent


def stage(height: float) -> None:
    """Floor, soft light and a camera that sees three figures beside each other."""
    scene = bpy.context.scene
    bpy.ops.mesh.primitive_plane_add(size=30)
    sun = bpy.data.objects.new("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.data.energy, sun.data.angle = 3.0, 0.4
    sun.rotation_euler = (0.7, 0.25, 0.3)
    scene.collection.objects.link(sun)
    scene.world = bpy.data.worlds.new("World")
    if not scene.world.node_tree:
        scene.world.use_nodes = True
    scene.world.node_tree.nodes["Background"].inputs[0].default_value = (0.55, 0.6, 0.68, 1)
    camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
    scene.collection.objects.link(camera)
    scene.camera = camera
    camera.location = Vector((0, -3.5 * height / 1.7, 0.55 * height))
    camera.rotation_euler = (math.pi / 2, 0, 0)
    camera.data.lens = 32


def render(path: Path, samples: int, size: tuple[int, int]) -> None:
    """Write one picture with Cycles on the processor."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples = samples
    scene.cycles.use_denoising = True
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.view_settings.view_transform = "Standard"
    scene.render.filepath = str(path.resolve())
    path.parent.mkdir(parents=True, exist_ok=True)
    bpy.ops.render.render(write_still=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("avatar", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--samples", type=int, default=12)
    args = parser.parse_args()
    mesh, armature = open_avatar(args.avatar)
    height = max(mesh.bound_box[i][2] for i in range(8))
    shown = bpy.context.evaluated_depsgraph_get
    for shift, turn in ((-1.2, 25.0), (0.0, 110.0)):
        still = bpy.data.meshes.new_from_object(mesh.evaluated_get(shown()))
        copy = bpy.data.objects.new("still", still)
        turned = Matrix.Rotation(math.radians(turn), 4, "Z") @ mesh.matrix_world
        copy.matrix_world = Matrix.Translation((shift, 0, 0)) @ turned
        bpy.context.scene.collection.objects.link(copy)
    bent = bend(armature)
    armature.location.x = 1.2
    print(f"{args.avatar.name}: height {height:.2f} m, bent {', '.join(bent)}")
    stage(height)
    render(args.out, args.samples, (1000, 620))


if __name__ == "__main__":
    main()
    leave()
