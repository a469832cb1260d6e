"""Key a take anew from a result, in its own action."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import bpy

from ...rigs.repair.repair import repaired
from ...rigs.sequence import PoseSequence, load_result
from ...rigs.smoothing.adaptive import smooth_sequence
from ..compat import channels_of
from ..keying import key_again
from ..look.take import note_take
from ..mapping.found import found_rig
from ..retarget import bone_motion
from ..settings import pose_settings
from .notes import needed_action, note_keyed, written
from .recipe import Recipe
from .store import touch


def rekey(obj: bpy.types.Object, recipe: Recipe, result: Path) -> bpy.types.Action:
    """Replace the keys of what plays on the armature by those that a recipe gives.

    Args:
        obj: the armature.
        recipe: what the keys are made from.
        result: what the inference made of it.

    Returns:
        The action, the same as before.

    Raises:
        AddonError, RigError: nothing plays that could be made anew, or the result is gone; nothing has changed.
    """
    action, take = needed_action(obj)
    rig_map = found_rig(obj).rig_map
    choices = recipe.namespace()
    settings = pose_settings(choices, rig_map)
    sequence = smooth_sequence(_joints(result), choices.smoothing)
    motion = bone_motion(obj, sequence, settings, rig_map, round(take.frame_start), take.rate)
    curves = key_again(obj, action, motion, round(choices.reduce_deg, 3) or None, written(action))
    note_keyed(action, recipe, channels_of(obj, action), curves)
    note_take(
        action,
        replace(take, result=result, in_place=settings.root == "in_place", ik_controls=settings.controls == "ik"),
    )
    touch(result)
    return action


def _joints(result: Path) -> PoseSequence:
    """A result's joints without their jumps, remembered: a slider asks again and again."""
    return _read(result, result.stat().st_mtime_ns if result.is_file() else 0)


@lru_cache(maxsize=4)
def _read(result: Path, _changed_ns: int) -> PoseSequence:
    return repaired(load_result(result))
