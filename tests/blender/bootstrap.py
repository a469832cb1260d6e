"""Run a script inside Blender with the add-on importable from the checkout: `bootstrap.py -- SCRIPT ARGS...`."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import runpy
import sys
import traceback
from pathlib import Path

import bpy  # noqa: F401  (the wheel must be imported before anything that uses it)

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "pose_from_video"


def load_package() -> None:
    """Make the checkout importable as `pose_from_video`, the way an installed extension is one package."""
    spec = importlib.util.spec_from_file_location(PACKAGE, ROOT / "__init__.py", submodule_search_locations=[str(ROOT)])
    if spec is None or spec.loader is None:
        raise ImportError(f"{ROOT} holds no package")
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)


def main() -> int:
    """Run the script; its exit status becomes ours."""
    start = sys.argv.index("--") + 1
    script = sys.argv[start]
    sys.argv = [script, "--", *sys.argv[start + 1 :]]
    load_package()
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as stop:
        if isinstance(stop.code, str):
            print(stop.code, file=sys.stderr)
            return 1
        return stop.code or 0
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        with contextlib.suppress(Exception):
            sys.modules[PACKAGE].unregister()
    return 0


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # A bpy wheel may hang at exit when a class stayed registered by accident.
    os._exit(status)
