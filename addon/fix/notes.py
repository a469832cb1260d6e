"""What a take is made from, kept with its action: saved, undone and copied with it."""

# No `from __future__ import annotations`: Blender reads the properties from the annotations themselves.
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy

from ..compat import Channels, channels_of
from ..errors import FixError
from ..fcurves import key_points
from ..look.take import Take, needed_take, read_take, take_of
from ..preferences import results_folder
from .edits import Edits
from .recipe import Recipe, read_recipe
from .store import keep

PROPERTY = "pose_from_video_fix"
"""Name under which the notes hang on each action."""
POSE_CHOICES = (
    "ik",
    "fingers",
    "root",
    "root_on",
    "heading",
    "left_foot",
    "right_foot",
    "controls",
    "smoothing",
    "reduce_deg",
)
"""Choices that change how a result is put on a character, without a look at the film."""
_FILES = ("video", "output", "keypoints", "edits", "frame_start", "frame_end", "redo", "region", "person")
"""What of a request names files and frames, and is no property of the performer or the network."""


class PoseFromVideoFix(bpy.types.PropertyGroup):
    """Notes of an action that came from a film."""

    wanted: bpy.props.StringProperty(name="Wanted", description="What the action is to be made from")
    keyed: bpy.props.StringProperty(name="Keyed", description="What its keys were made from")
    written: bpy.props.StringProperty(name="Written", description="Which curves were keyed, and how they were then")


Curves = tuple[tuple[str, int], ...]
"""Data path and index of F-curves."""


def note_recipe(
    obj: bpy.types.Object, action: bpy.types.Action, result: Path, request: Mapping[str, Any], choices: object
) -> Path:
    """Note what an action was made from, after it was keyed.

    Args:
        obj: the armature that it moves.
        action: has just been made.
        result: the result file.
        request: what the inference was asked for.
        choices: has the attributes named in `POSE_CHOICES`.

    Returns:
        Where the result stays when its job is gone.
    """
    base = keep(result, results_folder())
    asked = {key: value for key, value in request.items() if key not in _FILES and value is not None}
    recipe = Recipe(base, asked, Edits(), _chosen(choices))
    channels = channels_of(obj, action)
    note_keyed(action, recipe, channels, [(curve.data_path, curve.array_index) for curve in channels.bag.fcurves])
    getattr(action, PROPERTY).wanted = recipe.text()
    return base


def note_keyed(action: bpy.types.Action, recipe: Recipe, channels: Channels, curves: Iterable[tuple[str, int]]) -> None:
    """Note that the keys of these curves were just made from this recipe."""
    notes, written = getattr(action, PROPERTY), tuple(curves)
    notes.keyed = recipe.text()
    notes.written = json.dumps({"curves": written, "digest": _digest(channels, written)})


def change(action: bpy.types.Action, how: Callable[[Recipe], Recipe]) -> bool:
    """Change what an action is to be made from; False where that changes nothing.

    Raises:
        FixError: the action has no notes.
    """
    notes = getattr(action, PROPERTY)
    text = how(wanted(action)).text()
    if text == notes.wanted:
        return False
    notes.wanted = text
    return True


def take_choices(action: bpy.types.Action, choices: object) -> bool:
    """Let an action be made with these choices, see `note_recipe`; errors as `change`."""
    return change(action, lambda recipe: replace(recipe, choices=_chosen(choices)))


def change_edits(action: bpy.types.Action, how: Callable[[Edits], Edits]) -> bool:
    """The same for what was corrected."""
    return change(action, lambda recipe: replace(recipe, edits=how(recipe.edits)))


def wanted(action: bpy.types.Action) -> Recipe:
    """What an action is to be made from.

    Raises:
        FixError: it has no notes.
    """
    text = getattr(action, PROPERTY).wanted
    if not text:
        raise FixError(f"Action '{action.name}' does not know how it was made; process the video again.")
    return read_recipe(text)


def has_notes(action: bpy.types.Action | None) -> bool:
    """Whether an action knows what it was made from."""
    return action is not None and bool(getattr(action, PROPERTY).wanted)


def is_out_of_date(action: bpy.types.Action) -> bool:
    """Its keys are not those that it is to have."""
    notes = getattr(action, PROPERTY)
    return bool(notes.wanted) and notes.wanted != notes.keyed


def written(action: bpy.types.Action) -> Curves:
    """The curves that were keyed."""
    text = getattr(action, PROPERTY).written
    return tuple((str(path), int(index)) for path, index in json.loads(text)["curves"]) if text else ()


def is_edited_by_hand(obj: bpy.types.Object, action: bpy.types.Action) -> bool:
    """Somebody has changed the keys since they were made."""
    text = getattr(action, PROPERTY).written
    if not text:
        return False
    values = json.loads(text)
    return bool(values["digest"] != _digest(channels_of(obj, action), values["curves"]))


def noted_action(obj: bpy.types.Object | None) -> bpy.types.Action | None:
    """The action that plays on an armature if it knows what it was made from."""
    take = take_of(obj)
    action = bpy.data.actions.get((take.action, None)) if take is not None else None
    return action if has_notes(action) else None


def needed_action(obj: bpy.types.Object | None) -> tuple[bpy.types.Action, Take]:
    """The same for work that needs one, with where it came from, in the action's own frames.

    Raises:
        LookError, FixError: nothing plays that came from a film, or it was made by an older version.
    """
    take = needed_take(obj)
    action = noted_action(obj)
    own = read_take(action) if action is not None else None
    if action is None or own is None:
        raise FixError(f"Action '{take.action}' does not know how it was made; process the video again.")
    return action, own


def _chosen(choices: object) -> dict[str, Any]:
    return {name: getattr(choices, name) for name in POSE_CHOICES}


def _digest(channels: Channels, curves: Iterable[tuple[str, int]]) -> str:
    """Text that changes when a key of the curves is moved, set or removed."""
    digest = hashlib.sha256()
    for path, index in curves:
        curve = channels.fcurve(path, index)
        if curve is not None:
            digest.update(key_points(curve).tobytes())
        digest.update(b"|")
    return digest.hexdigest()[:24]


CLASSES = (PoseFromVideoFix,)
