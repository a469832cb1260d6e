"""Puts strokes onto the graphics card, in a draw handler of the kind POST_PIXEL."""

from __future__ import annotations

import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader

from .strokes import Strokes

LINE_PX = 2.5


def paint(strokes: Strokes, line_px: float = LINE_PX) -> None:
    """Draw lines and triangles over what is there."""
    gpu.state.blend_set("ALPHA")
    if len(strokes.lines):
        shader = gpu.shader.from_builtin("POLYLINE_SMOOTH_COLOR")
        batch = batch_for_shader(shader, "LINES", {"pos": _deep(strokes.lines), "color": _plain(strokes.line_colours)})
        shader.bind()
        shader.uniform_float("viewportSize", gpu.state.viewport_get()[2:])
        shader.uniform_float("lineWidth", line_px)
        batch.draw(shader)
    if len(strokes.triangles):
        shader = gpu.shader.from_builtin("SMOOTH_COLOR")
        content = {"pos": _deep(strokes.triangles), "color": _plain(strokes.triangle_colours)}
        batch_for_shader(shader, "TRIS", content).draw(shader)
    gpu.state.blend_set("NONE")


def _deep(points: np.ndarray) -> np.ndarray:
    """(N,2) -> (N,3) single precision, as the shaders take them."""
    return np.c_[points, np.zeros(len(points))].astype(np.float32)


def _plain(colours: np.ndarray) -> np.ndarray:
    return colours.astype(np.float32)
