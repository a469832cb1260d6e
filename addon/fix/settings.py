"""How corrections are made, kept with the scene."""

# No `from __future__ import annotations`: Blender reads the properties from the annotations themselves.
import bpy

PROPERTY = "pose_from_video_fix"
"""Name under which the choices hang on each scene."""


class PoseFromVideoFixSettings(bpy.types.PropertyGroup):
    """One scene's choices."""

    live: bpy.props.BoolProperty(
        name="Live",
        description="Smoothing, IK, feet, root and the other options change the keys that are there at once",
        default=True,
    )


def fix_of(scene: bpy.types.Scene) -> PoseFromVideoFixSettings:
    """The choices kept with a scene."""
    return getattr(scene, PROPERTY)


CLASSES = (PoseFromVideoFixSettings,)
