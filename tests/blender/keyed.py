"""Inside Blender: the scene's only armature, and what is keyed on it. Imported once the package is loaded."""

from __future__ import annotations

import bpy
import numpy as np
from pose_from_video.addon.compat import active_fcurves
from pose_from_video.addon.fcurves import key_points


def rig() -> bpy.types.Object:
    """The scene's first armature."""
    return next(item for item in bpy.data.objects if item.type == "ARMATURE")


def action() -> bpy.types.Action:
    """What plays on it."""
    return rig().animation_data.action


def keys() -> np.ndarray:
    """All keys of the action, one after the other."""
    return np.concatenate([key_points(curve).ravel() for curve in active_fcurves(rig())])
