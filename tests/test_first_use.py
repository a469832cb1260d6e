"""The first use in a real Blender's window by mouse and keyboard: set up, choose, press, scrub, export, undo."""

from __future__ import annotations

import shutil
import time
import zipfile
from pathlib import Path

import cv2
import pytest
from blender_host import ROOT, environment
from blender_window import needs_window
from desktop.first_use import live_through
from desktop.screen import opened
from manual_pictures import prepare

WHEELS = ROOT / "out" / "wheels"
MINUTES = 3.0


@pytest.mark.bpy
@pytest.mark.slow
def test_a_new_user_gets_keys_and_an_fbx(tmp_path: Path) -> None:
    blender = needs_window()
    if not shutil.which("xdotool") or not shutil.which("ffmpeg"):
        pytest.skip("needs xdotool and ffmpeg")
    if not WHEELS.is_dir():
        pytest.skip("needs the runtime's wheels in out/wheels: build.py package --with-runtime --python 3.11")
    folder = prepare(tmp_path / "files", blender)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    env = environment(tmp_path / "user", {"LIBGL_ALWAYS_SOFTWARE": "1"})
    env.pop("POSE_RUNTIME_PYTHON", None)
    began = time.monotonic()
    with opened(blender, env, tmp_path) as screen:
        before_s = screen.processor_s()
        live_through(screen, lambda name: cv2.imwrite(str(pictures / f"{name}.jpg"), screen.look(mouse=True)), folder)
        worked_s = screen.processor_s() - before_s
    print(f"first use: {worked_s:.0f} s of processor time, {time.monotonic() - began:.0f} s by the clock")
    log = (tmp_path / "blender.log").read_text(errors="replace")
    assert "Traceback" not in log, log[-5000:]
    (written,) = folder.glob("*.fbx")
    assert written.stat().st_size > 100_000
    installed = tmp_path / "user" / "extensions" / "user_default" / "pose_from_video"
    with zipfile.ZipFile(folder / "pose_from_video.zip") as archive:
        brought = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    there = {path.relative_to(installed).as_posix(): path for path in installed.rglob("*") if path.is_file()}
    assert {name for name in there if "__pycache__" not in name} == set(brought)  # nothing is written among its own
    assert [name for name, data in brought.items() if there[name].read_bytes() != data] == []
    assert worked_s < 60.0 * MINUTES  # the clock would tell of whatever else this machine does
