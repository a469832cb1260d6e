"""The bone map made by hand, in each Blender at hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from blender_host import each_host, run_in_blender

SCRIPT = Path(__file__).parent / "blender" / "addon_mapping.py"


@pytest.mark.bpy
@each_host
def test_a_map_by_hand_counts_and_is_kept(host: str, tmp_path: Path) -> None:
    done = run_in_blender(host, SCRIPT, str(tmp_path), env={"TMPDIR": str(tmp_path)})
    assert "passed all" in done.stdout
