"""The panel's button in a real Blender window, under a virtual display."""

from __future__ import annotations

from pathlib import Path

import pytest
from blender_window import needs_window, play
from fake_python import fake_python
from standing import write_standing


@pytest.mark.bpy
@pytest.mark.slow
def test_the_button_in_a_window(tmp_path: Path) -> None:
    needs_window()
    python = fake_python(tmp_path)
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
