"""Text in lines: Blender breaks none by itself."""

from __future__ import annotations

import bpy

SIDEBAR_WIDTH = 36
"""Characters that fit into a line of a sidebar of the usual width."""


def paragraph(layout: bpy.types.UILayout, text: str, icon: str, width: int = SIDEBAR_WIDTH) -> None:
    """Text on as many lines as it needs."""
    column = layout.column(align=True)
    line = ""
    for word in text.split():
        if line and len(line) + len(word) >= width:
            column.label(text=line, icon=icon)
            line, icon = "", "BLANK1"
        line = f"{line} {word}".strip()
    column.label(text=line, icon=icon)
