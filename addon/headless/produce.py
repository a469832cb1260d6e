"""One clip: the character, the result or motion file and the settings become a file on disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bpy

from ...rigs.maps import RigMap
from ..export.targets import TARGETS
from ..hindrances import hindrances
from ..mapping.found import found_with
from ..mapping.rows import readable
from ..rates import set_frame_rate
from ..retarget import retarget_to_armature
from ..sequences import load_sequence
from .exporter import export_character
from .importer import Character, load_character
from .options import ClipSettings
from .progress import Progress
from .scene import current_scene, set_frame_range

FIRST_FRAME = 1
"""Where the keys begin, as Blender's scenes do."""


@dataclass(frozen=True, slots=True)
class Clip:
    """What `produce` made.

    Attributes:
        character: in the scene, with `action` playing.
        action: the new keys.
        frames: first and last frame of the action.
    """

    character: Character
    action: bpy.types.Action
    frames: tuple[int, int]


def check_rig(rig: Path, settings: ClipSettings) -> None:
    """Load the character and find out which bone is which, before the long work begins.

    Raises:
        AddonError: the file cannot be read or holds no usable armature.
        RigError: its bones are of no known rig, and what is missing; or it has no such controls as are asked for.
    """
    character = load_character(rig, settings.armature)
    map_of(character, settings).ik_for(settings.pose.controls)


def map_of(character: Character, settings: ClipSettings) -> RigMap:
    """Which bone is which: as it was said by hand and saved with the character, else as names and shape tell.

    Raises:
        RigError: its bones are of no known rig, and what is missing.
    """
    with readable():
        return found_with(character.armature, str(settings.maps) if settings.maps else None).rig_map


def produce(source: Path, rig: Path, output: Path, settings: ClipSettings, progress: Progress) -> Clip:
    """Retarget a result or a motion file onto a fresh copy of the character and write it.

    Args:
        source: the result .npz, or a motion file.
        rig: the character's file.
        output: a file of `FORMATS`; replaced only when whole.
        settings: of the clip.
        progress: told about each step.

    Raises:
        AddonError, RigError: a file cannot be read or written, or the rig is unknown.
    """
    wanted = settings.frame_start, settings.frame_end
    sequence = load_sequence(source, bpy.context, settings.smoothing, wanted)
    progress.update("load the character")
    character = load_character(rig, settings.armature)
    scene = current_scene()
    asked = TARGETS[settings.target].fps if settings.target else 0.0
    set_frame_rate(scene, settings.fps or asked or sequence.fps)
    progress.update("retarget")
    rig_map = map_of(character, settings)
    for text in hindrances(character.armature, rig_map, settings.pose.controls):
        progress.note(f"Warning: {text}")
    action = retarget_to_armature(
        character.armature,
        sequence,
        settings.pose,
        rig_map=rig_map,
        frame_start=FIRST_FRAME,
        scene=scene,
        action_name=output.stem,
        keys=settings.keys,
    )
    frames = set_frame_range(scene, action)
    progress.update("export")
    export_character(character, action, output, settings.target)
    return Clip(character, action, frames)
