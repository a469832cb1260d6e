"""The operators of the runtime in the background: refusals in words, a check that passes, one that fails."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import bpy
import pose_from_video
from blender_scene import refusal
from pose_from_video.addon import preferences
from pose_from_video.addon.setup.folder_lock import FolderLock
from pose_from_video.addon.setup.session import SETUP


def refused(operator: str, *words: str) -> None:
    with refusal(*words):
        getattr(bpy.ops.pose_from_video, operator)()
    assert SETUP.problem
    assert SETUP.setup is None
    assert not SETUP.checking


def main() -> None:
    real, bare, folder = (Path(word) for word in sys.argv[sys.argv.index("--") + 1 :])
    pose_from_video.register()
    preferences.runtime_folder = lambda: folder / "runtime"
    operators = sys.modules["pose_from_video.addon.operators.runtime"]
    operators.runtime_folder = preferences.runtime_folder

    assert not bpy.app.online_access
    refused("set_up_runtime", "may not go online", "Network")
    assert not folder.exists(), "something was made all the same"

    operators.wheels_folder = lambda: folder
    refused("set_up_runtime", "lacks absl-py", "--with-runtime")
    with FolderLock(folder / "setup.lock"):
        refused("set_up_runtime", f"process {os.getpid()}")

    os.environ["POSE_RUNTIME_PYTHON"] = str(folder / "nowhere")
    refused("check_runtime", "There is no Python")
    os.environ["POSE_RUNTIME_PYTHON"] = str(bare)
    refused("check_runtime", "lacks the packages")
    os.environ["POSE_RUNTIME_PYTHON"] = str(real)
    assert bpy.ops.pose_from_video.check_runtime() == {"FINISHED"}
    assert SETUP.check is not None
    assert SETUP.check.passed
    assert SETUP.problem == ""
    assert not bpy.ops.pose_from_video.cancel_setup.poll()
    pose_from_video.unregister()
    print("passed all")


if __name__ == "__main__":
    main()
