"""Where the panels stand: the sidebar of the 3D view, tab `Pose`."""

from __future__ import annotations

from typing import ClassVar

MAIN = "POSE_FROM_VIDEO_PT_main"


class Sidebar:
    """In the tab."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Pose"


class SubPanel(Sidebar):
    """Below the main panel, closed until it is wanted; `bl_order` says after which others."""

    bl_parent_id = MAIN
    bl_options: ClassVar[set[str]] = {"DEFAULT_CLOSED"}
