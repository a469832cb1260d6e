"""What the user chooses for an export, kept with the scene; the operator takes the same choices."""

# No `from __future__ import annotations`: Blender reads the properties from the annotations themselves.
import bpy

from ..compat import RELATIVE_PATHS
from . import naming
from .targets import DEFAULT, TARGETS

PROPERTY = "pose_from_video_export"
"""Name under which the choices hang on each scene."""


def target_choice(ending: str = "") -> object:
    """For whom a file is: any target, or those whose files have an ending."""
    items = [(name, target.label, target.tip) for name, target in TARGETS.items() if target.ending.endswith(ending)]
    return bpy.props.EnumProperty(
        name="For",
        description="The program that is to read the file: it decides on units, names and which bones go along",
        items=items,
        default=DEFAULT,
    )


class FileChoices:
    """What is chosen for a single file too."""

    with_mesh: bpy.props.BoolProperty(
        name="With Mesh",
        description="Write the character's body too; without it the file holds skeleton and motion, for characters "
        "that the other program has already",
        default=True,
    )
    fps: bpy.props.FloatProperty(
        name="Rate",
        description="Frames a second in the file; 0 takes the scene's rate, or what the program wants. The motion "
        "stays as fast as it is",
        min=0.0,
        max=240.0,
        default=0.0,
        precision=2,
    )


class ExportChoices(FileChoices):
    """For whom, which clips, and where to."""

    target: target_choice()
    clips: bpy.props.EnumProperty(
        name="Clips",
        description="Which of the character's actions are written",
        items=[
            ("active", "The One That Plays", "The active action, or the topmost strip of the NLA that is heard"),
            ("each", "Each in a File", "Every action in this file that moves the character, each in a file of its own"),
            (
                "together",
                "All in One File",
                "Every action that moves the character as a take of one file; FBX and glTF",
            ),
        ],
        default="active",
    )
    folder: bpy.props.StringProperty(
        name="Folder",
        description="Where the files go; empty takes the folder of the .blend, which must be saved then",
        subtype="DIR_PATH",
        options=RELATIVE_PATHS,
    )
    template: bpy.props.StringProperty(
        name="File Name",
        description="Name of each file, without its ending: {clip} is the action's name, {character} the armature's, "
        "{target} the program's. Files that are called so already are replaced",
        default=naming.DEFAULT,
    )


CHOICES = (*FileChoices.__annotations__, *ExportChoices.__annotations__)
"""Names of the choices."""


class PoseFromVideoExport(ExportChoices, bpy.types.PropertyGroup):
    """One scene's choices."""


def export_choices(scene: bpy.types.Scene) -> PoseFromVideoExport:
    """The choices kept with a scene."""
    return getattr(scene, PROPERTY)


CLASSES = (PoseFromVideoExport,)
