"""The job list in a real Blender window, under a virtual display."""

from __future__ import annotations

from pathlib import Path

import pytest
from blender_window import needs_window, play
from fake_python import fake_python
from standing import write_standing


@pytest.mark.bpy
@pytest.mark.slow
def test_jobs_in_a_window(tmp_path: Path) -> None:
    needs_window()
    python = fake_python(tmp_path)
    for name in "abcdefghijklmnopqr":
        (tmp_path / f"{name}.mp4").write_text(name)  # not looked into
    extra = {"FAKE_FRAMES": "20", "FAKE_RESULT": str(write_standing(tmp_path / "result.npz")), "TMPDIR": str(tmp_path)}
    errors = play(
        "addon_queue_window.py",
        str(tmp_path),
        user=tmp_path / "user",
        runtime=str(python),
        options=("--enable-event-simulate",),
        extra=extra,
    )
    assert "Traceback" not in errors, errors[-5000:]
