"""Write a character with its clips for one program or another, leaving the scene as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import bpy

from .. import compat
from ..errors import AddonError
from .clips import as_only_strips, at_rate, playing
from .staging import named, on_range, ready, y_up_rest
from .targets import Target
from .textures import bare_base_colours

Clips = Mapping[str, bpy.types.Action]
"""Actions by the names of their takes."""


def write_clips(
    context: bpy.types.Context,
    obj: bpy.types.Object,
    path: Path,
    clips: Clips,
    target: Target,
    fps: float = 0.0,
    others: Iterable[bpy.types.Object] = (),
) -> None:
    """Write a file with a take of each clip, every frame keyed.

    Args:
        context: of the operator.
        obj: the armature.
        path: the file, with the target's ending; replaced only when whole.
        clips: what it is to hold.
        target: who is to read it.
        fps: rate of the file; 0 takes what the target wants, else the scene's.
        others: what goes along besides the armature: its meshes, and what else hangs on it.

    Raises:
        AddonError: the target's files hold one clip only, this Blender lacks the format, or the file cannot be written.
    """
    check_built(target.ending)
    if target.one_clip and len(clips) != 1:
        raise AddonError(f"'{path.name}' can hold one clip and not {len(clips)}; write a file for each.")
    with (
        ready(context, obj, path, () if target.no_mesh else others) as aside,
        at_rate(context.scene, clips, fps or target.fps) as timed,
    ):
        _WRITERS[target.ending](context.scene, obj, aside, timed, target)


def check_built(ending: str) -> None:
    """Refuse a format that this Blender lacks.

    Raises:
        AddonError: it was built without USD.
    """
    if ending == ".usdz" and not bpy.app.build_options.usd:
        raise AddonError("This Blender was built without USD; choose another format.")


def _write_fbx(_scene: bpy.types.Scene, obj: bpy.types.Object, path: Path, clips: Clips, target: Target) -> None:
    # A take made of the active action would be called "Scene" and come back a frame late in the old importer; all
    # actions would bring the user's other takes too. A strip is a take with a name, on its own.
    with as_only_strips(obj, clips), named(obj, _node(obj, target)), bare_base_colours(bpy.context.selected_objects):
        bpy.ops.export_scene.fbx(
            filepath=str(path),
            object_types={"ARMATURE", "MESH", "EMPTY", "OTHER"},
            use_selection=True,
            add_leaf_bones=False,
            bake_anim=True,
            bake_anim_use_all_actions=False,
            bake_anim_use_nla_strips=True,
            bake_anim_simplify_factor=0.0,
            bake_anim_force_startend_keying=True,
            path_mode="COPY",
            embed_textures=True,
            **target.fbx,
        )


def _write_gltf(scene: bpy.types.Scene, obj: bpy.types.Object, path: Path, clips: Clips, _target: Target) -> None:
    with as_only_strips(obj, clips), compat.true_gltf_times(scene):
        bpy.ops.export_scene.gltf(
            filepath=str(path),
            export_format="GLB",
            use_selection=True,
            export_animations=True,
            export_animation_mode="ACTIONS",
            export_force_sampling=True,
            export_optimize_animation_size=False,
            export_anim_slide_to_zero=True,
            export_anim_single_armature=False,
        )


def _write_bvh(_scene: bpy.types.Scene, obj: bpy.types.Object, path: Path, clips: Clips, _target: Target) -> None:
    """Y up, in metres, as the world shows it."""
    (action,) = clips.values()
    with playing(obj, action), y_up_rest(obj):
        first, last = (round(frame) for frame in action.frame_range)
        bpy.ops.export_anim.bvh(
            filepath=str(path),
            global_scale=sum(obj.matrix_world.to_scale()) / 3,
            frame_start=first,
            frame_end=max(first, last),
            rotate_mode="NATIVE",
        )


def _write_usd(scene: bpy.types.Scene, obj: bpy.types.Object, path: Path, clips: Clips, _target: Target) -> None:
    (action,) = clips.values()
    with playing(obj, action), on_range(scene, action):
        bpy.ops.wm.usd_export(
            filepath=str(path),
            selected_objects_only=True,
            export_animation=True,
            export_armatures=True,
            export_lights=False,
            export_cameras=False,
            convert_world_material=False,
        )


def _node(obj: bpy.types.Object, target: Target) -> str:
    deforming = (bone for bone in obj.data.bones if bone.use_deform)
    roots = {([bone, *bone.parent_recursive][-1]).name for bone in deforming}
    return target.node if len(roots) < 2 else target.node_over_roots


_WRITERS: Final[Mapping[str, Callable[[bpy.types.Scene, bpy.types.Object, Path, Clips, Target], None]]] = {
    ".fbx": _write_fbx,
    ".glb": _write_gltf,
    ".bvh": _write_bvh,
    ".usdz": _write_usd,
}
"""By the ending of the file."""
