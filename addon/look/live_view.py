"""Draws over the 3D views what the running job sees: its film in a corner, the figure where the character stands."""

from __future__ import annotations

import time

import blf
import bpy
import gpu
import numpy as np
from gpu_extras.presets import draw_texture_2d

from ..progress import Progress
from ..rotation_modes import FloatArray
from ..session import SESSION
from .brush import paint
from .inset import Inset, inset_strokes, place_inset, texels
from .live import Glimpse, Live
from .settings import look_of
from .strokes import draw_box, figure_strokes
from .views import redraw_views

LIVE = Live()
_TICK_S = 0.1
_SHARE_OF_TIME = 0.25
"""Of the window's time that drawing for the job's sake may take: a heavy scene is drawn less often."""
_REFERENCE_M = 1.75

_handles: list[object] = []
_texture: list[tuple[Glimpse, gpu.types.GPUTexture]] = []
_drawing: dict[str, float] = {"began": 0.0, "took": 0.0, "next": 0.0}


def follow() -> None:
    """Draw until no job runs any more; in the background there is nothing to draw on."""
    if bpy.app.background:
        return
    LIVE.forget()
    if not _handles:
        space = bpy.types.SpaceView3D
        _handles.append(space.draw_handler_add(_before_view, (), "WINDOW", "PRE_VIEW"))
        _handles.append(space.draw_handler_add(_over_view, (), "WINDOW", "POST_PIXEL"))
    if not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=_TICK_S, persistent=True)


def withdraw() -> None:
    """Draw no more."""
    while _handles:
        bpy.types.SpaceView3D.draw_handler_remove(_handles.pop(), "WINDOW")
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    LIVE.forget()
    _texture.clear()


def _tick() -> float | None:
    progress = SESSION.progress
    if progress is None:
        withdraw()
        redraw_views(bpy.context)
        return None
    if progress.preview is None or not LIVE.look(progress.preview) or not look_of(bpy.context.scene).live:
        return _TICK_S
    now = time.monotonic()
    if now >= _drawing["next"]:
        _drawing["next"] = now + _drawing["took"] / _SHARE_OF_TIME
        redraw_views(bpy.context)
    return _TICK_S


def _before_view() -> None:
    _drawing["began"] = time.perf_counter()


def _over_view() -> None:
    context = bpy.context
    progress, glimpse = SESSION.progress, LIVE.latest
    if progress is not None and glimpse is not None and look_of(context.scene).live:
        _draw_figures(context)
        _draw_inset(context, progress, glimpse)
    _drawing["took"] = time.perf_counter() - _drawing["began"]


def _draw_figures(context: bpy.types.Context) -> None:
    region, scale = context.region, context.preferences.system.ui_scale
    perspective = np.array(context.region_data.perspective_matrix, np.float64)
    to_scene = _standing(SESSION.about)
    trail = [(joints @ to_scene[:3, :3].T + to_scene[:3, 3], confidence) for joints, confidence in LIVE.trail]
    path = LIVE.path_m @ to_scene[:3, :3].T + to_scene[:3, 3]
    for strokes, line_px in figure_strokes(trail, path, perspective, (region.width, region.height), scale):
        paint(strokes, line_px)


def _standing(uid: int) -> FloatArray:
    """(4,4) from metres to the scene: where the character stands, as tall as it is."""
    matrix = np.eye(4)
    obj = next((item for item in bpy.data.objects if item.session_uid == uid), None)
    if obj is None:
        return matrix
    world = np.array(obj.matrix_world, np.float64)
    ends = np.array([end for bone in obj.data.bones for end in (bone.head_local, bone.tail_local)]) @ world[:3, :3].T
    height = float(np.ptp(ends[:, 2]))
    if height > 0.0:
        matrix[:3, :3] *= height / _REFERENCE_M
    matrix[:3, 3] = world[:3, 3]
    return matrix


def _draw_inset(context: bpy.types.Context, progress: Progress, glimpse: Glimpse) -> None:
    region, scale = context.region, context.preferences.system.ui_scale
    inset = place_inset(glimpse.image_size_px, (region.width, region.height), _covered(context), scale)
    if inset is None:
        return
    edge, line = 2.0 * scale, 20.0 * scale
    size = inset.width + 2.0 * edge, inset.height + 2.0 * edge + line
    paint(draw_box(inset.left - edge, inset.bottom - edge, *size))
    draw_texture_2d(_picture(glimpse), (inset.left, inset.bottom), inset.width, inset.height)
    for strokes in inset_strokes(inset, glimpse, scale):
        paint(strokes, 1.5 * scale)
    _write(inset, _caption(progress, glimpse), scale)


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


def _picture(glimpse: Glimpse) -> gpu.types.GPUTexture:
    """The film's frame on the graphics card, uploaded once for all views."""
    if not _texture or _texture[0][0] is not glimpse:
        pixels = texels(glimpse.picture)
        data = gpu.types.Buffer("FLOAT", pixels.size, pixels.ravel())
        size = glimpse.picture.shape[1], glimpse.picture.shape[0]
        _texture[:] = [(glimpse, gpu.types.GPUTexture(size, format="RGBA8", data=data))]
    return _texture[0][1]


def _write(inset: Inset, text: str, scale: float) -> None:
    """A line over the picture, cut to its width."""
    blf.size(0, 11.0 * scale)
    blf.color(0, 1.0, 1.0, 1.0, 1.0)
    while len(text) > 4 and blf.dimensions(0, text)[0] > inset.width:
        text = text[:-2].rstrip(" ….,") + "…"
    blf.position(0, inset.left, inset.bottom + inset.height + 6.0 * scale, 0.0)
    blf.draw(0, text)
