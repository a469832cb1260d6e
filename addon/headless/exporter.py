"""Write an animated character for some program, or as .blend, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import bpy

from ..errors import AddonError
from ..export.targets import TARGETS, usual_target
from ..export.writers import check_built, write_clips
from ..files import check_place, whole
from ..rates import frame_rate
from .importer import Character
from .options import FORMATS
from .scene import current_scene


def check_target(path: Path) -> None:
    """Make sure that `path` can be written, before the long work begins; makes its folder.

    Raises:
        AddonError: the ending is not a known one, this Blender lacks the format, or the folder cannot be written.
    """
    check_place(path, tuple(f".{each}" for each in FORMATS))
    check_built(path.suffix.lower())


def check_not_itself(source: Path, target: Path) -> None:
    """Refuse to write a motion file over itself.

    Raises:
        AddonError: both are one file.
    """
    if target.exists() and source.exists() and target.samefile(source):
        raise AddonError(f"The output {target} is the motion that is read: give another name or folder.")


def export_character(character: Character, action: bpy.types.Action, path: Path, target: str | None = None) -> None:
    """Write `character` with `action` to `path`, with all that hangs on it, hidden or not.

    Actions other than `action` are dropped from the scene, except for .blend: an engine wants one take, and a
    character's own 76 animations do not belong into the clip.

    Args:
        character: in the scene.
        action: plays on it.
        path: the file.
        target: the program that is to read it, of `TARGETS`; None takes the usual one for the ending.

    Raises:
        AddonError: the exporter failed or the file cannot be put in place; nothing half-written is left.
    """
    check_target(path)
    if path.suffix.lower() == ".blend":
        _write_blend(path)
        return
    for other in list(bpy.data.actions):
        if other != action:
            bpy.data.actions.remove(other)
    for item in character.objects:
        item.hide_viewport = item.hide_select = False
        item.hide_set(False)
    wanted = TARGETS[target or usual_target(path.suffix)]
    clips = {wanted.take or action.name: action}
    fps = frame_rate(current_scene())  # at which the action was keyed
    write_clips(bpy.context, character.armature, path, clips, wanted, fps, character.objects)


def _write_blend(path: Path) -> None:
    try:
        with whole(path) as aside:
            bpy.ops.file.pack_all()
            bpy.ops.wm.save_as_mainfile(filepath=str(aside), copy=True, compress=True, check_existing=False)
    except (OSError, RuntimeError) as error:
        raise AddonError(f"'{path}' could not be written ({str(error).strip()}); choose another place.") from error
