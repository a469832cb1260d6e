"""What Blender is told about this room, and what it is to forget."""

from __future__ import annotations

from ..room import Room
from . import files, operators, panel, rows

ROOM = Room(
    classes=(*rows.ROWS.classes, *operators.CLASSES, *files.CLASSES, *panel.CLASSES), properties=rows.ROWS.properties
)
