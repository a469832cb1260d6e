"""Which character is meant."""

from __future__ import annotations

import bpy

from .settings import settings_of


def chosen_armature(context: bpy.types.Context) -> bpy.types.Object | None:
    """The armature of the panel, else the active one, else the one that moves the active mesh."""
    chosen = settings_of(context.scene).armature
    if chosen is not None:
        return chosen
    active = context.view_layer.objects.active
    if active is not None and active.type == "MESH":
        return active.find_armature()
    return active if active is not None and active.type == "ARMATURE" else None
