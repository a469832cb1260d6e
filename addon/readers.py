"""Read a file of any kind into the present scene, with the file's own units and axes; nothing is applied."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import bpy


def read_fbx(path: Path) -> None:
    """FBX, binary or text; gives the scene the file's rate."""
    if has_cpp_fbx() and not is_binary_fbx(path):
        bpy.ops.wm.fbx_import(filepath=str(path))  # the only reader of text FBX, 4.5 and later
        return
    bpy.ops.import_scene.fbx(filepath=str(path))


def has_cpp_fbx() -> bool:
    """Whether this Blender has the newer reader of FBX."""
    return hasattr(bpy.ops.wm, "fbx_import")


def is_binary_fbx(path: Path) -> bool:
    """Whether an FBX file is a binary one."""
    with path.open("rb") as stream:
        return stream.read(18) == b"Kaydara FBX Binary"


def read_gltf(path: Path) -> None:
    """glTF, with its own times at the rate of the scene."""
    # Without this the importer brings a sphere along that stands for every bone.
    bpy.ops.import_scene.gltf(filepath=str(path), disable_bone_shape=True)


def read_vrm(path: Path) -> None:
    """VRM: a binary glTF under another ending, and the importer goes by the ending."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / f"{path.stem}.glb"
        shutil.copyfile(path, copy)
        read_gltf(copy)


def read_bvh(path: Path) -> None:
    """BVH, Y up by custom, with a key on every frame from 1; gives the scene the file's rate."""
    bpy.ops.import_anim.bvh(filepath=str(path), frame_start=1, update_scene_fps=True, axis_forward="-Z", axis_up="Y")


Reader = Callable[[Path], None]

CHARACTER_READERS: dict[str, Reader] = {".fbx": read_fbx, ".glb": read_gltf, ".gltf": read_gltf, ".vrm": read_vrm}
"""By the ending; .blend files, which hold scenes of their own, are not among them."""
