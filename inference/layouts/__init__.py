"""Keypoint layouts as data, one JSON each: the points' names, the mirror pairs, and how the 17 joints follow."""

from .layouts import Layout, layout_names, load_layout

__all__ = ["Layout", "layout_names", "load_layout"]
