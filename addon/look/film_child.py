"""In a Blender of its own, without a window: render the film beside the character. Run by `film_job`.

    blender -b --factory-startup -P film_child.py -- REQUEST.json

Lines `done/total` go to stdout, a sentence on failure to stderr. It leaves when stdin ends: with the Blender that asked.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import threading
import traceback
from pathlib import Path

import bpy  # noqa: F401  (the wheel must be imported before anything that uses it)

PACKAGE = "pose_from_video"


def main() -> int:
    """Do what the request says; returns the exit status."""
    root = Path(__file__).resolve().parents[2]
    spec = importlib.util.spec_from_file_location(PACKAGE, root / "__init__.py", submodule_search_locations=[str(root)])
    if spec is None or spec.loader is None:
        raise ImportError(f"{root} holds no package")
    sys.modules[PACKAGE] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[PACKAGE])
    threading.Thread(target=_leave_with_the_parent, daemon=True).start()
    request = json.loads(Path(sys.argv[sys.argv.index("--") + 1]).read_text(encoding="utf-8"))
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as said:
        return _render(request, said)


def _render(request: dict[str, object], said: object) -> int:
    from pose_from_video.addon.errors import AddonError
    from pose_from_video.addon.headless.preview import render_preview
    from pose_from_video.addon.headless.progress import Progress
    from pose_from_video.addon.headless.scene import quiet

    class Lines(Progress):
        """One line a frame for the Blender that waits."""

        def update(self, stage: str, current: int = 0, total: int = 0, rate: float = 0.0) -> None:
            print(f"{current}/{total}", file=said, flush=True)  # type: ignore[call-overload]

    try:
        with quiet():
            render_preview(
                [(label, Path(path)) for label, path in request["characters"]],
                Path(request["result"]),
                Path(request["video"]) if request["video"] else None,
                Path(request["output"]),
                Path(request["runtime"]),
                Lines(),
                fps=request["fps"],
                size_px=tuple(request["size_px"]),
                first_frame=request["first_frame"],
            )
    except AddonError as error:
        print(error, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _leave_with_the_parent() -> None:
    while os.read(0, 1024):
        pass
    os._exit(3)


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # a bpy wheel may hang at exit
