"""What the user chooses in the panel, kept with the scene."""

# No `from __future__ import annotations`: Blender reads the properties from the annotations themselves.
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import bpy

from ..inference.protocol import DEFAULT_QUALITY
from ..rigs.maps import RigMap
from ..rigs.retarget import RetargetSettings
from ..rigs.smoothing.adaptive import DEFAULT_STRENGTH
from .compat import RELATIVE_PATHS

PROPERTY = "pose_from_video"
"""Name under which the settings hang on each scene."""


listeners: list[Callable[["PoseFromVideoSettings", str, bpy.types.Context], None]] = []
"""Called with the choices, the name of the one that was just changed, and the context."""


def _told(name: str) -> Callable[[Any, bpy.types.Context], None]:
    """What Blender calls when a choice was changed."""

    def tell(self: Any, context: bpy.types.Context) -> None:
        for listener in listeners:
            listener(self, name, context)

    return tell


def _film_changed(settings: Any, _context: bpy.types.Context) -> None:
    """Whom and where to look for was said of another film."""
    for name in ("person", "region"):
        settings.property_unset(name)


def _is_armature(_self: object, obj: bpy.types.Object) -> bool:
    return obj.type == "ARMATURE"


def _foot(side: str) -> object:
    return bpy.props.EnumProperty(
        name=f"{side.capitalize()} Foot",
        update=_told(f"{side}_foot"),
        description="How this foot meets the floor. Change it where a foot slides, sticks or sinks",
        items=[
            ("auto", "Auto", "Flat and still where it stands, on the floor or on a step; never under the floor"),
            ("always", "Always", "Takes it to stand all the time"),
            ("floor", "Floor Only", "Flat near the floor and never under it, but free to slide"),
            ("off", "Off", "As the shin has it"),
        ],
        default="auto",
    )


class PoseFromVideoSettings(bpy.types.PropertyGroup):
    """One scene's choices."""

    video: bpy.props.StringProperty(
        name="Video or Motion File",
        description="Film of one person; numbered pictures: their folder, or the first one; or a motion file of one "
        "person: .bvh, .fbx, .glb or .blend",
        subtype="FILE_PATH",
        options=RELATIVE_PATHS,
        update=_film_changed,
    )
    armature: bpy.props.PointerProperty(
        name="Armature",
        description="The character's armature: pick it with the eyedropper, or leave this empty to use the active "
        "object, rig or body",
        type=bpy.types.Object,
        poll=_is_armature,
    )
    ik: bpy.props.BoolProperty(
        name="IK Limbs",
        update=_told("ik"),
        description="Bring wrists and ankles where the performer's are, scaled to the character: hands meet and feet "
        "stand. Off, limbs only point as the performer's do, which suits very other proportions",
        default=True,
    )
    fingers: bpy.props.BoolProperty(
        name="Fingers",
        update=_told("fingers"),
        description="Turn the fingers too. A film is looked at around each hand besides, which takes longer, and hands "
        "must be seen: what is hidden or too small rests. Process the film again for fingers that were not looked at",
        default=False,
    )
    root: bpy.props.EnumProperty(
        name="Root",
        update=_told("root"),
        description="What becomes of the performer's way through the room. In place for walk cycles, and for engines "
        "that move the character themselves",
        items=[
            ("travel", "Travel", "The character travels as the performer does"),
            ("in_place", "In Place", "The character stays where it is"),
        ],
        default="travel",
    )
    root_on: bpy.props.EnumProperty(
        name="Path On",
        update=_told("root_on"),
        description="Which bone carries the way through the room: engines that take root motion read it off the root "
        "bone",
        items=[
            ("hips", "Hips", "The hips carry all of it"),
            (
                "root",
                "Root Bone",
                "The root bone goes along the floor, the hips up and down: root motion for games",
            ),
        ],
        default="hips",
    )
    heading: bpy.props.EnumProperty(
        name="Facing",
        update=_told("heading"),
        description="Which way the character faces and goes",
        items=[
            ("world", "As Filmed", "A performer who faces the camera faces -Y, however the character rests"),
            ("character", "As Resting", "A performer who faces the camera faces where the character's rest pose does"),
        ],
        default="world",
    )
    left_foot: _foot("left")
    right_foot: _foot("right")
    controls: bpy.props.EnumProperty(
        name="Controls",
        update=_told("controls"),
        description="Which controls of a control rig get the keys of arms and legs: FK to polish arcs, IK to polish "
        "contacts",
        items=[
            ("fk", "FK", "Upper arms, forearms, thighs and shins are turned"),
            ("ik", "IK", "Hands and feet are placed, elbows and knees follow their pole targets"),
        ],
        default="fk",
    )
    smoothing: bpy.props.FloatProperty(
        name="Smoothing",
        update=_told("smoothing"),
        description="How much of the trembling that a film brings is taken out: 0 keeps every detail and all jitter, 1 "
        "is smoothest. Fast moves are smoothed less than slow ones; the film is not looked at again for another value",
        min=0.0,
        max=1.0,
        default=DEFAULT_STRENGTH,
    )
    motion_smoothing: bpy.props.FloatProperty(
        name="Smoothing",
        description="Of motion files: 0 takes them as they are, 1 is smoothest",
        min=0.0,
        max=1.0,
        default=0.0,
    )
    frame_start: bpy.props.IntProperty(
        name="Start Frame", description="Scene frame of the first video frame", default=1
    )
    person_height_m: bpy.props.FloatProperty(
        name="Height",
        description="Standing height of the person in the film: a film cannot tell a tall person from a near one, and "
        "steps and jumps are as long as this makes them. 0 takes 1.75 m",
        min=0.0,
        max=3.0,
        default=0.0,
        precision=2,
        subtype="DISTANCE",
    )
    lens_mm: bpy.props.FloatProperty(
        name="Lens",
        description="Focal length of the film's camera in millimetres, as for 35 mm film: phones and cameras name it, "
        "most phones have 24 to 28. If it is much wider or longer than usual, people lean less. 0 takes a usual one",
        min=0.0,
        max=400.0,
        default=0.0,
        precision=0,
    )
    quality: bpy.props.EnumProperty(
        name="Quality",
        description="How closely the film is looked at: what a film takes in time, and how true the motion is",
        items=[
            ("fast", "Fast", "Looks at every third frame: twice as fast, for a first try. Quick hands lose a little"),
            ("balanced", "Balanced", "Looks at every frame"),
            ("best", "Best", "Looks at every frame twice, in the mirror too: takes twice the time, errs 2 % less"),
        ],
        default=DEFAULT_QUALITY,
    )
    causal: bpy.props.BoolProperty(
        name="Causal",
        description="Lift each frame from itself and those before it alone, as live use would; otherwise the frames "
        "behind it help too, which is calmer and truer",
        default=False,
    )
    pictures_fps: bpy.props.FloatProperty(
        name="Pictures' Rate",
        description="Frames a second at which numbered pictures were taken; 0 takes the scene's rate",
        min=0.0,
        max=1000.0,
        soft_max=240.0,
        default=0.0,
        precision=2,
    )
    person: bpy.props.FloatVectorProperty(
        name="Person",
        description="Whom to follow: a frame of the film, from 0, and a place in its picture, pixels from the upper "
        "left; a frame under 0: whoever is found",
        size=3,
        default=(-1.0, 0.0, 0.0),
    )
    region: bpy.props.IntVectorProperty(
        name="Region",
        description="Left, top, right and bottom of a box to look inside, pixels of the film; all 0: everywhere",
        size=4,
        min=0,
    )
    video_start: bpy.props.IntProperty(name="From", description="First frame of the file to use", min=0, default=0)
    video_end: bpy.props.IntProperty(
        name="To", description="Frame of the file to stop before; 0 means its end", min=0, default=0
    )
    reduce_deg: bpy.props.FloatProperty(
        name="Reduce Keys",
        update=_told("reduce_deg"),
        description="Keep only as many keys as leave no bone off by more degrees than this; 0 keeps one on each frame",
        min=0.0,
        max=45.0,
        soft_max=5.0,
        default=0.0,
        step=10,
        precision=2,
    )
    nla: bpy.props.BoolProperty(
        name="Push to NLA",
        description="Put the new action on an NLA track of its own, over those there are",
        default=False,
    )
    match_rate: bpy.props.BoolProperty(
        name="File's Rate",
        description="Let the scene run at the file's frame rate, one key a frame of it; otherwise keys are resampled",
        default=False,
    )
    extend_range: bpy.props.BoolProperty(
        name="Extend Range", description="Let the scene run long enough to show the whole action", default=True
    )


def settings_of(scene: bpy.types.Scene) -> PoseFromVideoSettings:
    """The choices kept with a scene."""
    return getattr(scene, PROPERTY)


def copy_choices(source: PoseFromVideoSettings, target: PoseFromVideoSettings) -> None:
    """Let one scene's or job's choices be another's, the armature too."""
    for name in (*plain_names(), "armature"):
        setattr(target, name, getattr(source, name))


def frozen(settings: PoseFromVideoSettings) -> SimpleNamespace:
    """The choices as they are now, by their names; paths absolute, without the armature, which undo may renew."""
    values = {name: getattr(settings, name) for name in plain_names()}
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, bpy.types.bpy_prop_array)}
    return SimpleNamespace(**values | lists | {"video": bpy.path.abspath(settings.video)})


def plain_names() -> list[str]:
    """Names of the choices that are plain values."""
    refers = ("POINTER", "COLLECTION")
    return [
        each.identifier
        for each in PoseFromVideoSettings.bl_rna.properties
        if each.type not in refers and not each.is_readonly and each.identifier != "name"
    ]


def pose_settings(settings: PoseFromVideoSettings | SimpleNamespace, rig_map: RigMap) -> RetargetSettings:
    """The choices, or frozen ones, of how the pose is put on the character; FK controls where the rig has no others."""
    return RetargetSettings(
        ik=settings.ik,
        fingers=settings.fingers,
        root=settings.root,
        root_on=settings.root_on,
        left_foot=settings.left_foot,
        right_foot=settings.right_foot,
        heading=settings.heading,
        controls=settings.controls if rig_map.ik else "fk",
    )
