"""Runs a module as `python -m` does, and ends at once when standard input does: Blender is gone then.

python lifeline.py MODULE ARGUMENTS...
"""

import os
import runpy
import sys
import threading


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os._exit(3)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Its own folder would hide modules of the same names; the working directory stands in, as with -m.
    sys.path[0] = os.getcwd()  # noqa: PTH109  (no pathlib: every import here costs each command)
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
