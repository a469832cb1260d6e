"""Puts strokes onto the graphics card, in a draw handler of the kind POST_PIXEL."""

from __future__ import annotations

from dataclasses import dataclass

import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader

from .strokes import Strokes

LINE_PX = 2.5


@dataclass(frozen=True, slots=True)
class Prepared:
    """Strokes on the graphics card, to be drawn as often as they stay the same.

    Attributes:
        lines, triangles: None where there are none.
        line_px: width of the lines.
    """

    lines: gpu.types.GPUBatch | None
    triangles: gpu.types.GPUBatch | None
    line_px: float


def prepare(strokes: Strokes, line_px: float = LINE_PX) -> Prepared:
    """Bring lines and triangles to the graphics card."""
    return Prepared(
        _batch("POLYLINE_SMOOTH_COLOR", "LINES", strokes.lines, strokes.line_colours),
        _batch("SMOOTH_COLOR", "TRIS", strokes.triangles, strokes.triangle_colours),
        line_px,
    )


def paint(prepared: Prepared) -> None:
    """Draw them over what is there."""
    gpu.state.blend_set("ALPHA")
    if prepared.lines is not None:
        shader = gpu.shader.from_builtin("POLYLINE_SMOOTH_COLOR")
        shader.bind()
        shader.uniform_float("viewportSize", gpu.state.viewport_get()[2:])
        shader.uniform_float("lineWidth", prepared.line_px)
        prepared.lines.draw(shader)
    if prepared.triangles is not None:
        prepared.triangles.draw(gpu.shader.from_builtin("SMOOTH_COLOR"))
    gpu.state.blend_set("NONE")


def _batch(shader: str, kind: str, points: np.ndarray, colours: np.ndarray) -> gpu.types.GPUBatch | None:
    if not len(points):
        return None
    # single precision and three dimensions, as the shaders take them
    deep = np.c_[points, np.zeros(len(points))].astype(np.float32)
    return batch_for_shader(gpu.shader.from_builtin(shader), kind, {"pos": deep, "color": colours.astype(np.float32)})
