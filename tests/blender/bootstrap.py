"""Run a script inside Blender with the add-on importable from the checkout: `bootstrap.py -- SCRIPT ARGS...`."""

from __future__ import annotations

import contextlib
import os
import runpy
import sys
import traceback
from pathlib import Path

import bpy  # noqa: F401  (the wheel must be imported before anything that uses it)

sys.path.insert(0, str(Path(__file__).resolve().parent))
from checkout import PACKAGE, load_package


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
