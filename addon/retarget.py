"""Use case: put a pose sequence on an armature in the scene."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import bpy
import numpy as np

from ..rigs.calibration import calibrated
from ..rigs.maps import RigMap, Role, detect
from ..rigs.rest import RigRest
from ..rigs.retarget import RetargetSettings, retarget
from ..rigs.sequence import PoseSequence
from ..rigs.solve.character import read_character
from .armature import check_armature, read_rest
from .keying import BoneMotion, KeySettings, key_armature
from .rates import frame_rate
from .soles import foot_outlines, sole_height
from .timing import resampling


def retarget_to_armature(
    obj: bpy.types.Object,
    sequence: PoseSequence,
    settings: RetargetSettings,
    rig_map: RigMap | None = None,
    frame_start: int = 1,
    scene: bpy.types.Scene | None = None,
    action_name: str | None = None,
    keys: KeySettings | None = None,
) -> bpy.types.Action:
    """Key the sequence onto an armature, at its true times, as a new action that plays.

    Selection, mode, current frame and every other action stay as they are; on an error so does everything else.

    Args:
        obj: the armature object, whatever its transform.
        sequence: the performer's joints.
        settings: how to retarget; a sole height that is not set is taken from the character's mesh.
        rig_map: which bone is what; None finds it by the bones' names, or by the rig's shape.
        frame_start: scene frame of the first video frame.
        scene: gives the frame rate; None means the present scene.
        action_name: None means the armature's name with `pose`.
        keys: what kind of keys; None means one on each frame, in the active action.

    Returns:
        The new action.

    Raises:
        AddonError: the object cannot be read or keyed.
        rigs.errors.RigError: the rig is unknown (the message lists missing bones) or unfit.
    """
    scene = scene or bpy.context.scene or bpy.data.scenes[0]
    motion = bone_motion(obj, sequence, settings, rig_map, frame_start, frame_rate(scene))
    return key_armature(
        obj,
        motion.bone_names,
        motion.rotations,
        motion.locations,
        motion.frames,
        action_name or f"{obj.name} pose",
        motion.switches,
        keys,
    )


def bone_motion(
    obj: bpy.types.Object,
    sequence: PoseSequence,
    settings: RetargetSettings,
    rig_map: RigMap | None,
    frame_start: int,
    rate: float,
) -> BoneMotion:
    """What the armature's bones do to follow the sequence; arguments and errors as in `retarget_to_armature`.

    Args:
        rate: frames a second of the scene.
    """
    check_armature(obj)
    bpy.context.view_layer.update()  # matrix_world is out of date until then if the object was just moved
    rest = read_rest(obj)
    rig_map = rig_map or detect(rest).rig_map
    rig_map.check_on(rest)
    plan = resampling(sequence.frame_times_s, rate, frame_start)
    result = retarget(sequence, rest, rig_map, with_soles(obj, rest, rig_map, settings))
    locations = {bone: plan.path(path) for bone, path in result.locations.items()}
    return BoneMotion(result.bone_names, plan.rotations(result.rotations), locations, plan.frames, result.switches)


def with_soles(obj: bpy.types.Object, rest: RigRest, rig_map: RigMap, settings: RetargetSettings) -> RetargetSettings:
    """The settings with the shape of the character's feet, as far as they have a mesh, and the height of their soles.

    A sole height that is set stays. Where a calibration moves the feet, their mesh at rest says nothing of the height.
    """
    pairs = ((Role.FOOT_LEFT, Role.TOE_LEFT), (Role.FOOT_RIGHT, Role.TOE_RIGHT))
    feet = [bones for pair in pairs if (bones := rig_map.bones(*pair))]
    height = settings.sole_height
    measured = calibrated(rest, rig_map)
    if height is None and not _moved(rest, measured, feet):
        height = sole_height(obj, feet, read_character(measured, rig_map, None).body[:, 2])
    return replace(settings, sole_height=height, soles=foot_outlines(obj, feet))


def _moved(rest: RigRest, measured: RigRest, feet: Iterable[Sequence[str]]) -> bool:
    bones = [rest.index(name) for foot in feet for name in foot]
    return not np.allclose(rest.rest_matrices[bones], measured.rest_matrices[bones])
