"""The user's own rig maps, and that an edited one counts at once."""

from __future__ import annotations

import importlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from blender_host import ROOT, load_package
from rigs_support import RigPlan, build_rig

from rigs.rest import RigRest

load_package()
recognition = importlib.import_module("pose_from_video.addon.recognition")
errors = importlib.import_module("pose_from_video.rigs.errors")


def _own_map(folder: Path, name: str) -> RigRest:
    """A map file of its own bone names for the roles of Mixamo's; returns a rig with those names."""
    roles = json.loads((ROOT / "rigs" / "maps" / "mixamo.json").read_text())["roles"]
    limbs = ("clavicle", "upper_arm", "forearm", "hand", "thigh", "shin", "foot", "toe")
    own = {role: [[f"Knochen {role}" + (" {side}" if role in limbs else "")]] for role in roles}
    sides = {"left": ["links"], "right": ["rechts"]}
    path = folder / "own.json"
    path.write_text(json.dumps({"schema": 1, "name": name, "sides": sides, "roles": own}))
    os.utime(path, ns=(0, len(name)))
    rest, rig_map = build_rig(RigPlan(spine_bones=1))
    german = {bones[0]: f"Knochen {role}" for role, bones in rig_map.roles.items()}
    words = (("_left", " links"), ("_right", " rechts"))
    for word, ours in words:
        german = {bone: called.replace(word, ours) for bone, called in german.items()}
    return replace(rest, bone_names=tuple(german.get(bone, bone) for bone in rest.bone_names))


def test_own_maps_are_found_and_edits_count(tmp_path: Path) -> None:
    rest = _own_map(tmp_path, "Mine")
    assert recognition.recognise(rest).by_structure
    assert recognition.recognise(rest, str(tmp_path)).rig_map.name == "Mine"
    _own_map(tmp_path, "Renamed")
    assert recognition.recognise(rest, str(tmp_path)).rig_map.name == "Renamed"


def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(errors.MapError, match="gone"):
        recognition.recognise(build_rig()[0], str(tmp_path / "gone"))
