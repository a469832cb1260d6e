"""Inside Blender: the scene's only armature, and what is keyed on it. Imported once the package is loaded."""

from __future__ import annotations

import bpy
import numpy as np
from pose_from_video.addon.compat import active_fcurves


def rig() -> bpy.types.Object:
    """The scene's first armature."""
    return next(item for item in bpy.data.objects if item.type == "ARMATURE")


def action() -> bpy.types.Action:
    """What plays on it."""
    return rig().animation_data.action


def keys() -> np.ndarray:
    """All keys of the action, one after the other."""
    found = []
    for curve in active_fcurves(rig()):
        points = np.empty(2 * len(curve.keyframe_points), np.float32)
        curve.keyframe_points.foreach_get("co", points)
        found.append(points)
    return np.concatenate(found)
