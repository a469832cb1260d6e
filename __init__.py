"""Pose from Video: the Blender extension's entry point.

Imports lazily, so that pytest and the inference child can use the packages beside it without Blender.
"""

from __future__ import annotations


def register() -> None:
    """Register the add-on's classes with Blender."""
    from . import addon

    addon.register()


def unregister() -> None:
    """Undo `register`, stopping any job that still runs."""
    from . import addon

    addon.unregister()
