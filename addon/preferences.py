"""Where the runtime's Python is, as the user says; and the folder of the add-on's own files."""

# No `from __future__ import annotations`: Blender reads the properties from the annotations themselves.
import tempfile
from pathlib import Path

import bpy

from .errors import RuntimeMissingError
from .runtime import find_runtime
from .runtime_setup import made_runtime

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
        self.layout.prop(self, "runtime_python")
        try:
            self.layout.label(text=f"In use: {runtime_python()}", icon="CHECKMARK")
        except RuntimeMissingError as error:
            self.layout.label(text=str(error), icon="ERROR")
        self.layout.operator("pose_from_video.set_up_runtime", icon="IMPORT")
        self.layout.prop(self, "rig_maps")


def runtime_python() -> Path:
    """The interpreter to run the inference with: what is set, else the runtime that the add-on made for itself.

    Raises:
        RuntimeMissingError: there is none.
    """
    named = _path_preference("runtime_python")
    made = made_runtime(runtime_folder())
    return find_runtime(preference=named or (str(made) if made else None))


def rig_maps_preference() -> str | None:
    """The folder of the user's own rig maps, or None where there is none."""
    folder = own_maps_folder()
    return _path_preference("rig_maps") or (str(folder) if folder.is_dir() else None)


def own_maps_folder() -> Path:
    """Folder to write maps of the user's own to: what is set, else one beside the runtime."""
    named = _path_preference("rig_maps")
    return Path(named) if named else _own_folder() / "rig_maps"


def _path_preference(name: str) -> str | None:
    addon = bpy.context.preferences.addons.get(ROOT_PACKAGE)
    path = getattr(addon.preferences, name) if addon is not None and addon.preferences is not None else ""
    return bpy.path.abspath(path) if path else None


def jobs_folder() -> Path:
    """Folder for requests, results and logs."""
    return _own_folder() / "jobs"


def runtime_folder() -> Path:
    """Folder of the runtime environment that the add-on makes when asked to."""
    return _own_folder() / "runtime"


def _own_folder() -> Path:
    """The extension's own user folder, never beside the sources: an update would remove it."""
    if ROOT_PACKAGE.startswith("bl_ext."):
        return Path(bpy.utils.extension_path_user(ROOT_PACKAGE))
    return Path(bpy.app.tempdir or tempfile.gettempdir()) / "pose_from_video"
