"""Write an animated character as .fbx, .glb, .bvh or .blend, whole or not at all."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import bpy
from mathutils import Matrix

from ..errors import AddonError
from .importer import Character
from .scene import set_aside


def check_target(path: Path) -> None:
    """Make sure that `path` can be written, before the long work begins; makes its folder.

    Raises:
        AddonError: the ending is not a known one, or the folder cannot be made or written.
    """
    if path.is_dir():
        raise AddonError(f"The output {path} is a folder: give the name of a file in it.")
    if path.suffix.lower() not in _WRITERS:
        raise AddonError(f"The output {path.name} must end in {', '.join(_WRITERS)}: choose one of these.")
    probe = set_aside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise AddonError(f"The output {path} cannot be written ({error.strerror}): choose another folder.") from error


def export_character(character: Character, action: bpy.types.Action, path: Path) -> None:
    """Write `character` with `action` to `path`; the scene's rate and range become those of the file.

    Actions other than `action` are dropped from the scene, except for .blend.

    Raises:
        AddonError: the exporter failed or the file cannot be put in place; nothing half-written is left.
    """
    check_target(path)
    aside = set_aside(path)
    try:
        _WRITERS[path.suffix.lower()](character, action, aside)
        aside.replace(path)
    except (OSError, RuntimeError) as error:
        raise AddonError(f"The output {path} could not be written ({str(error).strip()}): check the disk.") from error
    finally:
        aside.unlink(missing_ok=True)


def _select(character: Character) -> None:
    layer = bpy.context.view_layer
    for item in layer.objects:
        item.select_set(False)
    for item in character.objects:
        item.hide_viewport = False
        item.hide_set(False)
        item.hide_select = False
        item.select_set(True)
    layer.objects.active = character.armature


def _keep_only(action: bpy.types.Action) -> None:
    """An engine wants one take: a character's own 76 animations do not belong into the clip."""
    for other in list(bpy.data.actions):
        if other != action:
            bpy.data.actions.remove(other)


def _write_fbx(character: Character, action: bpy.types.Action, path: Path) -> None:
    _keep_only(action)
    _select(character)
    bpy.ops.export_scene.fbx(
        filepath=str(path),
        use_selection=True,
        object_types={"ARMATURE", "MESH", "EMPTY", "OTHER"},
        add_leaf_bones=False,
        use_mesh_modifiers=True,
        mesh_smooth_type="FACE",
        bake_anim=True,
        bake_anim_use_nla_strips=False,
        # Only so is the take named "<armature>|<action>" and its first frame in place.
        bake_anim_use_all_actions=True,
        bake_anim_force_startend_keying=True,
        bake_anim_simplify_factor=0.0,
        path_mode="COPY",
        embed_textures=True,
    )


def _write_glb(character: Character, action: bpy.types.Action, path: Path) -> None:
    _keep_only(action)
    _select(character)
    bpy.ops.export_scene.gltf(
        filepath=str(path),
        export_format="GLB",
        use_selection=True,
        export_animations=True,
        export_animation_mode="ACTIONS",
        export_force_sampling=True,
        export_optimize_animation_size=False,
        export_anim_slide_to_zero=True,
    )


def _write_bvh(character: Character, action: bpy.types.Action, path: Path) -> None:
    """BVH is Y-up by custom, and Blender's exporter writes armature space as it is: turn the rest pose beforehand.

    A pose lives in bone-local axes, so it stays valid when the rest pose as a whole is turned.
    """
    armature = character.armature
    _select(character)
    own_data = armature.data
    _, rotation, scale = armature.matrix_world.decompose()
    armature.data = own_data.copy()
    try:
        armature.data.transform(Matrix.Rotation(-math.pi / 2, 4, "X") @ rotation.to_matrix().to_4x4())
        bpy.context.view_layer.update()
        first, last = (round(frame) for frame in action.frame_range)
        bpy.ops.export_anim.bvh(
            filepath=str(path), global_scale=sum(scale) / 3, frame_start=first, frame_end=last, rotate_mode="NATIVE"
        )
    finally:
        copy, armature.data = armature.data, own_data
        bpy.data.armatures.remove(copy)


def _write_blend(_character: Character, _action: bpy.types.Action, path: Path) -> None:
    bpy.ops.file.pack_all()
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True, compress=True, check_existing=False)


_WRITERS: dict[str, Callable[[Character, bpy.types.Action, Path], None]] = {
    ".fbx": _write_fbx,
    ".glb": _write_glb,
    ".bvh": _write_bvh,
    ".blend": _write_blend,
}

FORMATS = tuple(suffix[1:] for suffix in _WRITERS)
"""The formats that can be written, without their dot."""
