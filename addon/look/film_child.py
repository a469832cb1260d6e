"""The program of the child Blender that makes the side-by-side film.

    blender -b --factory-startup -P film_child.py -- REQUEST.json

Lines `done/total` go to stdout, a sentence on failure to stderr. It leaves when stdin ends: with its parent.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import threading
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
    render = importlib.import_module(f"{PACKAGE}.addon.look.film_render")
    return int(render.render(Path(sys.argv[sys.argv.index("--") + 1])))


def _leave_with_the_parent() -> None:
    while os.read(0, 1024):
        pass
    os._exit(3)


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # a bpy wheel may hang at exit
