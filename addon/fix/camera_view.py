"""The view that shows a take through its film's camera: found under the mouse, drawn over."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np

from ...rigs.filmed import Filmed
from ..chosen import chosen_armature
from ..look.camera import film_camera
from ..look.subject import shown_take
from ..look.take import Take
from ..look.views import look_through
from .picture_map import PictureMap, picture_map


@dataclass(frozen=True, slots=True)
class CameraView:
    """A view through a film camera.

    Attributes:
        take, filmed: what it shows.
        frame: of the result, at the present moment.
        map: where the film's pixels lie in the region.
        mouse: (x, y) pixels of the region; None while it is drawn.
    """

    take: Take
    filmed: Filmed
    frame: int
    map: PictureMap
    mouse: tuple[float, float] | None


def show_camera_view(context: bpy.types.Context) -> None:
    """Let a view look through the film camera of the chosen character; it is made when missing, as an undo step."""
    if film_camera(context.scene, chosen_armature(context)) is None:
        bpy.ops.pose_from_video.match_camera("EXEC_DEFAULT", True)
        return
    context.scene.camera = film_camera(context.scene, chosen_armature(context))
    look_through(context)


def under_mouse(context: bpy.types.Context, event: bpy.types.Event) -> CameraView | None:
    """The film camera's view that the mouse is over."""
    for area in context.window.screen.areas:
        if area.type != "VIEW_3D":
            continue
        regions = [region for region in area.regions if _holds(region, event)]
        # Sidebars lie over the view itself.
        if len(regions) == 1 and regions[0].type == "WINDOW":
            region = regions[0]
            mouse = float(event.mouse_x - region.x), float(event.mouse_y - region.y)
            return _camera_view(context, area.spaces.active, region, mouse)
    return None


def drawn_now(context: bpy.types.Context) -> CameraView | None:
    """The film camera's view that is being drawn."""
    return _camera_view(context, context.space_data, context.region, None)


def _holds(region: bpy.types.Region, event: bpy.types.Event) -> bool:
    return 0 <= event.mouse_x - region.x < region.width and 0 <= event.mouse_y - region.y < region.height


def _camera_view(
    context: bpy.types.Context,
    space: bpy.types.SpaceView3D,
    region: bpy.types.Region,
    mouse: tuple[float, float] | None,
) -> CameraView | None:
    obj, view = chosen_armature(context), space.region_3d
    camera = film_camera(context.scene, obj)
    seen = space.camera if space.use_local_camera else context.scene.camera
    if camera is None or camera != seen or view.view_perspective != "CAMERA":
        return None
    if (shown := shown_take(context)) is None:
        return None
    take, filmed = shown
    matrix, perspective = np.array(camera.matrix_world), np.array(view.perspective_matrix, np.float64)
    frame = filmed.nearest(take.second(context.scene.frame_current_final))
    pixels = picture_map(filmed, frame, matrix, perspective, (region.width, region.height))
    return CameraView(take, filmed, frame, pixels, mouse)
