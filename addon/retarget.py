"""Use case: put a pose sequence on an armature in the scene."""

from __future__ import annotations

from dataclasses import fields, replace

import bpy

from ..rigs.maps import RigMap, find_map
from ..rigs.retarget import RetargetSettings, retarget
from ..rigs.roles import Role, sided
from ..rigs.sequence import PoseSequence
from .armature import check_armature, read_rest, sole_height
from .errors import AddonError
from .keying import key_armature
from .timing import resampling


def scene_rate(scene: bpy.types.Scene) -> float:
    """Frames a second at which the scene plays."""
    return float(scene.render.fps / scene.render.fps_base)


def retarget_to_armature(
    obj: bpy.types.Object,
    sequence: PoseSequence,
    settings: RetargetSettings,
    rig_map: RigMap | None = None,
    frame_start: int = 1,
    scene: bpy.types.Scene | None = None,
    action_name: str | None = None,
) -> bpy.types.Action:
    """Key the sequence onto an armature, at its true times, as a new action that becomes the active one.

    Selection, mode, current frame and every other action stay as they are; on an error so does everything else.

    Args:
        obj: the armature object, whatever its transform.
        sequence: the performer's joints.
        settings: how to retarget; a sole height that is not set is taken from the character's mesh.
        rig_map: which bone is what; None finds it by the bones' names.
        frame_start: scene frame of the first video frame.
        scene: gives the frame rate; None means the present scene.
        action_name: None means the armature's name with `pose`.

    Returns:
        The new action.

    Raises:
        AddonError: the object cannot be read or keyed.
        rigs.errors.RigError: the rig is unknown (the message lists missing bones) or unfit.
    """
    check_armature(obj)
    scene = scene or bpy.context.scene or bpy.data.scenes[0]
    bpy.context.view_layer.update()  # matrix_world is out of date until then if the object was just moved
    rest = read_rest(obj)
    rig_map = rig_map or find_map(rest.bone_names)
    plan = resampling(sequence.frame_times_s, scene_rate(scene), frame_start)
    result = retarget(sequence, rest, rig_map, with_sole_height(obj, rig_map, settings))
    path = None if result.root_translation is None else plan.path(result.root_translation)
    return key_armature(
        obj,
        result.bone_names,
        plan.rotations(result.rotations),
        result.root_bone,
        path,
        plan.frames,
        action_name or f"{obj.name} pose",
    )


def with_sole_height(obj: bpy.types.Object, rig_map: RigMap, settings: RetargetSettings) -> RetargetSettings:
    """The settings with the character's own sole height, unless it is set or the character has no mesh."""
    if "sole_height_m" not in {field.name for field in fields(settings)} or settings.sole_height_m is not None:
        return settings
    feet = []
    for side in ("left", "right"):
        bones = [*rig_map.roles.get(sided("foot", side), ()), *rig_map.roles.get(sided("toe", side), ())]
        if bones:
            feet.append(bones)
    height = sole_height(obj, feet)
    return settings if height is None else replace(settings, sole_height_m=height)


__all__ = ["AddonError", "Role", "retarget_to_armature", "scene_rate", "with_sole_height"]
