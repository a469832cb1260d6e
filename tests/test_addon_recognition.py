"""The user's own rig maps, and that an edited one counts at once."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path

import pytest
from blender_host import ROOT, load_package

load_package()
recognition = importlib.import_module("pose_from_video.addon.recognition")
errors = importlib.import_module("pose_from_video.rigs.errors")


def _own_map(folder: Path, name: str) -> list[str]:
    """A map file of its own bone names for the roles of Mixamo's; returns the bones."""
    roles = json.loads((ROOT / "rigs" / "maps" / "mixamo.json").read_text())["roles"]
    limbs = ("clavicle", "upper_arm", "forearm", "hand", "thigh", "shin", "foot", "toe")
    own = {role: [[f"Knochen {role}" + (" {side}" if role in limbs else "")]] for role in roles}
    sides = {"left": ["links"], "right": ["rechts"]}
    path = folder / "own.json"
    path.write_text(json.dumps({"schema": 1, "name": name, "sides": sides, "roles": own}))
    os.utime(path, ns=(0, len(name)))
    return sorted({slots[0][0].format(side=side) for slots in own.values() for side in ("links", "rechts")})


def test_own_maps_are_found_and_edits_count(tmp_path: Path) -> None:
    bones = _own_map(tmp_path, "Mine")
    with pytest.raises(errors.MapError):
        recognition.recognise(bones)
    assert recognition.recognise(bones, str(tmp_path)).name == "Mine"
    _own_map(tmp_path, "Renamed")
    assert recognition.recognise(bones, str(tmp_path)).name == "Renamed"


def test_a_folder_that_is_gone_is_named(tmp_path: Path) -> None:
    with pytest.raises(errors.MapError, match="gone"):
        recognition.recognise(["a"], str(tmp_path / "gone"))
