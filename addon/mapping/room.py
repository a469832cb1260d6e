"""What Blender is told about this room, and what it is to forget."""

from __future__ import annotations

from . import files, operators, panel, rows

CLASSES = (*rows.CLASSES, *operators.CLASSES, *files.CLASSES, *panel.CLASSES)

attach, detach = rows.attach, rows.detach
