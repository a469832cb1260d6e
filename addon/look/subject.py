"""What is looked at: the chosen character, its take, its film, and where the performer stands."""

from __future__ import annotations

import bpy

from ...rigs.filmed import Filmed
from ..armature import check_armature
from ..chosen import chosen_armature
from ..errors import EXPECTED
from ..mapping.found import found_rig
from .known import filmed_of, is_unplaced, placement_of, remember_placement
from .placement import Placement, find_placement
from .take import Take, needed_take, take_of
from .views import redraw


def looked_at(context: bpy.types.Context, afresh: bool = False) -> tuple[bpy.types.Object, Take, Filmed, Placement]:
    """The chosen character, what plays on it, its film and where the performer stands.

    Args:
        context: of the operator.
        afresh: find the place again, for a character that was moved.

    Raises:
        AddonError, RigError: nothing that came from a film plays, or its result is gone.
    """
    obj = check_armature(chosen_armature(context))
    take = needed_take(obj)
    filmed = filmed_of(take.result)
    placement = None if afresh else placement_of(take)
    if placement is None:
        rig_map = found_rig(obj).rig_map
        placement = find_placement(context, obj, rig_map, take, filmed)
        remember_placement(take, placement)
    return obj, take, filmed, placement


def shown_take(context: bpy.types.Context) -> tuple[Take, Filmed] | None:
    """What plays on the chosen character, for drawing; None where that came from no film, or its result is gone."""
    take = take_of(chosen_armature(context))
    if take is None:
        return None
    try:
        return take, filmed_of(take.result)
    except EXPECTED:
        return None


def place_soon() -> None:
    """Find the place of a new take once the window is idle: drawing may not play the scene."""
    if not bpy.app.timers.is_registered(_place):
        bpy.app.timers.register(_place, first_interval=0.0)


def stop_placing() -> None:
    """Take the timer back."""
    if bpy.app.timers.is_registered(_place):
        bpy.app.timers.unregister(_place)


def _place() -> float | None:
    context = bpy.context
    if any(window.screen.is_animation_playing for window in context.window_manager.windows):
        return 0.5
    take = take_of(chosen_armature(context))
    if take is not None and is_unplaced(take):
        try:
            looked_at(context)
        except EXPECTED:
            remember_placement(take, None)  # the buttons tell why
        redraw(context)
    return None
