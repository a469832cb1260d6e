"""Write the character from the user's own scene, leaving the scene as it was."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import bpy

from .. import compat
from ..errors import AddonError
from .clips import as_only_strips, at_rate, needed_clip, playing
from .staging import named, on_range, ready, y_up_rest
from .targets import DEFAULT, TARGETS, Target

Clips = Mapping[str, bpy.types.Action]


def export_fbx(
    context: bpy.types.Context,
    obj: bpy.types.Object,
    path: Path,
    clips: Clips | None = None,
    target: Target = TARGETS[DEFAULT],
    fps: float = 0.0,
    with_mesh: bool = True,
) -> None:
    """A take of each clip, in place, every frame keyed, no leaf bones.

    Args:
        context: of the operator.
        obj: the armature.
        path: the file; replaced only when whole.
        clips: actions by the names of their takes; None means the one that plays, under its own name.
        target: who is to read it.
        fps: rate of the file; 0 keeps the scene's.
        with_mesh: whether the body goes along.

    Raises:
        AddonError: the armature has no action, or the file cannot be written.
    """
    # A take made of the active action would be called "Scene" and come back a frame late in the old importer; all
    # actions would bring the user's other takes too. A strip is a take with a name, on its own.
    wanted = clips or _playing_clip(obj)
    with (
        ready(context, obj, path, with_mesh) as aside,
        at_rate(context.scene, wanted, fps) as timed,
        as_only_strips(obj, timed),
        named(obj, _node(obj, target)),
    ):
        bpy.ops.export_scene.fbx(
            filepath=str(aside),
            object_types={"ARMATURE", "MESH"} if with_mesh else {"ARMATURE"},
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


def export_gltf(
    context: bpy.types.Context,
    obj: bpy.types.Object,
    path: Path,
    clips: Clips | None = None,
    fps: float = 0.0,
    with_mesh: bool = True,
) -> None:
    """Binary glTF with an animation of each clip, sampled at every frame.

    Args and errors as `export_fbx`.
    """
    wanted = clips or _playing_clip(obj)
    with (
        ready(context, obj, path, with_mesh) as aside,
        at_rate(context.scene, wanted, fps) as timed,
        as_only_strips(obj, timed),
        compat.true_gltf_times(context.scene),
    ):
        bpy.ops.export_scene.gltf(
            filepath=str(aside),
            export_format="GLB",
            use_selection=True,
            export_animations=True,
            export_animation_mode="ACTIONS",
            export_force_sampling=True,
            export_optimize_animation_size=False,
            export_anim_slide_to_zero=True,
            export_anim_single_armature=False,
        )


def export_bvh(
    context: bpy.types.Context, obj: bpy.types.Object, path: Path, clips: Clips | None = None, fps: float = 0.0
) -> None:
    """Motion capture file over the frames of a single clip: Y up, in metres, as the world shows it.

    Args and errors as `export_fbx`.
    """
    wanted = _only_one(clips or _playing_clip(obj), path)
    with ready(context, obj, path, False) as aside, at_rate(context.scene, wanted, fps) as timed:
        (action,) = timed.values()
        with playing(obj, action), y_up_rest(obj):
            first, last = (round(frame) for frame in action.frame_range)
            bpy.ops.export_anim.bvh(
                filepath=str(aside),
                global_scale=sum(obj.matrix_world.to_scale()) / 3,
                frame_start=first,
                frame_end=max(first, last),
                rotate_mode="NATIVE",
            )


def export_usd(
    context: bpy.types.Context,
    obj: bpy.types.Object,
    path: Path,
    clips: Clips | None = None,
    fps: float = 0.0,
    with_mesh: bool = True,
) -> None:
    """USD package with skeleton, mesh and a single clip, on the frames of the scene.

    Args and errors as `export_fbx`; also where this Blender was built without USD.
    """
    check_built(path.suffix)
    wanted = _only_one(clips or _playing_clip(obj), path)
    with ready(context, obj, path, with_mesh) as aside, at_rate(context.scene, wanted, fps) as timed:
        (action,) = timed.values()
        with playing(obj, action), on_range(context.scene, action):
            bpy.ops.wm.usd_export(
                filepath=str(aside),
                selected_objects_only=True,
                export_animation=True,
                export_armatures=True,
                export_lights=False,
                export_cameras=False,
                convert_world_material=False,
            )


def check_built(ending: str) -> None:
    """Refuse a format that this Blender lacks.

    Raises:
        AddonError: it was built without USD.
    """
    if ending == ".usdz" and not bpy.app.build_options.usd:
        raise AddonError("This Blender was built without USD; choose another format.")


def _node(obj: bpy.types.Object, target: Target) -> str:
    deforming = (bone for bone in obj.data.bones if bone.use_deform)
    roots = {([bone, *bone.parent_recursive][-1]).name for bone in deforming}
    return target.node if len(roots) < 2 else target.node_over_roots


def _playing_clip(obj: bpy.types.Object) -> Clips:
    action = needed_clip(obj)
    return {action.name: action}


def _only_one(clips: Clips, path: Path) -> Clips:
    if len(clips) != 1:
        raise AddonError(f"'{path.name}' can hold one clip and not {len(clips)}; write a file for each.")
    return clips
