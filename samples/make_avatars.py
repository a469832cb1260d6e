"""Make the sample avatars: dressed bodies, each on a rig of another convention, exported as .glb or .blend.

Runs with Blender 4.2's bpy, so that every later Blender opens the .blend too; reads what `make_bodies.py` wrote.

    .venv/blender-4.2/bin/python samples/make_avatars.py            every avatar, into samples/avatars/
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import bpy
from blender_body import bind, build_armature, build_mesh, decimate, leave, normalise_as_vrm, pose_arms_level
from outfit import Body, dress
from rig_names import HEADS, mixamo_arms

HERE = Path(__file__).resolve().parent
TRIANGLES = 7000
ACTOR = "actor"  # the film's, not an avatar


def make_avatar(
    name: str, spec: Mapping[str, Any], body: Body, triangles: int
) -> tuple[bpy.types.Object, bpy.types.Object]:
    """Build one avatar in an empty scene; returns its mesh and its armature."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    rig = spec["rig"]
    dressed = dress(body, spec["outfit"], HEADS[rig])
    mesh = build_mesh(name, body, dressed, spec["colours"])
    armature = build_armature(f"{name}_rig", body, rig, dressed.sole_m)
    decimate(mesh, triangles, dressed.on_border())
    bind(mesh, armature)
    if spec["arms"] == "t_pose":
        pose_arms_level(mesh, armature, mixamo_arms())
    if rig == "vrm":
        normalise_as_vrm(armature)  # Blender renames the vertex groups with the bones
    return mesh, armature


def export(name: str, rig: str, folder: Path) -> Path:
    """Write the scene as .glb, or as .blend for Rigify, whose metarig only a .blend can carry."""
    folder.mkdir(parents=True, exist_ok=True)
    if rig == "rigify":
        if bpy.app.version >= (4, 3):
            print(f"{name}.blend: written by Blender {bpy.app.version_string}, older ones will not open it; use 4.2")
        path = folder / f"{name}.blend"
        aside = folder / f"{name}.aside.blend"
        bpy.data.libraries.write(str(aside), {bpy.context.scene}, compress=True)  # no window layout, no paths
    else:
        path = folder / f"{name}.glb"
        aside = folder / f"{name}.aside.glb"
        bpy.ops.export_scene.gltf(filepath=str(aside), export_format="GLB", export_animations=False, export_yup=True)
    aside.replace(path)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="avatars to make; all when none is named")
    parser.add_argument("--bodies", type=Path, default=HERE.parent / "out" / "samples")
    parser.add_argument("--out", type=Path, default=HERE / "avatars")
    parser.add_argument("--triangles", type=int, default=TRIANGLES)
    args = parser.parse_args()
    specs = json.loads((HERE / "bodies.json").read_text(encoding="utf-8"))
    for name in args.names or [n for n in specs if n != ACTOR]:
        body = Body.load(args.bodies / f"{name}.npz")
        mesh, armature = make_avatar(name, specs[name], body, args.triangles)
        path = export(name, specs[name]["rig"], args.out)
        size = path.stat().st_size / 1e6
        print(f"{path.name}: {len(mesh.data.polygons)} faces, {len(armature.data.bones)} bones, {size:.2f} MB")


if __name__ == "__main__":
    main()
    leave()
