"""Inside Blender, beside whatever is tried there: answers where areas are, how words look, what a scene holds.

Knows nothing of the add-on and touches nothing: everything is done by mouse and keyboard from outside. A question is a
Python expression in `ask`, its answer JSON in `answer`, both in the folder that is the only word after `--`.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any

import blf
import bpy
import gpu

FOLDER = Path(sys.argv[sys.argv.index("--") + 1])
TICK_S = 0.04


def regions(area_type: str, region_type: str = "WINDOW") -> list[list[int]]:
    """Rectangles [left, top, width, height] of regions on the screen, px, its top left corner being 0, 0."""
    windows = bpy.context.window_manager.windows
    bottom = windows[0].y + windows[0].height  # the first window fills the screen
    return [
        [
            window.x + region.x,
            bottom - window.y - region.y - region.height,
            region.width,
            region.height,
        ]
        for window in windows
        for area in window.screen.areas
        for region in area.regions
        if area.type == area_type and region.type == region_type and region.width > 1
    ]


def under_mouse(area_type: str, region_type: str) -> str:
    """Path of the property whose field the mouse is over, in a region of the first window; empty over anything else."""
    manager = bpy.context.window_manager
    window = manager.windows[0]
    area = next(area for area in window.screen.areas if area.type == area_type)
    region = next(region for region in area.regions if region.type == region_type)
    manager.clipboard = ""
    with bpy.context.temp_override(window=window, area=area, region=region):
        if bpy.ops.ui.copy_data_path_button.poll():
            bpy.ops.ui.copy_data_path_button()
    return manager.clipboard


def word(text: str, style: str = "widget") -> list[list[float]]:
    """How Blender draws a word: brightness 0..1, rows from the top."""
    points = getattr(bpy.context.preferences.ui_styles[0], style).points
    blf.size(0, points * bpy.context.preferences.system.ui_scale)
    width, height = (round(size) + 2 for size in (blf.dimensions(0, text)[0], 1.6 * points))
    offscreen = gpu.types.GPUOffScreen(width, height)
    try:
        with offscreen.bind():
            buffer = gpu.state.active_framebuffer_get()
            buffer.clear(color=(0.0, 0.0, 0.0, 1.0))
            gpu.matrix.reset()
            with gpu.matrix.push_pop(), gpu.matrix.push_pop_projection():
                gpu.matrix.load_projection_matrix(_pixels(width, height))
                blf.color(0, 1.0, 1.0, 1.0, 1.0)
                blf.position(0, 1, round(0.5 * points), 0)
                blf.draw(0, text)
            pixels = buffer.read_color(0, 0, width, height, 1, 0, "FLOAT")
            pixels.dimensions = width * height
            values = list(pixels)
    finally:
        offscreen.free()
    return [values[row * width : (row + 1) * width] for row in reversed(range(height))]


ANSWERS = {"regions": regions, "under_mouse": under_mouse, "word": word}


def _pixels(width: int, height: int) -> Any:
    """Projection in which a unit is a pixel."""
    from mathutils import Matrix

    return Matrix(((2 / width, 0, 0, -1), (0, 2 / height, 0, -1), (0, 0, 1, 0), (0, 0, 0, 1)))


def _answer() -> float:
    """Answer a question, if there is one."""
    question = FOLDER / "ask"
    if not question.exists():
        return TICK_S
    text = question.read_text(encoding="utf-8")
    question.unlink()
    try:
        reply = {"answer": eval(text, {"bpy": bpy, "sys": sys} | ANSWERS)}
    except Exception:
        reply = {"error": traceback.format_exc()}
    whole = FOLDER / "answer.part"
    whole.write_text(json.dumps(reply), encoding="utf-8")
    whole.replace(FOLDER / "answer")
    return TICK_S


def _begin() -> None:
    preferences = bpy.context.preferences.view
    preferences.show_splash = False
    preferences.filebrowser_display_type = "SCREEN"  # a virtual display has no window manager for more windows
    bpy.app.timers.register(_answer, first_interval=0.2, persistent=True)


_begin()
