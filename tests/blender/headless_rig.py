"""A small character with Mixamo's names, made on the spot: tests of files need no downloaded rig."""

from __future__ import annotations

import math
from pathlib import Path

import bpy

_CENTRE = (
    ("Hips", None, (0, 0, 1.0)),
    ("Spine", "Hips", (0, 0, 1.1)),
    ("Spine1", "Spine", (0, 0, 1.22)),
    ("Spine2", "Spine1", (0, 0, 1.34)),
    ("Neck", "Spine2", (0, 0, 1.5)),
    ("Head", "Neck", (0, 0, 1.6)),
)
_SIDE = (
    ("Shoulder", "Spine2", (0.05, 0, 1.45)),
    ("Arm", "Shoulder", (0.18, 0, 1.45)),
    ("ForeArm", "Arm", (0.46, 0, 1.45)),
    ("Hand", "ForeArm", (0.72, 0, 1.45)),
    ("UpLeg", "Hips", (0.1, 0, 0.95)),
    ("Leg", "UpLeg", (0.1, -0.01, 0.52)),
    ("Foot", "Leg", (0.1, 0, 0.09)),
    ("ToeBase", "Foot", (0.1, -0.14, 0.02)),
)


def bones() -> list[tuple[str, str | None, tuple[float, float, float]]]:
    """(name, parent, head) of every bone, metres, facing -Y."""
    listed = [(f"mixamorig:{name}", f"mixamorig:{parent}" if parent else None, head) for name, parent, head in _CENTRE]
    for side, sign in (("Left", 1), ("Right", -1)):
        for name, parent, (x, y, z) in _SIDE:
            above = parent if parent in ("Spine2", "Hips") else side + parent
            listed.append((f"mixamorig:{side}{name}", f"mixamorig:{above}", (sign * x, y, z)))
    return listed


def build(scale: float = 1.0, turned: bool = False, name: str = "Figure", skip: str = "") -> bpy.types.Object:
    """The armature object with one mesh; `turned`: data Y-up under an object turned by X 90, as FBX importers leave it.

    Args:
        scale: of the object; the bones are made larger by as much, so that the figure keeps its size.
        turned: see above.
        name: of the object.
        skip: leave out the bones that end so.
    """
    data = bpy.data.armatures.new(name)
    armature = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    listed = [bone for bone in bones() if not skip or not bone[0].endswith(skip)]
    heads = {bone: _local(head, scale, turned) for bone, _, head in listed}
    for bone, parent, _ in listed:
        edit = data.edit_bones.new(bone)
        edit.head = heads[bone]
        children = [heads[other] for other, above, _ in listed if above == bone]
        step = [c - h for c, h in zip(children[0], heads[bone], strict=True)] if children else None
        length = math.sqrt(sum(v * v for v in step)) if step else 0.0
        unit = [v / length for v in step] if step and length > 1e-6 else [0.0, 0.0, 1.0]
        edit.tail = [h + u * max(length, 0.08 / scale) for h, u in zip(heads[bone], unit, strict=True)]
        edit.parent = data.edit_bones.get(parent or "")
    bpy.ops.object.mode_set(mode="OBJECT")
    armature.scale = (scale,) * 3
    armature.rotation_euler.x = math.pi / 2 if turned else 0.0
    _add_mesh(armature, scale, turned)
    bpy.context.view_layer.update()
    return armature


def save(path: Path) -> None:
    """Write what is loaded as a .blend."""
    bpy.ops.wm.save_as_mainfile(filepath=str(path), check_existing=False)


def _local(point: tuple[float, float, float], scale: float, turned: bool) -> tuple[float, float, float]:
    x, y, z = (value / scale for value in point)
    return (x, z, -y) if turned else (x, y, z)


def _add_mesh(armature: bpy.types.Object, scale: float, turned: bool) -> None:
    """A box about each bone's head, and a sole under each foot."""
    vertices, faces, owners = [], [], []
    boxes = [(bone.name, 0.03, None) for bone in armature.data.bones]
    for name, size, _ in boxes:
        start = len(vertices)
        bone = next(head for listed, _, head in bones() if listed == name)
        low = 0.0 if name.endswith(("Foot", "ToeBase")) else bone[2] - size
        for x in (-size, size):
            for y in (-size, size):
                for z in (low, bone[2] + size):
                    vertices.append(_local((bone[0] + x, bone[1] + y, z), scale, turned))
                    owners.append(name)
        faces += [tuple(start + i for i in face) for face in ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6))]
    mesh = bpy.data.meshes.new("Body")
    mesh.from_pydata(vertices, [], faces)
    material = bpy.data.materials.new("Cloth")
    mesh.materials.append(material)
    body = bpy.data.objects.new("Body", mesh)
    bpy.context.scene.collection.objects.link(body)
    body.parent = armature
    for index, name in enumerate(owners):
        group = body.vertex_groups.get(name) or body.vertex_groups.new(name=name)
        group.add([index], 1.0, "REPLACE")
    body.modifiers.new("Armature", "ARMATURE").object = armature
