"""Load the user's character into an empty scene: .blend, .fbx, .glb, .gltf and .vrm."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bpy

from ..errors import AddonError, last_line
from ..meshes import meshes_of
from ..readers import CHARACTER_READERS, Reader
from .scene import current_scene, empty_scene


@dataclass(frozen=True, slots=True)
class Character:
    """One armature with what belongs to it.

    Attributes:
        armature: the armature object; its scale and rotation are as in the file, nothing is applied.
        meshes: the mesh objects that it carries or deforms.
        objects: armature, meshes and its other children: what an export has to contain.
    """

    armature: bpy.types.Object
    meshes: tuple[bpy.types.Object, ...]
    objects: tuple[bpy.types.Object, ...]


def add_animated(path: Path) -> Character:
    """Bring an animated character into the scene that is there, with its action playing; for looking and measuring.

    Raises:
        AddonError: the file cannot be read, or brings no armature.
    """
    before = set(bpy.data.objects)
    _read(path)
    armatures = [item for item in bpy.data.objects if item not in before and item.type == "ARMATURE"]
    if not armatures:
        raise AddonError(f"{path.name} has no armature: export the character again.")
    armature = max(armatures, key=lambda item: len(item.data.bones))
    return _with_belongings(armature)


def load_character(path: Path, armature_name: str | None = None) -> Character:
    """Replace the scene by the character in `path`, in its rest pose and without its old animation.

    Args:
        path: a .blend, .fbx, .glb, .gltf or .vrm file.
        armature_name: which armature to take; None takes the only one, or the one with a mesh and the most bones.

    Raises:
        AddonError: no such file, an unknown ending, a file that cannot be read, no armature in it, or two equal ones.
    """
    _reader_of(path)
    empty_scene()
    _read(path)
    armature = _pick_armature(path, armature_name)
    _forget_animation(armature, reset_pose=path.suffix.lower() != ".blend")
    return _with_belongings(armature)


def _reader_of(path: Path) -> Reader:
    if not path.is_file():
        raise AddonError(f"The character {path} does not exist: give the path of a .blend, .fbx, .glb or .vrm file.")
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise AddonError(f"The character {path.name} is no {', '.join(_READERS)} file: export it as one of these.")
    return reader


def _read(path: Path) -> None:
    reader = _reader_of(path)
    try:
        reader(path)
    except Exception as error:  # importers raise whatever their parser meets
        newer = f", or its Blender is newer than this {bpy.app.version_string}" if path.suffix == ".blend" else ""
        raise AddonError(
            f"The character {path.name} cannot be read ({last_line(error)}): the file may be damaged{newer}."
        ) from error


def _read_blend(path: Path) -> None:
    with bpy.data.libraries.load(str(path), link=False) as (source, target):
        target.objects = list(source.objects)
    # Nothing is linked to the scene yet: only what belongs to the chosen armature will be.


_READERS: dict[str, Reader] = {".blend": _read_blend, **CHARACTER_READERS}


def _pick_armature(path: Path, name: str | None) -> bpy.types.Object:
    armatures = [item for item in bpy.data.objects if item.type == "ARMATURE"]
    if not armatures:
        raise AddonError(f"The character {path.name} has no armature: rig it first, then try again.")
    if name is not None:
        for item in armatures:
            if item.name == name:
                return item
        known = ", ".join(item.name for item in armatures)
        raise AddonError(f"The character {path.name} has no armature named {name}: it has {known}.")
    skinned = [item for item in armatures if any(meshes_of(item))] or armatures
    ranked = sorted(skinned, key=lambda item: len(item.data.bones), reverse=True)
    if len(ranked) > 1 and len(ranked[0].data.bones) == len(ranked[1].data.bones):
        known = ", ".join(item.name for item in ranked)
        raise AddonError(f"The character {path.name} has several armatures ({known}): name one with --armature.")
    return ranked[0]


def _parents(item: bpy.types.Object) -> list[bpy.types.Object]:
    found = []
    while item.parent is not None:
        item = item.parent
        found.append(item)
    return found


def _with_belongings(armature: bpy.types.Object) -> Character:
    meshes = tuple(meshes_of(armature))
    kept = {armature, *meshes, *armature.children_recursive}
    collection = current_scene().collection
    for item in kept | set(_parents(armature)):
        if item.name not in collection.all_objects:
            collection.objects.link(item)
    bpy.context.view_layer.update()
    return Character(armature, meshes, tuple(sorted(kept, key=lambda item: item.name)))


def _forget_animation(armature: bpy.types.Object, *, reset_pose: bool) -> None:
    """Let go of the file's own animation, which would otherwise move the bones that are not mapped."""
    data = armature.animation_data
    if data is not None:
        data.action = None
        for track in data.nla_tracks:
            track.mute = True
    if reset_pose:  # importers leave the pose of the last animation's first frame; a .blend's pose is the user's wish
        for bone in armature.pose.bones:
            bone.matrix_basis.identity()
