"""Rest poses of the rigs at hand, read by Blender once a run: the sample avatars, and those of POSE_DATA."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from blender_host import NEWEST, ROOT, run_in_blender

from rigs.rest import RigRest

AVATARS = tuple(sorted(path.stem for path in (ROOT / "samples" / "avatars").glob("*.*")))
RIGS = (
    "kaykit_Rogue",
    "kenney_zombie_ue",
    "mesh2motion_rig_human",
    "mpfb_cmu_mb",
    "mpfb_default",
    "mpfb_default_no_toes",
    "mpfb_game_engine",
    "mpfb_mixamo",
    "mpfb_mixamo_unity",
    "quaternius_human_male_ue",
    "rigify_human_metarig",
    "rigify_basic_human_generated",
    "rigify_human_generated",
)
"""Files in `rigs` of POSE_DATA."""

_READ = """
import sys
from pathlib import Path
import bpy
import numpy as np
from pose_from_video.addon.armature import read_rest

into, *files = sys.argv[sys.argv.index("--") + 1:]

def armature(path):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    if path.endswith(".blend"):
        with bpy.data.libraries.load(path) as (there, ours):
            ours.objects = [name for name in there.objects if not name.startswith("WGT")]
        for item in ours.objects:
            bpy.context.scene.collection.objects.link(item)
    elif path.endswith(".fbx"):
        bpy.ops.import_scene.fbx(filepath=path)
    else:
        bpy.ops.import_scene.gltf(filepath=path)
    bpy.context.view_layer.update()
    return next(item for item in bpy.context.scene.objects if item.type == "ARMATURE")

for file in files:
    rest = read_rest(armature(file))
    np.savez(Path(into) / f"{Path(file).stem}.npz", names=np.array(rest.bone_names), parents=np.array(rest.parents),
        matrices=rest.rest_matrices, lengths=rest.lengths, world=rest.armature_to_world)
"""


@cache
def _rests(files: tuple[Path, ...]) -> dict[str, RigRest]:
    assert NEWEST is not None
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        run_in_blender(NEWEST, _READ, folder, *map(str, files))
        for path in Path(folder).glob("*.npz"):
            with np.load(path, allow_pickle=False) as data:
                found[path.stem] = RigRest(
                    tuple(str(name) for name in data["names"]),
                    tuple(int(parent) for parent in data["parents"]),
                    data["matrices"],
                    data["lengths"],
                    data["world"],
                )
    return found


def rest_of(rig: str) -> RigRest:
    """The rest pose of a sample avatar or of a rig of POSE_DATA; skips the test where it or Blender is absent."""
    if NEWEST is None:
        pytest.skip("no bpy wheel under .venv and no POSE_BLENDER")
    folders = [ROOT / "samples" / "avatars"] if rig in AVATARS else []
    if rig in RIGS and (data := os.environ.get("POSE_DATA")):
        folders.append(Path(data) / "rigs")
    wanted = AVATARS if rig in AVATARS else RIGS
    files = tuple(path for folder in folders for path in sorted(folder.glob("*.*")) if path.stem in wanted)
    if rig not in {path.stem for path in files}:
        pytest.skip(f"POSE_DATA names no folder with rigs/{rig}")
    return _rests(files)[rig]
