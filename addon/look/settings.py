"""What the overlay shows, kept with the scene."""

# No `from __future__ import annotations`: Blender reads the properties from the annotations themselves.
import bpy

from .views import redraw

PROPERTY = "pose_from_video_look"
"""Name under which the choices hang on each scene."""


def _redraw(_self: object, context: bpy.types.Context) -> None:
    redraw(context)


class PoseFromVideoLook(bpy.types.PropertyGroup):
    """One scene's choices."""

    live: bpy.props.BoolProperty(
        name="Live View",
        description="While a job runs, show its film and the figure that it finds",
        default=True,
        update=_redraw,
    )
    keypoints: bpy.props.BoolProperty(
        name="Keypoints",
        description="What was detected in the film, over the film camera's view; red is unsure, green is sure",
        default=True,
        update=_redraw,
    )
    figure: bpy.props.BoolProperty(
        name="Stick Figure",
        description="The performer's 3D joints where the character stands",
        default=True,
        update=_redraw,
    )
    trails: bpy.props.BoolProperty(
        name="Trails", description="The way of hands and feet about the present frame", default=False, update=_redraw
    )
    bands: bpy.props.BoolProperty(
        name="On Timeline",
        description="Coloured bands along timeline and dope sheet where the result needs a look",
        default=True,
        update=_redraw,
    )
    trail_s: bpy.props.FloatProperty(
        name="Trail Length",
        description="Seconds before and after the present frame",
        min=0.1,
        max=10.0,
        default=0.5,
        update=_redraw,
    )


def look_of(scene: bpy.types.Scene) -> PoseFromVideoLook:
    """The choices kept with a scene."""
    return getattr(scene, PROPERTY)


CLASSES = (PoseFromVideoLook,)
