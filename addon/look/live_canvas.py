"""Draws what a running job sees into a view; what stays the same from redraw to redraw is made once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import blf
import bpy
import gpu
import numpy as np
from gpu_extras.presets import draw_texture_2d

from ..progress import Progress
from ..rotation_modes import FloatArray
from .brush import Prepared, paint, prepare
from .inset import Inset, inset_strokes, place_inset
from .live import Glimpse, Live
from .strokes import Strokes, draw_box, figure_strokes

_EDGE_PX, _LINE_PX, _TEXT_PX = 2.0, 20.0, 11.0


class Canvas:
    """Draws one job, and keeps what it has drawn on the graphics card."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[Hashable, list[Prepared]]] = {}
        self._glimpse: Glimpse | None = None
        self._texture: gpu.types.GPUTexture | None = None

    def draw_figure(self, context: bpy.types.Context, live: Live, to_scene: FloatArray) -> None:
        """Draw the figure, where it was and its way over the floor into the region of the context.

        Args:
            context: while a region is drawn.
            live: what the job shows; with a present frame.
            to_scene: (4,4) from metres to where the character stands.
        """
        assert live.latest is not None
        perspective = np.array(context.region_data.perspective_matrix, np.float64)
        size = context.region.width, context.region.height
        scale = context.preferences.system.ui_scale

        def make() -> Sequence[tuple[Strokes, float]]:
            turn, place = to_scene[:3, :3].T, to_scene[:3, 3]
            trail = [(joints @ turn + place, confidence) for joints, confidence in live.trail]
            return figure_strokes(trail, live.path_m @ turn + place, perspective, size, scale)

        state = live.latest.frame, perspective.tobytes(), to_scene.tobytes(), size, scale
        self._paint((context.region.as_pointer(), "figure"), state, make)

    def draw_film(
        self, context: bpy.types.Context, glimpse: Glimpse, progress: Progress, corner: tuple[float, float]
    ) -> float:
        """Draw the film's frame with what was found in it into the region of the context, where there is room.

        Args:
            context: while a region is drawn.
            glimpse: the present frame.
            progress: for the line over the picture.
            corner: left and bottom pixel of the region from where it is free.

        Returns:
            The left pixel from where it is free now.
        """
        scale, region = context.preferences.system.ui_scale, context.region
        inset = place_inset(glimpse.image_size_px, (region.width, region.height), corner, scale)
        if inset is None:
            return corner[0]
        self._draw_inset(context, inset, glimpse, scale)
        _write(inset, _caption(progress, glimpse), scale)
        return inset.left + inset.width

    def _draw_inset(self, context: bpy.types.Context, inset: Inset, glimpse: Glimpse, scale: float) -> None:
        edge = _EDGE_PX * scale
        size = inset.width + 2.0 * edge, inset.height + 2.0 * edge + _LINE_PX * scale
        ground = draw_box(inset.left - edge, inset.bottom - edge, *size)
        where = context.region.as_pointer()
        self._paint((where, "ground"), (inset, scale), lambda: [(ground, 1.0)])
        draw_texture_2d(self._picture(glimpse), (inset.left, inset.bottom), inset.width, inset.height)
        found = (inset, scale, glimpse.frame)
        self._paint((where, "found"), found, lambda: [(inset_strokes(inset, glimpse, scale), 1.5 * scale)])

    def _paint(self, name: Hashable, state: Hashable, make: Callable[[], Sequence[tuple[Strokes, float]]]) -> None:
        """Draw what was made for the same state before, else make it."""
        if self._kept.get(name, (None,))[0] != state:
            self._kept[name] = state, [prepare(strokes, line_px) for strokes, line_px in make()]
        for prepared in self._kept[name][1]:
            paint(prepared)

    def _picture(self, glimpse: Glimpse) -> gpu.types.GPUTexture:
        """The film's frame on the graphics card, uploaded once for all views."""
        if self._glimpse is not glimpse or self._texture is None:
            texels = glimpse.picture.astype(np.float32).ravel()
            texels *= np.float32(1.0 / 255.0)
            data = gpu.types.Buffer("FLOAT", len(texels), texels)
            size = glimpse.picture.shape[1], glimpse.picture.shape[0]
            self._glimpse, self._texture = glimpse, gpu.types.GPUTexture(size, format="SRGB8_A8", data=data)
        return self._texture


def _caption(progress: Progress, glimpse: Glimpse) -> str:
    if progress.stage != "detect":
        return progress.title()
    return f"{progress.title()}  {glimpse.frame + 1}" + (f"/{progress.total}" if progress.total else "")


def covered(context: bpy.types.Context) -> tuple[float, float]:
    """Pixels at the left and at the bottom of the view that the toolbar and the last operator's panel lie over."""
    left = bottom = 0.0
    for each in context.area.regions:
        if each.width > 1 and each.height > 1 and context.preferences.system.use_region_overlap:
            if each.type == "TOOLS" and each.alignment == "LEFT":
                left = float(each.x + each.width - context.region.x)
            elif each.type == "HUD":
                bottom = float(each.y + each.height - context.region.y)
    return left, bottom


def _write(inset: Inset, text: str, scale: float) -> None:
    """A line over the picture, cut to its width."""
    blf.size(0, _TEXT_PX * scale)
    blf.color(0, 1.0, 1.0, 1.0, 1.0)
    while len(text) > 4 and blf.dimensions(0, text)[0] > inset.width:
        text = text[:-2].rstrip(" ….,") + "…"
    blf.position(0, inset.left, inset.bottom + inset.height + 6.0 * scale, 0.0)
    blf.draw(0, text)
