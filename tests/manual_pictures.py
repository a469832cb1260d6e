"""Take the manual's pictures again: `build.py pictures`. A real Blender is used as a person uses it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
from blender_host import ROOT, environment
from desktop.first_use import STEPS, FirstUse
from desktop.panels import Panels
from desktop.screen import WHOLE, Rect, Screen, opened

MANUAL = ROOT / "docs" / "manual"
QUALITY = 85


def prepare(folder: Path, blender: str) -> Path:
    """Put the zip, the wheels, the film and the character into a folder, as a new user has them.

    Args:
        folder: to be filled.
        blender: program that builds the zip.
    """
    folder.mkdir()
    archive = folder / "pose_from_video.zip"
    build = [blender, "--command", "extension", "build", "--source-dir", str(ROOT), "--output-filepath", str(archive)]
    subprocess.run(build, capture_output=True, timeout=120, check=True)
    (folder / "wheels").symlink_to(ROOT / "out" / "wheels")
    for sample in ("film.mp4", "avatars/woman_mixamo.glb"):
        shutil.copy(ROOT / "samples" / sample, folder)
    return folder


def named_pictures() -> set[str]:
    """Names of the pictures that the documents ask for."""
    pages = [*MANUAL.glob("*.md"), *MANUAL.parent.glob("*.md"), ROOT / "README.md"]
    return {name for page in pages for name in re.findall(r"images/(\w+)\.jpg", page.read_text(encoding="utf-8"))}


def main(blender: str) -> int:
    """Use Blender, keep the pictures that the manual asks for; 1 if it asks for others."""
    wanted, taken = named_pictures(), set()
    place = Path(tempfile.mkdtemp(prefix="pose_"))
    (MANUAL / "images").mkdir(exist_ok=True)

    def keep(screen: Screen, name: str, part: Rect) -> None:
        if name in wanted:
            left, top, width, height = part
            picture = screen.look(mouse=True)[top : top + height, left : left + width]
            file = MANUAL / "images" / f"{name}.jpg"
            cv2.imwrite(str(file), picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
            taken.add(name)

    try:
        folder = prepare(place / "films", blender)
        env = environment(place / "user", {"LIBGL_ALWAYS_SOFTWARE": "1"})
        env.pop("POSE_RUNTIME_PYTHON", None)
        with opened(blender, env, place) as screen:
            person = FirstUse(screen, lambda name: keep(screen, name, WHOLE), folder)
            for step in STEPS[:-1]:  # nothing is undone, there is too much of it after the tour
                if step == "export":
                    Panels(screen, lambda name, part: keep(screen, name, part)).tour()
                getattr(person, step)()
                print(step, flush=True)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    others = {file.stem for file in (MANUAL.parent / "images").iterdir()}
    missing = sorted(wanted - taken - others)
    print(
        f"{len(taken)} pictures in {MANUAL.relative_to(ROOT)}/images" + (f"; not taken: {missing}" if missing else "")
    )
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
