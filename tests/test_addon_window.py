"""The panel's button in a real Blender window, under a virtual display."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from blender_window import SCRIPTS, needs_window, play
from standing import write_standing


@pytest.mark.bpy
@pytest.mark.slow
def test_the_button_in_a_window(tmp_path: Path) -> None:
    needs_window()
    python = tmp_path / "python"
    python.write_text(f"#!{sys.executable}\n{(SCRIPTS / 'fake_child.py').read_text()}")
    python.chmod(0o755)
    (tmp_path / "a film.mp4").write_bytes(b"not looked into")
    extra = {"FAKE_FRAMES": "20", "FAKE_RESULT": str(write_standing(tmp_path / "result.npz"))}
    play(
        "addon_window.py",
        str(tmp_path / "a film.mp4"),
        user=tmp_path / "user",
        runtime=str(python),
        options=("--enable-event-simulate",),
        extra=extra,
    )
