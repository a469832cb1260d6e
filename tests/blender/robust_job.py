"""Jobs through the add-on's session, as a program of its own: prints what became of them as a line of JSON."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from checkout import load_package

load_package()
session = importlib.import_module("pose_from_video.addon.session")
errors = importlib.import_module("pose_from_video.addon.errors")


def fill(folder: Path) -> None:
    """Leave no byte on the folder's disk."""
    with (folder / "filler").open("ab", buffering=0) as stream:
        for size in (1 << 16, 1 << 10, 1):
            with contextlib.suppress(OSError):
                while True:
                    stream.write(b"0" * size)


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("--folder", type=Path, required=True)
    words.add_argument("--keypoints", required=True)
    words.add_argument("--jobs", type=int, default=1)
    words.add_argument("--fill", choices=["never", "before", "meanwhile"], default="never")
    chosen = words.parse_args()
    made, said = [], []
    if chosen.fill == "before":
        fill(chosen.folder)
    running, result = session.Session(), None
    for number in range(chosen.jobs):
        try:
            running.start(Path(sys.executable), chosen.folder, {"keypoints": chosen.keypoints, "frame_start": number})
            if chosen.fill == "meanwhile":
                fill(chosen.folder)
            while running.busy:
                result = running.poll(wait_s=0.05)
            made.append(str(result))
        except errors.JobError as error:
            said.append([error.code, str(error)])
    running.close()
    print(json.dumps({"made": made, "said": said, "left": sorted(path.name for path in chosen.folder.rglob("*"))}))


main()
