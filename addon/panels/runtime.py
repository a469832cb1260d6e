"""The runtime in the add-on's preferences: is it there, what does it compute on, and what to do where it is not."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..setup.session import SETUP
from .text import paragraph

_SET_UP = "pose_from_video.set_up_runtime"
_CHECK = "pose_from_video.check_runtime"
_CANCEL = "pose_from_video.cancel_setup"


def draw_runtime(layout: bpy.types.UILayout, preferences: bpy.types.AddonPreferences, python: Path | str) -> None:
    """Draw it.

    Args:
        layout: where to.
        preferences: the add-on's; holds the folders.
        python: the runtime's interpreter, or why there is none.
    """
    box = layout.box()
    width = _characters()
    if SETUP.busy:
        _running(box, width)
    else:
        _state(box, python, width)
    column = box.column()
    column.use_property_split = True
    column.enabled = SETUP.setup is None
    for name in ("runtime_folder", "wheels_folder", "base_python", "runtime_python"):
        column.prop(preferences, name)


def _running(box: bpy.types.UILayout, width: int) -> None:
    """What is being done, how far it is, and Cancel."""
    if SETUP.setup is not None:
        box.progress(factor=SETUP.setup.factor, text=SETUP.setup.text, type="BAR")
        paragraph(box, SETUP.setup.detail or "…", "NONE", width)
    elif SETUP.check is not None:
        box.label(text=f"{SETUP.check.text}…", icon="SORTTIME")
    box.operator(_CANCEL, icon="X")


def _state(box: bpy.types.UILayout, python: Path | str, width: int) -> None:
    """Whether there is a runtime, what the last try of it found, and the buttons."""
    ready = isinstance(python, Path)
    if ready:
        paragraph(box, f"Runtime: {python}", "CHECKMARK", width)
    else:
        paragraph(box, str(python), "ERROR", width)
    tried = SETUP.check
    if ready and tried is not None and tried.python == python:
        for finding in tried.findings:
            paragraph(box, finding.text, "CHECKMARK" if finding.good else "ERROR", width)
    if SETUP.problem:
        if tried is None or not any(finding.text == SETUP.problem for finding in tried.findings):
            paragraph(box, SETUP.problem, "ERROR", width)
        if SETUP.log is not None:
            box.operator("wm.path_open", text="Show Log", icon="TEXT").filepath = str(SETUP.log)
    if not ready and not bpy.app.online_access:
        paragraph(
            box,
            "Nothing is fetched before Online Access is allowed in System > Network; Offline Wheels need none.",
            "INTERNET_OFFLINE",
            width,
        )
    row = box.row()
    row.operator(_SET_UP, text="Set Up Runtime Again" if ready else "Set Up Runtime", icon="IMPORT")
    if ready:
        row.operator(_CHECK, icon="VIEWZOOM")


def _characters() -> int:
    """How many fit into a line of the preferences."""
    region, system = bpy.context.region, bpy.context.preferences.system
    return max(int(region.width / (7.5 * system.ui_scale)) - 14, 40) if region is not None else 80
