"""Stills, contact sheets and preview films come out of every Blender, with the character in the picture."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from blender_host import each_host, run_in_blender
from headless_support import walking_joints, write_film, write_result

pytestmark = pytest.mark.bpy
FPS = 25.0

RENDER = """
import sys
from pathlib import Path
import headless_rig
from pose_from_video.addon.headless import options, preview, produce, progress, scene, stills

runtime, folder = (Path(word) for word in sys.argv[-2:])
result, film, told = folder / "walk.npz", folder / "film.mp4", progress.Progress()
scene.empty_scene()
headless_rig.build()
headless_rig.save(folder / "figure.blend")
clip = produce.produce(result, folder / "figure.blend", folder / "out.fbx", options.ClipSettings(), told)
stills.contact_sheet(clip.character, result, film, folder / "sheet.png", runtime, told)
files = [(f"number {number}", folder / "out.fbx") for number in range(4)]
preview.render_preview(files, result, film, folder / "preview.mp4", runtime, told, fps=5.0, size_px=(241, 160))
"""


@pytest.fixture
def material(tmp_path: Path) -> Path:
    write_result(tmp_path / "walk.npz", walking_joints(30, FPS), FPS)
    write_film(tmp_path / "film.mp4", 30, FPS)
    return tmp_path


def frames_of(path: Path) -> list[np.ndarray]:
    capture = cv2.VideoCapture(str(path))
    frames = []
    while (read := capture.read())[0]:
        frames.append(read[1])
    return frames


@each_host
def test_sheet_and_preview(host: str, material: Path) -> None:
    run_in_blender(host, RENDER, sys.executable, str(material))
    sheet = cv2.imread(str(material / "sheet.png"))
    assert sheet is not None and sheet.shape[1] > 600
    capture = cv2.VideoCapture(str(material / "preview.mp4"))
    fourcc = int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little")
    assert fourcc in (b"avc1", b"h264", b"H264")
    assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(5.0)
    frames = frames_of(material / "preview.mp4")
    assert len(frames) == 6
    height, width, _ = frames[0].shape
    assert (height, width % 2) == (160, 0)
    # On the left the film, whose green says which frame it is; on the right the characters, who move.
    greens = [int(frame[100:130, 4:10, 1].mean()) for frame in frames]
    assert np.all(np.diff(greens) > 20), greens
    right = [frame[:, width - 200 :].astype(int) for frame in frames]
    assert np.abs(right[0] - right[3]).max() > 60
    assert right[0].std() > 8.0
    left = sorted(path.name for path in material.iterdir())
    assert left == ["figure.blend", "film.mp4", "out.fbx", "preview.mp4", "sheet.png", "walk.npz"]
