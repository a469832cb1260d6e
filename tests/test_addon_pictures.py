"""Numbered pictures as a film, in each Blender at hand."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from blender_host import each_host, run_in_blender

SCRIPT = Path(__file__).parent / "blender" / "addon_pictures.py"


@pytest.mark.bpy
@each_host
def test_pictures_stand_for_a_film(host: str, tmp_path: Path) -> None:
    for number in range(1001, 1021):
        assert cv2.imwrite(str(tmp_path / f"walk_{number}.png"), np.full((48, 64, 3), number - 1001, np.uint8))
    done = run_in_blender(host, SCRIPT, str(tmp_path))
    assert "passed all" in done.stdout
