"""The rows of the job list, kept with the scene: they are saved, loaded and undone with it."""

# No `from __future__ import annotations`: Blender reads the properties from the annotations themselves.
import uuid

import bpy

from ..settings import PoseFromVideoSettings, copy_choices

PROPERTY = "pose_from_video_jobs"
"""Name under which the list hangs on each scene."""


class PoseFromVideoJob(bpy.types.PropertyGroup):
    """A film, a character, and the choices that were made when the job was added.

    That it runs is not written down: a file that is saved and loaded meanwhile finds the job waiting.
    """

    uid: bpy.props.StringProperty(name="Identity", description="Tells the job from others while rows move")
    choices: bpy.props.PointerProperty(type=PoseFromVideoSettings)
    state: bpy.props.EnumProperty(
        name="State",
        description="What became of the job",
        items=[
            ("waiting", "Waiting", "Its turn has not come", "SORTTIME", 0),
            ("done", "Done", "Its keys are on the character", "CHECKMARK", 1),
            ("failed", "Failed", "It ended without keys", "ERROR", 2),
            ("cancelled", "Cancelled", "It was stopped", "X", 3),
        ],
        default="waiting",
    )
    said: bpy.props.StringProperty(name="Outcome", description="What was made, or why nothing was")
    frames: bpy.props.IntProperty(name="Frames", description="Of the whole film; 0 where not known")

    @property
    def to_do(self) -> int:
        """Frames from the chosen first to the chosen last; 0 where not known."""
        return max((self.choices.video_end or self.frames) - self.choices.video_start, 0)


class PoseFromVideoJobs(bpy.types.PropertyGroup):
    """The list."""

    rows: bpy.props.CollectionProperty(type=PoseFromVideoJob)
    active: bpy.props.IntProperty(name="Job", description="The row that the buttons are about", default=-1)


def jobs_of(scene: bpy.types.Scene) -> PoseFromVideoJobs:
    """The list kept with a scene."""
    return getattr(scene, PROPERTY)


def add_row(scene: bpy.types.Scene, choices: PoseFromVideoSettings, armature: bpy.types.Object) -> PoseFromVideoJob:
    """Put a job at the end of the list, and make it the active row.

    Args:
        scene: owns the list.
        choices: copied.
        armature: the character's.
    """
    jobs = jobs_of(scene)
    row = jobs.rows.add()
    row.uid = uuid.uuid4().hex
    copy_choices(choices, row.choices)
    row.choices.armature = armature
    jobs.active = len(jobs.rows) - 1
    return row


def find_row(scene: bpy.types.Scene, uid: str) -> PoseFromVideoJob | None:
    """The row of a job, None where it was removed."""
    return next((row for row in jobs_of(scene).rows if row.uid == uid), None)


CLASSES = (PoseFromVideoJob, PoseFromVideoJobs)
