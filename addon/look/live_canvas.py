"""Draws what the running job sees into one view; what stays the same from redraw to redraw is made once."""

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
    """Keeps what it has drawn on the graphics card; `forget` gives it up."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[Hashable, list[Prepared]]] = {}
        self._glimpse: Glimpse | None = None
        self._texture: gpu.types.GPUTexture | None = None

    def forget(self) -> None:
        """Nothing is drawn any more."""
        self._kept.clear()
        self._glimpse = self._texture = None

    def draw(self, context: bpy.types.Context, live: Live, progress: Progress, to_scene: FloatArray) -> None:
        """Draw the figure and the film's frame into the region of the context.

        Args:
            context: while a region is drawn.
            live: what the job shows; with a present frame.
            progress: for the line over the film's frame.
            to_scene: (4,4) from metres to where the character stands.
        """
        assert live.latest is not None
        scale, region = context.preferences.system.ui_scale, context.region
        self._draw_figure(context, live, to_scene, scale)
        inset = place_inset(live.latest.image_size_px, (region.width, region.height), _covered(context), scale)
        if inset is not None:
            self._draw_inset(context, inset, live.latest, scale)
            _write(inset, _caption(progress, live.latest), scale)

    def _draw_figure(self, context: bpy.types.Context, live: Live, to_scene: FloatArray, scale: float) -> None:
        perspective = np.array(context.region_data.perspective_matrix, np.float64)
        size = context.region.width, context.region.height

        def make() -> Sequence[tuple[Strokes, float]]:
            turn, place = to_scene[:3, :3].T, to_scene[:3, 3]
            trail = [(joints @ turn + place, confidence) for joints, confidence in live.trail]
            return figure_strokes(trail, live.path_m @ turn + place, perspective, size, scale)

        state = live.latest.frame, perspective.tobytes(), to_scene.tobytes(), size, scale
        self._paint((context.region.as_pointer(), "figure"), state, make)

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


def _covered(context: bpy.types.Context) -> tuple[float, float]:
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
