"""Corrections, one operator each; each lets the keys follow at once."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
from collections.abc import Callable, Iterable
from typing import ClassVar

import bpy

from ...rigs.filmed import Filmed
from ...rigs.skeleton import H36M_17
from ..armature import check_armature
from ..chosen import chosen_armature
from ..errors import FixError
from ..look.known import filmed_of
from ..look.on_take import OnTake
from ..look.take import Take
from ..look.views import redraw
from ..operators.reporting import ReportingOperator
from ..preferences import results_folder
from .edits import FEET, PARTS, Edits
from .lift import Lifts
from .notes import change_edits, needed_action, noted_action, wanted
from .stretch import result_frames
from .updates import UPDATES, Lifting

JOINTS = [(name, name.replace("_", " ").capitalize(), "") for name in H36M_17.joint_names]


class OnNotedTake(OnTake):
    """Needs a character with an action that knows how it was made."""

    @classmethod
    def serves(cls, obj: bpy.types.Object | None) -> bool:
        """Whether what plays on an armature is such an action."""
        return noted_action(obj) is not None


class Correction(OnNotedTake, ReportingOperator):
    """Does something about such an action."""

    def act(self, context: bpy.types.Context) -> str:
        """Find out what it is about, do it, and draw the views again."""
        obj = check_armature(chosen_armature(context))
        said = self.fix(context, obj, *needed_action(obj))
        redraw(context)
        return said

    def fix(self, context: bpy.types.Context, obj: bpy.types.Object, action: bpy.types.Action, take: Take) -> str:
        """What the operator does; returns what to say. Errors as `act`."""
        raise NotImplementedError


def apply_edits(obj: bpy.types.Object, action: bpy.types.Action, how: Callable[[Edits], Edits]) -> None:
    """Change the corrections of an action and let its keys follow; on an error, where one waits, they are as before."""
    before = wanted(action).edits
    if not change_edits(action, how):
        return
    try:
        UPDATES.ask(obj)
    except BaseException:
        change_edits(action, lambda _: before)
        raise


class OfFrames(Correction):
    """Works on a range of scene frames."""

    first: bpy.props.IntProperty(
        name="First", description="First scene frame; without both, the preview range or selected markers", default=0
    )
    last: bpy.props.IntProperty(name="Last", description="Last scene frame, included", default=-1)

    def chosen(self, context: bpy.types.Context) -> tuple[int, int]:
        """Half-open range of the frames of the result of what plays."""
        return self.frames(context, needed_action(chosen_armature(context))[1])

    def frames(self, context: bpy.types.Context, take: Take) -> tuple[int, int]:
        """Half-open range of a take's frames of its result."""
        return result_frames(context.scene, take, filmed_of(take.result), self.first, self.last)


class CorrectPoint(Correction, bpy.types.Operator):
    """Say where a joint is in the film on one frame; the motion around follows"""

    bl_idname = "pose_from_video.correct_point"
    bl_label = "Correct Point"

    joint: bpy.props.EnumProperty(name="Joint", description="Which one", items=JOINTS)
    frame: bpy.props.IntProperty(name="Frame", description="Scene frame; not given, the present one")
    x: bpy.props.FloatProperty(
        name="X", description="Pixels of the film from its left; not given, where the joint is taken to be"
    )
    y: bpy.props.FloatProperty(
        name="Y", description="Pixels of the film from its top; not given, where the joint is taken to be"
    )

    def fix(self, context: bpy.types.Context, obj: bpy.types.Object, action: bpy.types.Action, take: Take) -> str:
        """Note the point."""
        filmed = filmed_of(take.result)
        scene_frame = self.frame if self.properties.is_property_set("frame") else context.scene.frame_current
        frame = frame_in(take, filmed, scene_frame)
        x, y = map(float, filmed.joints_px[frame, H36M_17.index(self.joint)])
        if self.properties.is_property_set("x"):
            x = self.x
        if self.properties.is_property_set("y"):
            y = self.y
        width, height = filmed.image_size_px
        if not (0 <= x <= width and 0 <= y <= height):
            raise FixError(f"({x:.0f}, {y:.0f}) lies outside of the picture of {width:.0f} by {height:.0f} pixels.")
        apply_edits(obj, action, lambda edits: edits.with_point(frame, self.joint, x, y))
        return f"{JOINTS[H36M_17.index(self.joint)][1]} is at {x:.0f}, {y:.0f} on frame {scene_frame}"


def frame_in(take: Take, filmed: Filmed, scene_frame: float) -> int:
    """The frame of the result that a scene frame shows.

    Raises:
        FixError: the take does not have that frame.
    """
    frame = filmed.nearest(take.second(scene_frame))
    low, high = take.frames(filmed.frame_times_s[[0, -1]])
    if not low - 0.5 <= scene_frame <= high + 0.5:
        raise FixError(f"Frame {scene_frame:g} is none of the take's; it has frames {low:.0f} to {high:.0f}.")
    return frame


class RemovePoints(OfFrames, bpy.types.Operator):
    """Take back corrected points of a range of frames, of one joint or of all"""

    bl_idname = "pose_from_video.remove_points"
    bl_label = "Remove Points"

    joint: bpy.props.EnumProperty(
        name="Joint", description="Which one", items=[("ALL", "All Joints", ""), *JOINTS], default="ALL"
    )

    def fix(self, context: bpy.types.Context, obj: bpy.types.Object, action: bpy.types.Action, take: Take) -> str:
        """Forget them."""
        frames, joint = range(*self.frames(context, take)), None if self.joint == "ALL" else self.joint
        before = len(wanted(action).edits.points)
        apply_edits(obj, action, lambda edits: edits.without_points(frames, joint))
        return f"Removed {before - len(wanted(action).edits.points)} corrected points"


class SwapSides(OfFrames, bpy.types.Operator):
    """Left was taken for right in these frames: swap them; once more swaps them back"""

    bl_idname = "pose_from_video.swap_sides"
    bl_label = "Swap Left and Right"

    part: bpy.props.EnumProperty(
        name="Part",
        description="Which limbs",
        items=[("arms", "Arms", ""), ("legs", "Legs", ""), ("both", "Both", "")],
        default="both",
    )

    def fix(self, context: bpy.types.Context, obj: bpy.types.Object, action: bpy.types.Action, take: Take) -> str:
        """Note it."""
        start, end = self.frames(context, take)
        parts: Iterable[str] = PARTS if self.part == "both" else (self.part,)
        apply_edits(obj, action, lambda edits: edits.with_swap(range(start, end), parts))
        return f"Swapped {'arms and legs' if self.part == 'both' else self.part} on {end - start} frames"


class SetContact(OfFrames, bpy.types.Operator):
    """Say whether a foot stands on the floor in these frames"""

    bl_idname = "pose_from_video.set_contact"
    bl_label = "Set Contact"

    foot: bpy.props.EnumProperty(
        name="Foot",
        description="Which foot",
        items=[("left", "Left", ""), ("right", "Right", ""), ("both", "Both", "")],
        default="both",
    )
    state: bpy.props.EnumProperty(
        name="State",
        description="What it does",
        items=[
            ("stands", "Stands", "On the floor, held still"),
            ("lifted", "Lifted", "In the air, or sliding"),
            ("auto", "Auto", "As it was found; takes back what was said"),
        ],
        default="stands",
    )

    def fix(self, context: bpy.types.Context, obj: bpy.types.Object, action: bpy.types.Action, take: Take) -> str:
        """Note it."""
        start, end = self.frames(context, take)
        standing = {"stands": True, "lifted": False, "auto": None}[self.state]
        feet = FEET if self.foot == "both" else (self.foot,)

        def said(edits: Edits) -> Edits:
            for foot in feet:
                edits = edits.with_contact(foot, range(start, end), standing)
            return edits

        apply_edits(obj, action, said)
        return f"{' and '.join(feet).capitalize()} foot: {self.state} on {end - start} frames"


class OfStretch(OfFrames):
    """Looks at a range of frames, or all, again; its keys come later, as an undo step of their own."""

    bl_options: ClassVar[set[str]] = {"REGISTER"}

    whole: bpy.props.BoolProperty(name="Whole Take", description="All frames, whatever is chosen", default=False)

    def frames(self, context: bpy.types.Context, take: Take) -> tuple[int, int]:
        """Half-open range of a take's frames of its result."""
        return (0, len(filmed_of(take.result).frame_times_s)) if self.whole else super().frames(context, take)


class RedoRange(OfStretch, bpy.types.Operator):
    """Look at these frames of the film again; all others stay as they are"""

    bl_idname = "pose_from_video.redo_range"
    bl_label = "Re-Do Range"

    region: bpy.props.IntVectorProperty(
        name="Region",
        description="Left, top, right and bottom of a box to look inside, pixels of the film; all 0: everywhere",
        size=4,
        min=0,
    )
    person: bpy.props.FloatVectorProperty(
        name="Person",
        description="Frame of the film, from 0, and a place in its picture, pixels from the upper left, of the one "
        "to follow; a frame under 0: whoever is found",
        size=3,
        default=(-1.0, 0.0, 0.0),
    )

    def fix(self, context: bpy.types.Context, obj: bpy.types.Object, action: bpy.types.Action, take: Take) -> str:
        """Start the job."""
        frames, recipe = self.frames(context, take), wanted(action)
        if not take.video.exists():
            raise FixError(f"The film '{take.video}' is gone; put it back.")
        region = tuple(self.region) if any(self.region) else None
        seen, x, y = self.person
        person = (int(seen), x, y) if seen >= 0 else None
        request = Lifts(results_folder()).redo_request(recipe, take.video, frames, region, person)
        lifting = Lifting(obj.session_uid, action.session_uid, recipe, "Re-do range", renews=True)
        UPDATES.start(obj, lifting, request)
        return f"Looking at {frames[1] - frames[0]} frames again"


class ChooseStretch(bpy.types.Operator):
    """Work on these frames: they become the preview range, and the first one is shown"""

    bl_idname = "pose_from_video.choose_stretch"
    bl_label = "Choose"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    first: bpy.props.IntProperty(name="First", description="First scene frame")
    last: bpy.props.IntProperty(name="Last", description="Last scene frame, included")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Set the range."""
        scene = context.scene
        scene.use_preview_range = True
        scene.frame_preview_start, scene.frame_preview_end = self.first, self.last
        scene.frame_set(self.first)
        return {"FINISHED"}


class ClearEdits(Correction, bpy.types.Operator):
    """Take back all corrections of this action; frames that were looked at again stay"""

    bl_idname = "pose_from_video.clear_edits"
    bl_label = "Clear Corrections"

    def fix(self, context: bpy.types.Context, obj: bpy.types.Object, action: bpy.types.Action, take: Take) -> str:
        """Forget them."""
        apply_edits(obj, action, lambda _: Edits())
        return "Took back all corrections"


class UpdateTake(Correction, bpy.types.Operator):
    """Key the action anew with the panel's options and its corrections; keys changed by hand are replaced"""

    bl_idname = "pose_from_video.update_take"
    bl_label = "Update Keys"

    def fix(self, context: bpy.types.Context, obj: bpy.types.Object, action: bpy.types.Action, take: Take) -> str:
        """Key it."""
        UPDATES.renew(context.scene, obj)
        return f"Updated '{action.name}'"


CLASSES = (CorrectPoint, RemovePoints, SwapSides, SetContact, RedoRange, ChooseStretch, ClearEdits, UpdateTake)
