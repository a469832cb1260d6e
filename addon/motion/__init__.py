"""Motion files: BVH, FBX, glTF and .blend files whose armature moves become a performer's joints."""

from .load import MOTION_ENDINGS, is_motion, load_motion

__all__ = ["MOTION_ENDINGS", "is_motion", "load_motion"]
