"""In a Blender window, from the installed zip: the preferences draw each state of the runtime, a check is ended."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parent))
from story import tell, until

MODULE = "bl_ext.user_default.pose_from_video"
ARCHIVE, PYTHON, FOLDER = sys.argv[sys.argv.index("--") + 1 :]
LIMIT_S = 100.0
drawn: list[str] = []


def watch_drawing() -> None:
    """Keep what the preferences write, as they do."""
    panel = importlib.import_module(f"{MODULE}.addon.panels.runtime")
    paragraph = panel.paragraph

    def kept(layout: object, text: str, icon: str, width: int) -> None:
        drawn.append(text)
        paragraph(layout, text, icon, width)

    panel.paragraph = kept


def shown(text: str) -> Iterator[float]:
    """Wait until a drawing of the preferences holds the text."""
    drawn.clear()
    for area in bpy.context.window_manager.windows[0].screen.areas:
        area.tag_redraw()
    yield from until(lambda: any(text in line for line in drawn), 10.0, f"drawn: {text}")


def open_preferences() -> None:
    area = max(bpy.context.window_manager.windows[0].screen.areas, key=lambda area: area.width * area.height)
    area.type = "PREFERENCES"
    bpy.context.preferences.active_section = "ADDONS"
    bpy.context.window_manager.addon_search = "Pose from"
    bpy.ops.preferences.addon_expand(module=MODULE)


def story() -> Iterator[float]:
    """What happens, with the seconds to wait between one thing and the next."""
    yield 2.0
    bpy.ops.extensions.package_install_files(repo="user_default", filepath=ARCHIVE, enable_on_install=True)
    session = importlib.import_module(f"{MODULE}.addon.setup.session").SETUP
    preferences = bpy.context.preferences.addons[MODULE].preferences
    operators = bpy.ops.pose_from_video
    watch_drawing()
    open_preferences()
    yield from shown("press Set Up Runtime")
    yield from shown("Online Access")

    preferences.runtime_folder, preferences.wheels_folder = FOLDER, FOLDER
    operators.set_up_runtime("INVOKE_DEFAULT")
    yield from until(lambda: session.setup is None, 10.0, "a folder without wheels is refused")
    yield from shown("(wheels-missing)")

    preferences.runtime_python = PYTHON
    yield from shown(f"Runtime: {PYTHON}")
    operators.check_runtime("INVOKE_DEFAULT")
    assert session.checking
    yield 0.3
    operators.cancel_setup()
    assert not session.checking
    operators.check_runtime("INVOKE_DEFAULT")
    yield from until(lambda: not session.checking, 60.0, "the check")
    yield from shown(" runs on ")
    assert session.check.passed

    module = sys.modules[MODULE]
    operators.check_runtime("INVOKE_DEFAULT")
    pid = session.check._process.pid
    module.unregister()
    assert not session.checking
    yield from until(lambda: not Path(f"/proc/{pid}").exists(), 1.0, "the child after disabling the add-on")
    yield 0.5


tell(story(), LIMIT_S)
