"""What Blender is told about this room, and what it is to forget."""

from __future__ import annotations

import bpy

from ..room import Room
from . import operators, panel, rows, run_operators
from .run import RUN

ROOM = Room(
    classes=(*rows.CLASSES, *operators.CLASSES, *run_operators.CLASSES, *panel.CLASSES),
    properties=((bpy.types.Scene, rows.PROPERTY, rows.PoseFromVideoJobs),),
    detach=RUN.stop,
    forget=RUN.stop,  # the list that is worked off goes with its file
)
