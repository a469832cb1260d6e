"""Drawing over the 3D views and the timeline, while it is switched on."""

from __future__ import annotations

from collections.abc import Iterator

import bpy
import numpy as np

from ...rigs.filmed import Filmed
from ...rigs.skeleton import H36M_17
from ..chosen import chosen_armature
from .brush import paint, prepare
from .camera import film_camera
from .doubts import find_doubts
from .drawing import Drawing
from .known import is_unplaced, placement_of
from .marks import frame_range
from .placement import Placement
from .settings import PoseFromVideoLook, look_of
from .strokes import BONES, Strokes, colours_of, draw_bands, draw_figure, draw_trail, on_picture, project
from .subject import place_soon, shown_take
from .take import Take

_TRAILED = tuple(H36M_17.index(name) for name in ("left_wrist", "right_wrist", "left_ankle", "right_ankle"))
_JOINT_PX, _KEYPOINT_PX, _BAND_PX = 3.5, 2.5, 6.0


def _over_view() -> None:
    context = bpy.context
    shown = shown_take(context)
    if shown is None or not context.space_data.overlay.show_overlays:
        return
    take, filmed = shown
    for strokes in view_strokes(context, take, filmed):
        paint(prepare(strokes))


def _over_timeline() -> None:
    context = bpy.context
    shown = shown_take(context)
    if shown is None or not look_of(context.scene).bands:
        return
    take, filmed = shown
    view = context.region.view2d
    bands = []
    for doubt in find_doubts(filmed):
        first, last = frame_range(doubt, take, filmed.frame_times_s)
        left, right = (float(view.view_to_region(frame, 0.0, clip=False)[0]) for frame in (first, last + 1))
        bands.append((left, right, doubt.confidence))
    paint(prepare(draw_bands(bands, 0.0, _BAND_PX * context.preferences.system.ui_scale)))


def view_strokes(context: bpy.types.Context, take: Take, filmed: Filmed) -> Iterator[Strokes]:
    """What is drawn over the 3D view of the context at the present frame."""
    look, scene, region = look_of(context.scene), context.scene, context.region
    view = context.region_data
    perspective, size = np.array(view.perspective_matrix, np.float64), (region.width, region.height)
    frame = filmed.nearest(take.second(scene.frame_current_final))
    scale = context.preferences.system.ui_scale
    camera = film_camera(scene, chosen_armature(context))
    seen = context.space_data.camera if context.space_data.use_local_camera else scene.camera
    if look.keypoints and camera is not None and camera == seen and view.view_perspective == "CAMERA":
        yield from _in_picture(filmed, frame, np.array(camera.matrix_world), perspective, size, scale)
    placement = placement_of(take)
    if placement is None:
        if is_unplaced(take):
            place_soon()
        return
    if look.trails:
        yield from _trails(look, filmed, placement, frame, perspective, size)
    if look.figure:
        colours = colours_of(filmed.confidence[frame], 0.85)
        joints = placement.joints(filmed, slice(frame, frame + 1))[0]
        yield draw_figure(project(joints, perspective, size), colours, BONES, _JOINT_PX * scale)


def _in_picture(
    filmed: Filmed,
    frame: int,
    camera: np.ndarray,
    perspective: np.ndarray,
    size: tuple[int, int],
    scale: float,
) -> Iterator[Strokes]:
    """The detected keypoints as dots, and the 17 joints in 2D as a figure of thin lines."""
    for pixels, confidence, pairs, radius in (
        (filmed.keypoints_px[frame], filmed.keypoint_confidence[frame], (), _KEYPOINT_PX),
        (filmed.joints_px[frame], filmed.confidence[frame], BONES, _JOINT_PX),
    ):
        points = on_picture(pixels, filmed.image_size_px, float(filmed.focals_px[frame]), camera)
        yield draw_figure(project(points, perspective, size), colours_of(confidence), pairs, radius * scale)


def _trails(
    look: PoseFromVideoLook,
    filmed: Filmed,
    placement: Placement,
    frame: int,
    perspective: np.ndarray,
    size: tuple[int, int],
) -> Iterator[Strokes]:
    """The way of hands and feet about the present frame."""
    now = filmed.frame_times_s[frame]
    near = np.flatnonzero(np.abs(filmed.frame_times_s - now) <= look.trail_s)
    joints = placement.joints(filmed, near)
    for joint in _TRAILED:
        yield draw_trail(project(joints[:, joint], perspective, size), colours_of(filmed.confidence[near, joint]))


OVERLAY = Drawing(("SpaceView3D", _over_view, "POST_PIXEL"), ("SpaceDopeSheetEditor", _over_timeline, "POST_PIXEL"))
"""Switched on and off by the panel's button."""
