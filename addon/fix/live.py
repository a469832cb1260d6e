"""Choices that change the keys that are there, while they are changed; and keys that follow undo and redo."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import bpy

from ..chosen import chosen_armature
from ..settings import PoseFromVideoSettings, listeners, settings_of
from .notes import POSE_CHOICES, change, is_edited_by_hand, is_out_of_date, needed_action, noted_action
from .settings import fix_of
from .updates import UPDATES


def attach() -> None:
    """Listen."""
    listeners.append(_choice_changed)
    for handlers in (bpy.app.handlers.undo_post, bpy.app.handlers.redo_post):
        handlers.append(_stepped)


def detach() -> None:
    """Stop to listen."""
    if _choice_changed in listeners:
        listeners.remove(_choice_changed)
    for handlers in (bpy.app.handlers.undo_post, bpy.app.handlers.redo_post):
        if _stepped in handlers:
            handlers.remove(_stepped)


def _choice_changed(settings: PoseFromVideoSettings, name: str, context: bpy.types.Context) -> None:
    """Let what plays on the chosen character follow a choice, if it is the panel's own film and nobody touched it."""
    # Blender calls this from its own code: in the background nobody watches, and the next key press asks again.
    if bpy.app.background or name not in POSE_CHOICES:
        return
    scene = context.scene
    if scene is None or settings != settings_of(scene) or not fix_of(scene).live:
        return
    obj = chosen_armature(context)
    action = noted_action(obj)
    if obj is None or action is None or is_edited_by_hand(obj, action):
        return
    _, take = needed_action(obj)
    if take.video != Path(bpy.path.abspath(settings.video)):
        return
    value = getattr(settings, name)
    if change(action, lambda recipe: replace(recipe, choices={**recipe.choices, name: value})):
        UPDATES.ask(obj)


@bpy.app.handlers.persistent
def _stepped(*_: object) -> None:
    """After undo or redo the keys may be those of another moment than the corrections."""
    obj = chosen_armature(bpy.context)
    action = noted_action(obj)
    if obj is not None and action is not None and is_out_of_date(action):
        UPDATES.ask(obj)
