"""The runtime and the folders, as the user says; and where the add-on's own files are."""

# No `from __future__ import annotations`: Blender reads the properties from the annotations themselves.
import tempfile
from pathlib import Path

import bpy

from .errors import RuntimeMissingError
from .panels.runtime import draw_runtime
from .runtime import find_runtime
from .setup.pins import made_runtime

ROOT_PACKAGE = __package__.rpartition(".")[0]
"""The extension's package: `bl_ext.<repository>.pose_from_video` once installed."""


class PoseFromVideoPreferences(bpy.types.AddonPreferences):
    """Preferences of the extension."""

    bl_idname = ROOT_PACKAGE

    runtime_folder: bpy.props.StringProperty(
        name="Runtime Folder",
        description="Where the runtime is made; empty takes the extension's own user folder",
        subtype="DIR_PATH",
    )

    wheels_folder: bpy.props.StringProperty(
        name="Offline Wheels",
        description="Folder of wheels to make the runtime from without any network: 'build.py package --with-runtime' "
        "makes one",
        subtype="DIR_PATH",
    )

    base_python: bpy.props.StringProperty(
        name="Base Python",
        description="64-bit Python 3.11 to 3.14 to make the runtime with; empty takes Blender's own or one that is "
        "found on this machine",
        subtype="FILE_PATH",
    )

    runtime_python: bpy.props.StringProperty(
        name="Existing Python",
        description="Python of an environment that has the packages already, or that environment's folder; it is used "
        "instead of the runtime made here",
        subtype="FILE_PATH",
    )

    rig_maps: bpy.props.StringProperty(
        name="Rig Maps",
        description="Folder of your own map files (.json), for rigs that are not recognised",
        subtype="DIR_PATH",
    )

    detector_models: bpy.props.StringProperty(
        name="Detector",
        description="Folder of .onnx files of your own that find people and their points, a YOLOX person detector and "
        "an RTMPose or RTMW network; empty: the detector that comes with the runtime. Mind their licences",
        subtype="DIR_PATH",
    )

    def draw(self, _context: bpy.types.Context) -> None:
        """Show the runtime, what it is made from, and the rest."""
        python: Path | str
        try:
            python = runtime_python()
        except RuntimeMissingError as error:
            python = str(error)
        draw_runtime(self.layout, self, python)
        self.layout.prop(self, "rig_maps")
        self.layout.prop(self, "detector_models")


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


def detector_preference() -> str | None:
    """The folder of the user's own detector networks, or None where the usual detector is wanted."""
    return _path_preference("detector_models")


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


def results_folder() -> Path:
    """Folder of the results that actions were made from: they outlast their jobs, so that they can be corrected."""
    return _own_folder() / "results"


def runtime_folder() -> Path:
    """Folder of the runtime environment that the add-on makes when asked to."""
    named = _path_preference("runtime_folder")
    # A folder of its own even there: it is replaced as a whole, and what else lies there is not ours.
    return (Path(named) / "pose_from_video" if named else _own_folder()) / "runtime"


def wheels_folder() -> Path | None:
    """Folder of wheels to make the runtime from; None fetches them."""
    named = _path_preference("wheels_folder")
    return Path(named) if named else None


def base_python() -> Path | None:
    """Python that the user named to make the runtime with; None finds one."""
    named = _path_preference("base_python")
    return Path(named) if named else None


def _own_folder() -> Path:
    """The extension's own user folder, never beside the sources: an update would remove it."""
    if ROOT_PACKAGE.startswith("bl_ext."):
        return Path(bpy.utils.extension_path_user(ROOT_PACKAGE))
    return Path(bpy.app.tempdir or tempfile.gettempdir()) / "pose_from_video"
