"""Panels of the sidebar, opened by mouse for the manual's pictures; goes on where a first use has its keys."""

from __future__ import annotations

from collections.abc import Callable

from .screen import Rect, Screen

BESIDE_TABS_PX = 49
"""From a sidebar's right edge to the last button of a row."""

Show = Callable[[str, Rect], None]
"""Keeps a picture of a part of the screen under a name."""


class Panels:
    """One panel after the other: open it, show it, close it."""

    def __init__(self, screen: Screen, show: Show) -> None:
        """Take a screen whose sidebar shows the tab Pose with all panels closed, and what keeps pictures."""
        self.screen, self.show = screen, show

    def tour(self) -> None:
        """Rig, Look and Fix."""
        for title, act in (("Rig", self._rig), ("Look", self._look), ("Fix", self._fix)):
            self._toggle(title)
            act(self.screen.region("VIEW_3D", "UI"))
            self._toggle(title)

    def _toggle(self, title: str) -> None:
        self.screen.click(self.screen.find(title, self.screen.region("VIEW_3D", "UI"), style="panel_title"))

    def _rig(self, sidebar: Rect) -> None:
        screen = self.screen
        screen.click(screen.find("Edit Bone Map", sidebar))
        screen.find("Bone Map", sidebar)
        self.show("rig", self._used(sidebar))

    def _look(self, sidebar: Rect) -> None:
        screen = self.screen
        screen.click(screen.find("Match Camera", sidebar))
        screen.until("bpy.context.scene.camera is not None")
        screen.click(screen.find("Show Overlay", sidebar))
        screen.find("Hide Overlay", sidebar)
        self.show("look", self._view_and_timeline())
        _, row = screen.find("frames", sidebar)
        screen.click((sidebar[0] + sidebar[2] - BESIDE_TABS_PX, row))  # these frames, for the next panel
        screen.until("bpy.context.scene.use_preview_range")
        screen.click(screen.find("Hide Overlay", sidebar))
        self._leave_camera(sidebar)

    def _fix(self, sidebar: Rect) -> None:
        screen = self.screen
        screen.find("Correct Points", sidebar)
        self.show("fix", self._used(sidebar))
        screen.click(screen.find("Edit Contacts", sidebar))
        screen.click(screen.find("Correct Points", sidebar))
        screen.until("bpy.context.scene.camera is not None")
        left, top, width, height = screen.region("VIEW_3D")
        screen.point((left + width // 4, top + height // 2))
        self.show("correct", self._view_and_timeline())
        screen.press("Escape", "Escape")
        self._toggle("Fix")
        self._toggle("Look")
        self._leave_camera(sidebar)
        self._toggle("Look")
        self._toggle("Fix")

    def _leave_camera(self, sidebar: Rect) -> None:
        self.screen.click(self.screen.find("Remove Film Camera", sidebar))
        self.screen.until("bpy.context.scene.camera is None")

    def _view_and_timeline(self) -> Rect:
        left, top, width, _ = self.screen.region("VIEW_3D")
        _, below, _, height = self.screen.region("DOPESHEET_EDITOR")
        return left, top, width, below + height - top

    def _used(self, sidebar: Rect) -> Rect:
        """The sidebar without what lies empty under its last panel."""
        left, top, width, height = sidebar
        last, before = self._export(sidebar), None
        while last != before:  # panels glide into place
            last, before = self._export(sidebar), last
        return left, top, width, height if last is None else last[1] + 18 - top

    def _export(self, sidebar: Rect) -> tuple[int, int] | None:
        return self.screen.seen("Export", sidebar, style="panel_title")
