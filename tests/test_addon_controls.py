"""IK controls of a control rig do what its FK controls do, as Blender evaluates them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from blender_host import each_host, run_in_blender
from rigs_support import build_rig, performer

from rigs.errors import MapError
from rigs.retarget import RetargetSettings, retarget

SCRIPT = Path(__file__).parent / "blender" / "addon_controls.py"


@pytest.mark.bpy
@each_host
def test_ik_controls_put_hands_and_feet_where_fk_does(host: str) -> None:
    data = os.environ.get("POSE_DATA")
    if not data or not (Path(data) / "rigs" / "rigify_human_generated.blend").is_file():
        pytest.skip("POSE_DATA names no folder with rigs/rigify_human_generated.blend")
    done = run_in_blender(host, SCRIPT, data, "40", "14_06", "05_02")
    assert "passed all" in done.stdout


def test_a_rig_without_ik_controls_says_so() -> None:
    rest, rig_map = build_rig()
    with pytest.raises(MapError, match=r"'made up' knows no IK controls.*choose FK"):
        retarget(performer(0, frames=3), rest, rig_map, RetargetSettings(controls="ik"))
    assert retarget(performer(0, frames=3), rest, replace(rig_map, switches={("root", "IK"): 0.0})).switches
