"""The first use as a new user has it: from the zip to a moving character and its FBX, by mouse and keyboard alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from .screen import Rect, Screen

PREFERENCES: Rect = (190, 60, 1000, 640)
TOP: Rect = (0, 0, 400, 30)
MODULE = "bl_ext.user_default.pose_from_video"
SESSION = f"sys.modules['{MODULE}.addon.session'].SESSION"
SETUP = f"sys.modules['{MODULE}.addon.setup.session'].SETUP"
CHOOSERS = (
    "[area.spaces.active.params for window in bpy.context.window_manager.windows for area in window.screen.areas "
    "if area.type == 'FILE_BROWSER']"
)
SET_UP_LIMIT_S, JOB_LIMIT_S = 300.0, 300.0

Show = Callable[[str], None]
"""Keeps a picture of the screen under a name."""


class FirstUse:
    """One person's way; each method is a step, to be taken in the order in which they stand here."""

    def __init__(self, screen: Screen, show: Show, folder: Path) -> None:
        """Take a screen, what keeps pictures, and a folder with the zip, the wheels, the film and the character."""
        self.screen, self.show, self.folder = screen, show, folder

    def install(self) -> None:
        """Edit > Preferences > Add-ons > Install from Disk."""
        screen = self.screen
        screen.region("VIEW_3D")
        screen.menu(screen.find("Edit", TOP), "Preferences...")
        screen.bring("Preferences", PREFERENCES)
        left, top, width, height = PREFERENCES
        tab, shown = screen.find("Add-ons", (left, top, 170, height)), "bpy.context.preferences.active_section"
        screen.click_until(tab, lambda: screen.ask(shown) == "ADDONS" or None, "tab 'Add-ons'")
        arrow = (left + width - 19, top + 18)
        words = "Install from Disk..."
        place = screen.click_until(arrow, lambda: screen.seen(words, PREFERENCES), words)
        screen.point(place)
        self.show("install")
        screen.click(place)
        self._choose_file(self.folder / "pose_from_video.zip")
        screen.until(f"{MODULE!r} in bpy.context.preferences.addons", limit_s=30.0)

    def set_up(self) -> None:
        """The runtime, from a folder of wheels: no network."""
        screen = self.screen
        left, top, width, _ = screen.region("PREFERENCES")
        screen.click((left + width // 3, top + 18))
        screen.write("pose from")
        _, row = screen.find("Pose from Video", PREFERENCES)
        screen.click((left + 23, row))
        self.show("preferences")
        _, row = screen.find("Offline Wheels", PREFERENCES)
        screen.click((left + round(0.65 * width), row), times=2)
        screen.write(str(self.folder / "wheels"))
        screen.click(screen.find("Set Up Runtime", PREFERENCES))
        screen.until(f"{SETUP}.setup is not None and {SETUP}.setup.factor > 0.3", SET_UP_LIMIT_S)
        self.show("setting_up")
        screen.until(f"not {SETUP}.busy", SET_UP_LIMIT_S)
        assert screen.ask(f"{SETUP}.problem") == ""
        screen.find("Set Up Runtime Again", PREFERENCES)
        self.show("set_up")
        screen.bring("Blender [0-9]")

    def import_character(self) -> None:
        """The default cube goes; File > Import > glTF."""
        screen = self.screen
        left, top, width, height = screen.region("VIEW_3D")
        screen.point((left + width // 2, top + height // 2))
        screen.press("a", "x", "Return")
        screen.until("len(bpy.data.objects) == 0")
        screen.menu(screen.find("File", TOP), "Import", "glTF 2.0 (.glb/.gltf)")
        self._choose_file(self.folder / "woman_mixamo.glb")
        screen.until("any(each.type == 'ARMATURE' for each in bpy.data.objects)")
        screen.point((left + width // 2, top + height // 2))
        screen.press("KP_Decimal", "n")
        self.show("character")

    def choose(self) -> None:
        """Sidebar, tab Pose: the film."""
        screen = self.screen
        screen.click(screen.find("Pose", screen.region("VIEW_3D", "UI"), upright=False))
        place = screen.feel("pose_from_video.video", "VIEW_3D", "UI", 0.3)
        screen.click(place, times=2)
        screen.write(str(self.folder / "film.mp4"))
        screen.until("bpy.context.scene.pose_from_video.video.endswith('film.mp4')")
        self.show("chosen")

    def process(self) -> None:
        """Press the button, see it work, get keys."""
        screen = self.screen
        sidebar = screen.region("VIEW_3D", "UI")
        left, top, width, height = sidebar
        screen.click(screen.find("Pose from Video", (left, top + 60, width, height - 60)))
        screen.until(f"{SESSION}.progress is not None and {SESSION}.progress.factor > 0.4", JOB_LIMIT_S)
        self.show("working")
        screen.until("len(bpy.data.actions) == 1", JOB_LIMIT_S)
        screen.until(f"not {SESSION}.busy")
        self.show("keyed")

    def scrub(self) -> None:
        """Drag through the timeline."""
        screen = self.screen
        left, top, width, _ = screen.region("DOPESHEET_EDITOR")
        before = screen.ask("bpy.context.scene.frame_current")
        screen.drag((left + width // 4, top + 12), (left + width // 2, top + 12))
        screen.until(f"bpy.context.scene.frame_current > {before + 20}")
        self.show("scrubbed")

    def export(self) -> None:
        """Panel Export: where to, FBX."""
        screen = self.screen
        sidebar = screen.region("VIEW_3D", "UI")
        screen.click(screen.find("Export", sidebar, style="panel_title"))
        screen.click(screen.feel("pose_from_video_export.folder", "VIEW_3D", "UI", 0.6), times=2)
        screen.write(str(self.folder))
        screen.click(screen.find("Export", sidebar))
        screen.until(f"list(__import__('pathlib').Path({str(self.folder)!r}).glob('*.fbx'))", limit_s=60.0)
        self.show("exported")

    def undo(self) -> None:
        """Ctrl+Z takes the keys away."""
        screen = self.screen
        left, top, width, height = screen.region("VIEW_3D")
        screen.point((left + width // 2, top + height // 2))
        for _ in range(4):  # the way through the timeline and the folder were steps too
            screen.press("ctrl+z")
            if screen.ask("len(bpy.data.actions)") == 0:
                break
        screen.until("len(bpy.data.actions) == 0")
        self.show("undone")

    def _choose_file(self, path: Path) -> None:
        """In the file browser: type the folder, type the name, accept."""
        screen = self.screen
        left, top, width, height = screen.region("FILE_BROWSER", "UI")
        screen.click((left + round(0.4 * width), top + height // 2), times=2)
        screen.write(str(path.parent))
        screen.until(f"{CHOOSERS}[0].directory.rstrip(b'/') == {str(path.parent).encode()!r}")
        left, top, width, height = screen.region("FILE_BROWSER", "EXECUTE")
        screen.click((left + width // 4, top + height // 2), times=2)
        screen.type(path.name)
        self.show(f"choose_{path.stem}")
        screen.press("Return")
        screen.until(f"all(each.filename == {path.name!r} for each in {CHOOSERS})")
        if screen.ask(f"len({CHOOSERS})"):  # newer Blenders take Enter for the button
            screen.click((left + round(0.87 * width), top + height // 2))


def live_through(screen: Screen, show: Show, folder: Path) -> None:
    """Take every step.

    Args:
        screen: with a Blender that has just begun.
        show: keeps a picture under a name.
        folder: holds `pose_from_video.zip`, the folder `wheels`, `film.mp4` and `woman_mixamo.glb`; it gets the FBX.
    """
    person = FirstUse(screen, show, folder)
    for step in STEPS:
        began = time.monotonic()
        getattr(person, step)()
        print(f"{step}: {time.monotonic() - began:.1f} s", flush=True)


STEPS = ("install", "set_up", "import_character", "choose", "process", "scrub", "export", "undo")
