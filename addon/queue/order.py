"""Which characters are meant, and in which order."""

from __future__ import annotations

import re

import bpy

from ..chosen import chosen_armature


def selected_armatures(context: bpy.types.Context) -> list[bpy.types.Object]:
    """The selected armatures, and those that move selected meshes, in the order of their names; else the panel's."""
    moved = [obj.find_armature() if obj.type == "MESH" else obj for obj in context.selected_objects]
    found = {obj.name: obj for obj in moved if obj is not None and obj.type == "ARMATURE"}
    if found:
        return [found[name] for name in sorted(found, key=natural)]
    chosen = chosen_armature(context)
    return [chosen] if chosen is not None else []


def natural(name: str) -> list[tuple[int, str]]:
    """Sorts `take 2` before `take 10`."""
    return [(int(part), "") if part.isdigit() else (-1, part.casefold()) for part in re.split(r"(\d+)", name)]
