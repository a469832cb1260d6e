"""Write an animated character as .fbx, .glb, .bvh or .blend, whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import bpy

from ..compat import true_gltf_times
from ..errors import AddonError
from ..export.staging import y_up_rest
from .importer import Character
from .scene import current_scene, set_aside


def check_target(path: Path) -> None:
    """Make sure that `path` can be written, before the long work begins; makes its folder.

    Raises:
        AddonError: the ending is not a known one, or the folder cannot be made or written.
    """
    check_place(path, tuple(_WRITERS))


def check_place(path: Path, endings: tuple[str, ...]) -> None:
    """The same for a file with one of `endings`."""
    if path.is_dir():
        raise AddonError(f"The output {path} is a folder: give the name of a file in it.")
    if path.suffix.lower() not in endings:
        raise AddonError(f"The output {path.name} must end in {' or '.join(endings)}: change its name.")
    probe = set_aside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise AddonError(f"The output {path} cannot be written ({error.strerror}): choose another folder.") from error


def check_not_itself(source: Path, target: Path) -> None:
    """Refuse to write a motion file over itself.

    Raises:
        AddonError: both are one file.
    """
    if target.exists() and source.exists() and target.samefile(source):
        raise AddonError(f"The output {target} is the motion that is read: give another name or folder.")


def export_character(character: Character, action: bpy.types.Action, path: Path) -> None:
    """Write `character` with `action` to `path`; the scene's rate and range become those of the file.

    Actions other than `action` are dropped from the scene, except for .blend.

    Raises:
        AddonError: the exporter failed or the file cannot be put in place; nothing half-written is left.
    """
    check_target(path)
    # A folder aside, and the true name in it: FBX writes its own name into the file.
    folder = set_aside(path).with_suffix("")
    try:
        folder.mkdir()
        _WRITERS[path.suffix.lower()](character, action, folder / path.name)
        (folder / path.name).replace(path)
    except (OSError, RuntimeError) as error:
        raise AddonError(f"The output {path} could not be written ({str(error).strip()}): check the disk.") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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


def _bare_textures(character: Character) -> None:
    """Plug each base colour's picture straight in: FBX knows no mixing, and would lose a picture behind it."""
    materials = {slot.material for mesh in character.meshes for slot in mesh.material_slots if slot.material}
    for material in materials:
        nodes = material.node_tree.nodes if material.node_tree else ()
        for shader in [node for node in nodes if node.type == "BSDF_PRINCIPLED"]:
            socket = shader.inputs["Base Color"]
            picture = _picture_behind(socket, depth=6)
            if picture is not None:
                material.node_tree.links.new(picture.outputs["Color"], socket)


def _picture_behind(socket: bpy.types.NodeSocket, depth: int) -> bpy.types.Node | None:
    """The first picture that feeds `socket`, through at most `depth` nodes."""
    for link in socket.links if depth else ():
        if link.from_node.type == "TEX_IMAGE":
            return link.from_node
        for earlier in link.from_node.inputs:
            found = _picture_behind(earlier, depth - 1)
            if found is not None:
                return found
    return None


def _write_fbx(character: Character, action: bpy.types.Action, path: Path) -> None:
    _keep_only(action)
    _bare_textures(character)
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
    with true_gltf_times(current_scene()):
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
    armature = character.armature
    _select(character)
    first, last = (round(frame) for frame in action.frame_range)
    scale = sum(armature.matrix_world.to_scale()) / 3
    with y_up_rest(armature):
        bpy.ops.export_anim.bvh(
            filepath=str(path), global_scale=scale, frame_start=first, frame_end=last, rotate_mode="NATIVE"
        )


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
