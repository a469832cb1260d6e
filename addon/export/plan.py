"""Use case: which files a choice of clips comes to, and writing them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import bpy

from ..errors import AddonError
from ..meshes import meshes_of
from .clips import all_clips, needed_clip
from .naming import file_name, free_path
from .targets import TARGETS
from .writers import Clips, check_built, write_clips

if TYPE_CHECKING:
    from .settings import ExportChoices, FileChoices

_TOGETHER = "all clips"


@dataclass(frozen=True, slots=True)
class File:
    """One file to write.

    Attributes:
        path: where.
        clips: actions by the names of their takes.
    """

    path: Path
    clips: Clips


def plan_export(obj: bpy.types.Object, choices: ExportChoices) -> list[File]:
    """The files that an export makes, in the order in which they are written; nothing is written yet.

    Raises:
        AddonError: the character has no clip, the folder or the name will not do, this Blender lacks the format, or a
            file cannot hold all clips.
    """
    target, folder = TARGETS[choices.target], _folder(choices.folder)
    check_built(target.ending)
    if choices.clips == "active":
        return [_file([needed_clip(obj)], obj, choices, folder, set())]
    clips = all_clips(obj)
    if not clips:
        raise AddonError(f"No action moves armature '{obj.name}'; pose it from a video first.")
    if choices.clips == "together":
        if target.one_clip:
            raise AddonError(f"A {target.label} file holds one clip only; choose a file for each.")
        return [_file(clips, obj, choices, folder, set())]
    taken: set[Path] = set()
    files = []
    for clip in clips:
        files.append(_file([clip], obj, choices, folder, taken))
        taken.add(files[-1].path)
    return files


def write_file(context: bpy.types.Context, obj: bpy.types.Object, choices: FileChoices, file: File) -> None:
    """Write one of them.

    Raises:
        AddonError: it cannot be written; nothing half-written is left.
    """
    meshes = meshes_of(obj) if choices.with_mesh else ()
    write_clips(context, obj, file.path, file.clips, TARGETS[choices.target], choices.fps, meshes)


def clip_file(obj: bpy.types.Object, target: str, path: Path) -> File:
    """A file of the clip that plays.

    Raises:
        AddonError: nothing plays.
    """
    action = needed_clip(obj)
    return File(path, {TARGETS[target].take or action.name: action})


def _file(
    actions: list[bpy.types.Action], obj: bpy.types.Object, choices: ExportChoices, folder: Path, taken: set[Path]
) -> File:
    target = TARGETS[choices.target]
    alone = len(actions) == 1 and choices.clips != "together"
    values = {"clip": actions[0].name if alone else _TOGETHER, "character": obj.name, "target": choices.target}
    path = free_path(folder / (file_name(choices.template, values) + target.ending), taken)
    return File(path, {target.take if alone and target.take else action.name: action for action in actions})


def _folder(chosen: str) -> Path:
    if not chosen and not bpy.data.filepath:
        raise AddonError("No folder is chosen to export to, and this file is not saved yet; choose a folder.")
    folder = Path(bpy.path.abspath(chosen or "//"))
    if not folder.is_dir():
        raise AddonError(f"There is no folder '{folder}' to export to; choose another or make it.")
    return folder
