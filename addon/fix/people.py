"""Who is in a frame of the film: looked up by the child, shown as pictures, one picked."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import bpy
import bpy.utils.previews

from ..chosen import chosen_armature
from ..errors import EXPECTED, FixError, JobCancelled
from ..look.known import filmed_of
from ..look.take import take_of
from ..motion.load import is_motion
from ..operators.reporting import ReportingOperator, first_sentence, reported
from ..operators.window import TICK_S, redraw_sidebars
from ..preferences import jobs_folder, runtime_python
from ..session import SESSION
from ..settings import PoseFromVideoSettings, settings_of

_SAME_PX = 0.5
"""Properties keep fewer digits than the list does."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """One person of a frame: a place in the picture, pixels, and a small picture."""

    x_px: float
    y_px: float
    thumbnail: Path


@dataclass(slots=True)
class People:
    """Who was found in which frame of which film.

    Attributes:
        video: the film; empty before the first look.
        frame: of the film, from 0.
        found: from left to right.
        looking: the child is looking.
        problem: why it found nobody.
    """

    video: str = ""
    frame: int = 0
    found: tuple[Somebody, ...] = ()
    looking: bool = False
    problem: str = ""
    pictures: Any = field(default=None, repr=False)

    def icon(self, person: Somebody) -> int:
        """The number under which Blender draws a person's picture."""
        if self.pictures is None:
            self.pictures = bpy.utils.previews.new()
        name = str(person.thumbnail)
        if name not in self.pictures:
            self.pictures.load(name, name, "IMAGE")
        return int(self.pictures[name].icon_id)

    def forget(self) -> None:
        """Start over."""
        self.video, self.found, self.problem, self.looking = "", (), "", False
        if self.pictures is not None:
            bpy.utils.previews.remove(self.pictures)
            self.pictures = None


PEOPLE = People()


def stop() -> None:
    """Look no more."""
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    PEOPLE.forget()


def read_people(path: Path) -> tuple[Somebody, ...]:
    """The list that the child has written, docs/design.md.

    Raises:
        FixError: it cannot be read.
    """
    try:
        people = json.loads(path.read_text(encoding="utf-8"))["people"]
        return tuple(
            Somebody(float(each["place_px"][0]), float(each["place_px"][1]), path.parent / each["thumbnail"])
            for each in people
        )
    except (OSError, KeyError, TypeError, ValueError, IndexError) as error:
        raise FixError(f"The list of people '{path}' cannot be read ({error}); look again.") from error


def film_frame(context: bpy.types.Context) -> int:
    """The frame of the panel's film, from 0, that the scene shows: by what plays, else by the rates."""
    settings, scene = settings_of(context.scene), context.scene
    take = take_of(chosen_armature(context))
    if take is not None and take.video == Path(bpy.path.abspath(settings.video)) and take.result.is_file():
        return filmed_of(take.result).nearest(take.second(scene.frame_current)) + take.video_start
    return settings.video_start + max(scene.frame_current - settings.frame_start, 0)


def _look(wait_s: float) -> bool:
    """Take in what the child says; whether it is done."""
    try:
        path = SESSION.poll(wait_s)
        if path is None:
            return False
        PEOPLE.found = read_people(path)
    except JobCancelled:
        PEOPLE.problem = ""
    except EXPECTED as error:
        PEOPLE.problem = first_sentence(error)
    PEOPLE.looking = False
    return True


def _tick() -> float | None:
    done = _look(0.0)
    redraw_sidebars(bpy.context)
    return None if done else TICK_S


class FindPeople(ReportingOperator, bpy.types.Operator):
    """Look who is in the film at the present frame, to pick the one to follow"""

    bl_idname = "pose_from_video.find_people"
    bl_label = "Who Is There?"
    bl_options: ClassVar[set[str]] = {"REGISTER"}

    frame: bpy.props.IntProperty(
        name="Frame", description="Frame of the film, from 0; not given, the one that the scene shows", default=-1
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A film is chosen and no job runs."""
        video = settings_of(context.scene).video
        if not video or is_motion(video):
            cls.poll_message_set("Choose a film first")
            return False
        return not SESSION.busy

    def act(self, context: bpy.types.Context) -> str:
        """Let the child look; without a window, wait for it."""
        video = Path(bpy.path.abspath(settings_of(context.scene).video))
        if not video.is_file():
            raise FixError(f"There is no video '{video}'; pick the file again.")
        frame = film_frame(context) if self.frame < 0 else self.frame
        PEOPLE.forget()
        output = jobs_folder() / "people" / f"{video.stem}-{frame}.json"
        output.parent.mkdir(parents=True, exist_ok=True)
        request = {"video": str(video), "people": frame, "output": str(output)}
        SESSION.start(runtime_python(), jobs_folder(), request)
        PEOPLE.video, PEOPLE.frame, PEOPLE.looking = str(video), frame, True
        if not bpy.app.background:
            bpy.app.timers.register(_tick, first_interval=TICK_S)
            return ""
        while not _look(TICK_S):
            pass
        if PEOPLE.problem:
            raise FixError(PEOPLE.problem)
        return f"{len(PEOPLE.found)} people in frame {PEOPLE.frame}"


class PickPerson(bpy.types.Operator):
    """Follow this person through the film; the job starts at once"""

    bl_idname = "pose_from_video.pick_person"
    bl_label = "Follow"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    number: bpy.props.IntProperty(name="Number", description="Which one, from the left, from 1", default=1, min=1)
    where: bpy.props.EnumProperty(
        name="Where",
        description="What is looked at",
        items=[
            ("film", "Film", "All of it: makes a new action"),
            ("stretch", "Stretch", "The chosen frames of what plays: the rest stays as it is"),
        ],
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Choose and go."""
        settings = settings_of(context.scene)
        if PEOPLE.video != bpy.path.abspath(settings.video) or self.number > len(PEOPLE.found):
            self.report({"ERROR"}, f"There is no person {self.number} in the list; look who is there first.")
            return {"CANCELLED"}
        person = PEOPLE.found[self.number - 1]
        place = PEOPLE.frame, person.x_px, person.y_px
        try:
            if self.where == "stretch":
                bpy.ops.pose_from_video.redo_range(person=place)
                return {"FINISHED"}
            settings.property_unset("region")
            settings.person = place
            bpy.ops.pose_from_video.process("EXEC_DEFAULT" if bpy.app.background else "INVOKE_DEFAULT")
        except RuntimeError as error:
            self.report({"ERROR"}, reported(error))
            return {"CANCELLED"}
        return {"FINISHED"}


class FollowAnybody(bpy.types.Operator):
    """Follow whoever the detector finds again"""

    bl_idname = "pose_from_video.follow_anybody"
    bl_label = "Follow Anybody"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Choose nobody."""
        settings_of(context.scene).property_unset("person")
        return {"FINISHED"}


def follows_somebody(settings: PoseFromVideoSettings) -> bool:
    """Whether a person was picked."""
    return settings.person[0] >= 0


def draw_people(layout: bpy.types.UILayout, settings: PoseFromVideoSettings, stretch: bool) -> None:
    """The button, the pictures of who is there, and whom the next job follows.

    Args:
        layout: where to.
        settings: name the film.
        stretch: frames of a take are chosen, so that a person can be followed there only.
    """
    row = layout.row(align=True)
    row.operator(FindPeople.bl_idname, text="Looking…" if PEOPLE.looking else FindPeople.bl_label, icon="COMMUNITY")
    if follows_somebody(settings):
        row.operator(FollowAnybody.bl_idname, text="", icon="X")
    if PEOPLE.problem:
        layout.label(text=PEOPLE.problem, icon="ERROR")
    if PEOPLE.video != bpy.path.abspath(settings.video):
        return
    grid = layout.grid_flow(columns=3, even_columns=True, align=True)
    for number, person in enumerate(PEOPLE.found, 1):
        cell = grid.column(align=True)
        cell.template_icon(PEOPLE.icon(person), scale=4.0)
        chosen = settings.person[0] == PEOPLE.frame and abs(settings.person[1] - person.x_px) < _SAME_PX
        cell.operator(PickPerson.bl_idname, depress=chosen).number = number
        if stretch:
            there = cell.operator(PickPerson.bl_idname, text="Here")
            there.number, there.where = number, "stretch"


CLASSES = (FindPeople, PickPerson, FollowAnybody)
