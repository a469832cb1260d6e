"""Characters in and out: every format keeps the motion, the rate and the size, in every Blender."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from blender_host import each_host, newest_host, run_in_blender

pytestmark = pytest.mark.bpy

ROUND_TRIP = """
import json, math, sys
from pathlib import Path
import bpy
import numpy as np
import headless_rig
from pose_from_video.addon import rates
from pose_from_video.addon.headless import exporter, importer, scene

folder, turned = Path(sys.argv[-2]), sys.argv[-1] == "turned"
scene.empty_scene()
headless_rig.build(scale=0.01 if turned else 1.0, turned=turned)
headless_rig.save(folder / "figure.blend")
FPS, FRAMES = 30000 / 1001, 12


def heads(armature, frame):
    scene.go_to(scene.current_scene(), frame)
    return {bone.name: tuple(armature.matrix_world @ bone.head) for bone in armature.pose.bones}


def key(armature):
    for frame in range(1, FRAMES + 1):
        for number, bone in enumerate(armature.pose.bones):
            bone.rotation_mode = "QUATERNION"
            angle = 0.05 * frame * math.sin(number)
            bone.rotation_quaternion = (math.cos(angle), math.sin(angle), 0, 0)
            bone.keyframe_insert("rotation_quaternion", frame=frame)
    hips = armature.pose.bones["mixamorig:Hips"]
    for frame in range(1, FRAMES + 1):
        hips.location = (0, 0.02 * frame / armature.scale.x, 0)
        hips.keyframe_insert("location", frame=frame)
    return armature.animation_data.action


report = {}
for suffix in (".fbx", ".glb", ".blend", ".bvh"):
    character = importer.load_character(folder / "figure.blend")
    current = scene.current_scene()
    rates.set_frame_rate(current, FPS)
    bpy.data.actions.new("somebody else's").use_fake_user = True
    action = key(character.armature)
    scene.set_frame_range(current, action)
    first, last = heads(character.armature, 1), heads(character.armature, FRAMES)
    path = folder / f"out{suffix}"
    exporter.export_character(character, action, path)
    rate, takes = [], []
    scene.empty_scene()
    rates.set_frame_rate(scene.current_scene(), FPS)
    if suffix == ".blend":
        bpy.ops.wm.open_mainfile(filepath=str(path))
        armature = bpy.data.objects["Figure"]
    elif suffix == ".bvh":
        bpy.ops.import_anim.bvh(filepath=str(path), update_scene_fps=True)
        armature = next(item for item in bpy.data.objects if item.type == "ARMATURE")
    else:
        armature = importer.add_animated(path).armature
    span = [float(v) for v in armature.animation_data.action.frame_range]
    back_first, back_last = heads(armature, span[0]), heads(armature, span[1])
    error = max(
        float(np.linalg.norm(np.subtract(made[name], back[name])))
        for made, back in ((first, back_first), (last, back_last))
        for name in made
        if name in back
    )
    report[suffix] = {
        "error": error,
        "frames": span[1] - span[0] + 1,
        "rate": rates.frame_rate(scene.current_scene()),
        "actions": [item.name for item in bpy.data.actions],
        "meshes": sum(item.type == "MESH" for item in bpy.data.objects),
        "known": len([name for name in first if name in back_first]) / len(first),
    }
report["left"] = sorted(path.name for path in folder.iterdir() if "tmp" in path.name)
print("REPORT" + json.dumps(report))
"""


def report_of(stdout: str) -> dict[str, object]:
    line = next(line for line in stdout.splitlines() if line.startswith("REPORT"))
    return json.loads(line.removeprefix("REPORT"))


@each_host
@pytest.mark.parametrize("placement", ["plain", "turned"])
def test_round_trip(host: str, placement: str, tmp_path: Path) -> None:
    """`turned`: the object is scaled by 0.01 and turned by X 90, as a Mixamo import is."""
    report = report_of(run_in_blender(host, ROUND_TRIP, str(tmp_path), placement).stdout)
    for suffix in (".fbx", ".glb", ".blend", ".bvh"):
        values = report[suffix]
        assert isinstance(values, dict)
        assert values["known"] == 1.0, suffix
        assert values["error"] < 2e-3, (suffix, values)
        assert values["frames"] == pytest.approx(12, abs=0.1), (suffix, values)
        assert values["rate"] == pytest.approx(30000 / 1001, rel=2e-3), (suffix, values)
        assert values["meshes"] == (0 if suffix == ".bvh" else 1), (suffix, values)
    assert len(report[".fbx"]["actions"]) == 1  # type: ignore[index]
    assert len(report[".glb"]["actions"]) == 1  # type: ignore[index]
    assert "somebody else's" in report[".blend"]["actions"]  # type: ignore[index]
    assert report["left"] == []


LOADING = """
import json, sys
from pathlib import Path
import bpy
import headless_rig
from pose_from_video.addon.errors import AddonError
from pose_from_video.addon.headless import exporter, importer, scene

folder = Path(sys.argv[-1])
told = {}


def attempt(name, call):
    try:
        told[name] = call()
    except AddonError as error:
        told[name] = "ERROR " + str(error)


scene.empty_scene()
headless_rig.build(name="Hero")
first = bpy.data.objects["Hero"]
bpy.ops.export_scene.gltf(filepath=str(folder / "hero.glb"), export_format="GLB")
(folder / "hero.vrm").write_bytes((folder / "hero.glb").read_bytes())
small = headless_rig.build(name="Small", skip="Hand")
headless_rig.save(folder / "two sizes ä.blend")
scene.empty_scene()
headless_rig.build(name="Hero")
headless_rig.build(name="Twin")
headless_rig.save(folder / "twins.blend")
scene.empty_scene()
headless_rig.save(folder / "nobody.blend")
(folder / "text.fbx").write_text("this is no FBX file")
(folder / "text.glb").write_text("this is no glTF file")
(folder / "text.blend").write_text("this is no Blender file")
(folder / "old.obj").write_text("")


def load(name, armature=None):
    character = importer.load_character(folder / name, armature)
    return [character.armature.name, len(character.meshes), len(scene.current_scene().collection.all_objects)]


for name in ("hero.glb", "hero.vrm", "two sizes ä.blend", "twins.blend", "nobody.blend", "text.fbx", "text.glb",
             "text.blend", "old.obj", "absent.fbx"):
    attempt(name, lambda name=name: load(name))
attempt("named", lambda: load("twins.blend", "Twin"))
attempt("misnamed", lambda: load("twins.blend", "Nobody"))
attempt("bad ending", lambda: exporter.check_target(folder / "out.obj"))
attempt("folder", lambda: exporter.check_target(folder))
attempt("below a file", lambda: exporter.check_target(folder / "old.obj" / "out.fbx"))
attempt("new folder", lambda: exporter.check_target(folder / "new" / "er" / "out.fbx"))
print("REPORT" + json.dumps(told))
"""


@newest_host
def test_loading_and_its_refusals(host: str, tmp_path: Path) -> None:
    told = report_of(run_in_blender(host, LOADING, str(tmp_path)).stdout)
    assert told["hero.glb"][1] == 1 and told["hero.vrm"][1] == 1  # type: ignore[index]
    # The bigger of two, alone: the other's body stays out of the scene.
    assert told["two sizes ä.blend"] == ["Hero", 1, 2]
    assert told["named"] == ["Twin", 1, 2]
    assert told["new folder"] is None and (tmp_path / "new" / "er").is_dir()
    expected = {
        "twins.blend": "Hero, Twin",
        "nobody.blend": "no armature",
        "text.fbx": "text.fbx",
        "text.glb": "text.glb",
        "text.blend": "text.blend",
        "old.obj": ".blend, .fbx",
        "absent.fbx": "absent.fbx",
        "misnamed": "Nobody",
        "bad ending": "out.obj",
        "folder": "folder",
        "below a file": "out.fbx",
    }
    for name, word in expected.items():
        sentence = told[name]
        assert isinstance(sentence, str) and sentence.startswith("ERROR") and word in sentence, (name, sentence)
        assert "\n" not in sentence and "Traceback" not in sentence


FAILING = """
import sys
from pathlib import Path
import headless_rig
from pose_from_video.addon.errors import AddonError
from pose_from_video.addon.headless import exporter, importer, scene

folder = Path(sys.argv[-1])
scene.empty_scene()
headless_rig.build()
headless_rig.save(folder / "figure.blend")
character = importer.load_character(folder / "figure.blend")
character.armature.pose.bones[0].keyframe_insert("location", frame=1)
action = character.armature.animation_data.action
(folder / "out.fbx").write_text("the file that was there before")
character.armature.name = "gone"
objects = (character.armature, object())
broken = importer.Character(character.armature, (), objects)
try:
    exporter.export_character(broken, action, folder / "out.fbx")
except Exception as error:
    print("REFUSED", type(error).__name__)
"""


@newest_host
def test_a_failed_export_leaves_the_old_file(host: str, tmp_path: Path) -> None:
    assert "REFUSED" in run_in_blender(host, FAILING, str(tmp_path)).stdout
    assert (tmp_path / "out.fbx").read_text() == "the file that was there before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figure.blend", "out.fbx"]


@newest_host
@pytest.mark.skipif(os.environ.get("POSE_DATA") is None, reason="POSE_DATA is not set: no downloaded rigs")
def test_every_downloaded_rig_loads(host: str) -> None:
    code = """
import os
from pathlib import Path
from pose_from_video.addon.headless import importer
rigs = [path for path in sorted((Path(os.environ["POSE_DATA"]) / "rigs").iterdir()) if path.suffix != ".md"]
assert rigs
for path in rigs:
    character = importer.load_character(path)
    assert len(character.armature.data.bones) >= 20, path
    assert not any(item.name.startswith("Icosphere") for item in character.objects), path
"""
    run_in_blender(host, code)


TEXTURE = """
import sys
from pathlib import Path
import bpy
import headless_rig
from pose_from_video.addon.headless import exporter, importer, scene

folder = Path(sys.argv[-1])
scene.empty_scene()
armature = headless_rig.build()
material = bpy.data.materials["Cloth"]
material.use_nodes = True
nodes, links = material.node_tree.nodes, material.node_tree.links
picture, mix, colour = (nodes.new(kind) for kind in ("ShaderNodeTexImage", "ShaderNodeMixRGB", "ShaderNodeVertexColor"))
drawn = bpy.data.images.new("checks", 8, 8)
drawn.filepath_raw, drawn.file_format = str(folder / "checks.png"), "PNG"
drawn.save()
picture.image = bpy.data.images.load(str(folder / "checks.png"))
links.new(picture.outputs["Color"], mix.inputs[1])
links.new(colour.outputs["Color"], mix.inputs[2])
links.new(mix.outputs[0], nodes["Principled BSDF"].inputs["Base Color"])
headless_rig.save(folder / "figure.blend")
character = importer.load_character(folder / "figure.blend")
character.armature.pose.bones[0].keyframe_insert("location", frame=1)
exporter.export_character(character, character.armature.animation_data.action, folder / "out.fbx")


def nodes_of(character):
    return character.meshes[0].material_slots[0].material.node_tree.nodes


(link,) = next(node for node in nodes_of(character) if node.type == "BSDF_PRINCIPLED").inputs["Base Color"].links
assert link.from_node.type.startswith("MIX"), "the material is as it was"
(folder / "figure.blend").unlink()
(folder / "checks.png").unlink()
scene.empty_scene()
importer.add_animated(folder / "out.fbx")
shader = next(node for node in bpy.data.materials[0].node_tree.nodes if node.type == "BSDF_PRINCIPLED")
image = shader.inputs["Base Color"].links[0].from_node.image
assert tuple(image.size) == (8, 8), tuple(image.size)
"""


@each_host
def test_a_picture_mixed_with_vertex_colours_travels_inside_the_fbx(host: str, tmp_path: Path) -> None:
    run_in_blender(host, TEXTURE, str(tmp_path))
