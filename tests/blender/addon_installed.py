"""Inside Blender, without the checkout: install the zip, enable it, use it, disable it, twice over."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import bpy

ID = "bl_ext.user_default.pose_from_video"


def check_enabled() -> None:
    assert hasattr(bpy.types.Scene, "pose_from_video"), "the settings are not on the scene"
    scene = bpy.data.scenes[0]
    scene.pose_from_video.smoothing = 0.25
    assert scene.pose_from_video.smoothing == 0.25
    operator = bpy.ops.pose_from_video.process.get_rna_type()
    assert operator.name == "Pose from Video"
    assert ID in bpy.context.preferences.addons
    preferences = bpy.context.preferences.addons[ID].preferences
    preferences.runtime_python = "/nowhere/python"
    module = sys.modules[f"{ID}.addon.preferences"]
    try:
        module.runtime_python()
    except Exception as error:
        assert "/nowhere/python" in str(error), error
    else:
        raise AssertionError("a runtime that is not there was found")
    preferences.rig_maps = "/nowhere/maps"
    assert module.rig_maps_preference() == "/nowhere/maps"
    preferences.rig_maps = preferences.runtime_python = ""
    jobs = module.jobs_folder()
    assert Path(os.environ["BLENDER_USER_RESOURCES"]) in jobs.parents, jobs


def check_disabled() -> None:
    assert not hasattr(bpy.types.Scene, "pose_from_video"), "the settings stayed on the scene"
    assert not hasattr(bpy.types, "POSE_FROM_VIDEO_OT_process"), "an operator stayed"
    assert not hasattr(bpy.types, "POSE_FROM_VIDEO_PT_main"), "a panel stayed"


def main() -> None:
    import addon_utils  # at hand only once bpy is imported

    addon_utils.enable("bl_pkg", default_set=True)
    package = sys.argv[sys.argv.index("--") + 1]
    result = bpy.ops.extensions.package_install_files(
        filepath=package, repo="user_default", enable_on_install=True, overwrite=True
    )
    assert result == {"FINISHED"}, result
    check_enabled()
    for _ in range(2):
        bpy.ops.preferences.addon_disable(module=ID)
        check_disabled()
        bpy.ops.preferences.addon_enable(module=ID)
        check_enabled()
    try:
        bpy.ops.pose_from_video.process()
    except RuntimeError as error:
        assert "No armature is chosen" in str(error), error
    else:
        raise AssertionError("the operator ran without an armature")
    bpy.ops.preferences.addon_disable(module=ID)
    check_disabled()
    print("installed and used", bpy.app.version_string)


try:
    main()
    status = 0
except BaseException:
    traceback.print_exc()
    status = 1
sys.stdout.flush()
sys.stderr.flush()
os._exit(status)
