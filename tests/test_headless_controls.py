"""The command line's IK controls and own maps, as files show them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from blender_host import ROOT, newest_host, run_in_blender
from headless_support import walking_joints, write_result

from rigs import quaternions
from rigs.maps import read_map

pytestmark = pytest.mark.bpy

CLI = ROOT / "tests" / "blender" / "headless_cli.py"
FPS, FRAMES = 25.0, 12

MEASURE = """
import json, sys
from pathlib import Path
from pose_from_video.addon.headless.measure import measure
from pose_from_video.addon.headless.options import ClipSettings
print("REPORT" + json.dumps(measure(Path(sys.argv[-2]), Path(sys.argv[-1]), ClipSettings().smoothing)))
"""

CALIBRATE = """
import sys
from pathlib import Path
import bpy
import numpy as np
import headless_rig
from mathutils import Quaternion
from pose_from_video.addon.calibration import calibrate_from_pose
from pose_from_video.addon.headless import scene

folder = Path(sys.argv[-1])
scene.empty_scene()
rig = headless_rig.build(name="Crooked")
for child in list(rig.children):
    bpy.data.objects.remove(child)
bpy.ops.object.mode_set(mode="POSE")
upright = {bone.name: bone.matrix.copy() for bone in rig.pose.bones}
bent = {"LeftArm": (1, 0, 0), "RightForeArm": (0, 0, 1), "LeftUpLeg": (1, 0, 0), "Spine1": (0, 0, 1)}
for name, axis in bent.items():
    bone = rig.pose.bones[f"mixamorig:{name}"]
    bone.rotation_mode = "QUATERNION"
    bone.rotation_quaternion = Quaternion(axis, 1.2)
bpy.context.view_layer.update()
bpy.ops.pose.armature_apply()
bpy.ops.object.mode_set(mode="OBJECT")
for bone in rig.data.bones:
    rig.pose.bones[bone.name].matrix = upright[bone.name]
    bpy.context.view_layer.update()
calibrate_from_pose(rig, folder / "maps")
for bone in rig.pose.bones:
    bone.matrix_basis.identity()
headless_rig.save(folder / "crooked.blend")
"""


def measured(host: str, path: Path, result: Path) -> dict[str, Any]:
    done = run_in_blender(host, MEASURE, str(path), str(result))
    return json.loads(done.stdout.split("REPORT")[1])


@newest_host
@pytest.mark.skipif("POSE_DATA" not in os.environ, reason="POSE_DATA is not set: no downloaded rigs")
def test_ik_controls_move_the_mesh(host: str, tmp_path: Path) -> None:
    result, out = write_result(tmp_path / "walk.npz", walking_joints(FRAMES, FPS), FPS), tmp_path / "out.fbx"
    rig = Path(os.environ["POSE_DATA"]) / "rigs" / "rigify_basic_human_generated.blend"
    words = ["retarget", f"--result={result}", f"--rig={rig}", f"--out={out}", "--ik=off"]
    done = run_in_blender(host, CLI, *words, "--controls=ik", check=False)
    assert done.returncode == 0 and "switched to IK" in done.stderr, done.stderr
    assert measured(host, out, result)["direction_deg"]["worst"]["p99"] < 6.0


@newest_host
def test_a_rig_without_ik_controls_is_refused_at_once(host: str, tmp_path: Path) -> None:
    run_in_blender(host, CALIBRATE, str(tmp_path))
    result, out = write_result(tmp_path / "walk.npz", walking_joints(FRAMES, FPS), FPS), tmp_path / "out.glb"
    words = ["retarget", f"--result={result}", f"--rig={tmp_path / 'crooked.blend'}", f"--out={out}"]
    done = run_in_blender(host, CLI, *words, "--controls=ik", check=False)
    assert done.returncode == 1 and "knows no IK controls" in done.stderr and "Traceback" not in done.stderr
    assert not out.exists()


@newest_host
def test_a_calibration_is_taken_from_the_maps_named(host: str, tmp_path: Path) -> None:
    run_in_blender(host, CALIBRATE, str(tmp_path))
    corrections = read_map(tmp_path / "maps" / "Crooked.json").corrections
    least = min(float(np.linalg.norm(quaternions.log(np.array(each.turn)))) for each in corrections.values())
    assert len(corrections) == 4 and least > 1.1
    result = write_result(tmp_path / "walk.npz", walking_joints(FRAMES, FPS), FPS)
    out = tmp_path / "out.glb"
    words = ["retarget", f"--result={result}", f"--rig={tmp_path / 'crooked.blend'}", f"--out={out}", "--ik=off"]
    done = run_in_blender(host, CLI, *words, f"--maps={tmp_path / 'maps'}", check=False)
    assert done.returncode == 0, done.stderr
    figures = measured(host, out, result)
    assert figures["direction_deg"]["worst"]["p95"] < 2.0
    assert figures["backward_elbow_frames"] == figures["backward_knee_frames"] == 0
    refused = run_in_blender(host, CLI, *words, f"--maps={tmp_path / 'nowhere'}", check=False)
    assert refused.returncode == 1 and "is not there" in refused.stderr
