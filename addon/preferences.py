"""Where the runtime's Python is, as the user says; and the folder of the add-on's own files."""

# No `from __future__ import annotations`: Blender reads the properties from the annotations themselves.
import tempfile
from pathlib import Path

import bpy

ROOT_PACKAGE = __package__.rpartition(".")[0]
"""The extension's package: `bl_ext.<repository>.pose_from_video` once installed."""


class PoseFromVideoPreferences(bpy.types.AddonPreferences):
    """Preferences of the extension."""

    bl_idname = ROOT_PACKAGE

    runtime_python: bpy.props.StringProperty(
        name="Runtime Python",
        description="Python of the environment that reads the video, or that environment's folder",
        subtype="FILE_PATH",
    )

    rig_maps: bpy.props.StringProperty(
        name="Rig Maps",
        description="Folder of your own map files (.json), for rigs that are not recognised",
        subtype="DIR_PATH",
    )

    def draw(self, _context: bpy.types.Context) -> None:
        """Show the path and whether it leads to a runtime."""
        from .errors import RuntimeMissingError
        from .runtime import find_runtime

        self.layout.prop(self, "runtime_python")
        try:
            self.layout.label(text=f"In use: {find_runtime(preference=runtime_preference())}", icon="CHECKMARK")
        except RuntimeMissingError as error:
            self.layout.label(text=str(error), icon="ERROR")
        self.layout.prop(self, "rig_maps")


def runtime_preference() -> str | None:
    """The interpreter named in the preferences; None when there is none, or no preferences (run from a checkout)."""
    return _path_preference("runtime_python")


def rig_maps_preference() -> str | None:
    """The folder of the user's own rig maps, or None."""
    return _path_preference("rig_maps")


def _path_preference(name: str) -> str | None:
    addon = bpy.context.preferences.addons.get(ROOT_PACKAGE)
    path = getattr(addon.preferences, name) if addon is not None and addon.preferences is not None else ""
    return bpy.path.abspath(path) if path else None


def jobs_folder() -> Path:
    """Folder for requests, results and logs: the extension's own user folder, never beside the sources."""
    if ROOT_PACKAGE.startswith("bl_ext."):
        return Path(bpy.utils.extension_path_user(ROOT_PACKAGE, path="jobs", create=True))
    return Path(bpy.app.tempdir or tempfile.gettempdir()) / "pose_from_video_jobs"
