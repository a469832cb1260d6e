"""The side-by-side film from the panel: started, watched by a timer, cancelled."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
import tempfile
from pathlib import Path

import bpy

from ..armature import check_armature
from ..chosen import chosen_armature
from ..errors import AddonError, LookError
from ..export.plan import clip_file
from ..export.targets import TARGETS
from ..export.writers import write_clips
from ..files import check_place
from ..meshes import meshes_of
from ..operators.reporting import first_sentence
from ..operators.saving import SavesFile
from ..operators.window import TICK_S, redraw_sidebars
from ..preferences import runtime_python
from .film_job import FilmJob, FilmRequest
from .known import filmed_of
from .on_take import OnTake
from .take import needed_take


class FilmState:
    """The one film being made in this Blender.

    Attributes:
        job: the child at work, None while there is none.
        said: how the last one ended, empty before the first.
        failed: it did not end well.
    """

    def __init__(self) -> None:
        self.job: FilmJob | None = None
        self.said, self.failed = "", False

    def start(self, request: FilmRequest, folder: tempfile.TemporaryDirectory[str]) -> None:
        """Start a film; errors as `FilmJob`."""
        self.said, self.failed = "", False
        self.job = FilmJob(request, bpy.app.binary_path, folder)

    def poll(self, wait_s: float = 0.0) -> bool:
        """Whether no film is being made any more; `said` tells how it ended."""
        if self.job is None:
            return True
        try:
            if not self.job.poll(wait_s):
                return False
            self.said = f"Made {self.job.request.output}"
        except LookError as error:
            self.said, self.failed = first_sentence(error), True
        self.job = None
        return True

    def cancel(self) -> None:
        """Stop it; nothing is left."""
        if self.job is not None:
            self.job.cancel()
            self.job, self.said = None, "The film was cancelled"


FILM = FilmState()
"""Its room cancels it."""


def stop() -> None:
    """End the film and the timer that watches it."""
    FILM.cancel()
    if bpy.app.timers.is_registered(_watch):
        bpy.app.timers.unregister(_watch)


def _watch() -> float | None:
    over = FILM.poll()
    redraw_sidebars(bpy.context)
    return None if over else TICK_S


class SideBySide(OnTake, SavesFile, bpy.types.Operator):
    """Render the film and the character beside each other as an .mp4, in a second Blender, while you work on"""

    bl_idname = "pose_from_video.side_by_side"
    bl_label = "Side-by-Side Film"
    filename_ext = ".mp4"

    filter_glob: bpy.props.StringProperty(default="*.mp4", options={"HIDDEN"})
    fps: bpy.props.FloatProperty(name="Frame Rate", description="Pictures a second", default=15.0, min=1.0, max=120.0)
    width: bpy.props.IntProperty(
        name="Width", description="Of the character's part, pixels", default=480, min=64, max=4096
    )
    height: bpy.props.IntProperty(
        name="Height", description="Of the character's part, pixels", default=480, min=64, max=4096
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A take from a film plays, and no other film is being made."""
        if FILM.job is not None:
            cls.poll_message_set("A film is being made; wait for it, or cancel it")
            return False
        return super().poll(context)

    def suggested(self, context: bpy.types.Context) -> str:
        """The action's name."""
        return needed_take(chosen_armature(context)).action

    def act(self, context: bpy.types.Context) -> str:
        """Start the second Blender; without a window, wait for it."""
        try:
            self._start(context)
            if not bpy.app.background:
                bpy.app.timers.register(_watch, first_interval=TICK_S, persistent=True)
                return "Making the film in a second Blender"
            while not FILM.poll(wait_s=TICK_S):
                pass
            if FILM.failed:
                raise AddonError(FILM.said)
        except BaseException:
            FILM.cancel()
            raise
        return FILM.said

    def _start(self, context: bpy.types.Context) -> None:
        """Write the character to a file of its own and hand it to the child."""
        obj = check_armature(chosen_armature(context))
        take, output, runtime = needed_take(obj), Path(self.filepath), runtime_python()
        filmed_of(take.result)
        check_place(output, (self.filename_ext,))
        folder = tempfile.TemporaryDirectory(prefix="pose_")
        try:
            character = Path(folder.name) / "character.glb"
            clips = clip_file(obj, "gltf", character).clips
            write_clips(context, obj, character, clips, TARGETS["gltf"], others=meshes_of(obj))
            request = FilmRequest(
                characters=[(obj.name, character)],
                result=take.result,
                video=take.video if take.video.exists() else None,
                first_frame=take.video_start,
                output=output,
                runtime=runtime,
                fps=self.fps,
                size_px=(self.width, self.height),
            )
            FILM.start(request, folder)
        except BaseException:
            folder.cleanup()
            raise


class CancelFilm(bpy.types.Operator):
    """Stop making the film; a file that was there before stays"""

    bl_idname = "pose_from_video.cancel_film"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Only while one is being made."""
        return FILM.job is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Kill the second Blender."""
        FILM.cancel()
        redraw_sidebars(context)
        return {"FINISHED"}


CLASSES = (SideBySide, CancelFilm)
