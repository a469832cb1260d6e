"""What a film or motion file becomes: everything but who waits for the child meanwhile."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy

from .armature import check_armature
from .errors import AddonError
from .fix.notes import note_recipe
from .footage import are_pictures, check_film
from .hindrances import hindrances
from .identity import by_uid
from .key_settings import KeySettings
from .look.take import Take, note_take
from .mapping.found import found_rig
from .motion.load import is_motion
from .networks import networks
from .preferences import detector_preference, rig_maps_preference
from .rates import frame_rate, set_frame_rate
from .retarget import retarget_to_armature
from .sequences import load_sequence
from .settings import PoseFromVideoSettings, frozen, pose_settings


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be made, as it was chosen: what is clicked, renamed or undone meanwhile does not change it.

    Attributes:
        choices: every choice of `PoseFromVideoSettings` by its name; paths are absolute.
        armature: name of the character's armature, for messages.
        armature_uid, scene_uid: their `session_uid`: references would not survive undo.
    """

    choices: SimpleNamespace
    armature: str
    armature_uid: int
    scene_uid: int

    @property
    def source(self) -> Path:
        """The film or motion file."""
        return Path(self.choices.video)

    def request(self) -> dict[str, Any] | None:
        """The inference request; None for motion files, which are read without the child."""
        if is_motion(self.choices.video):
            return None
        frame, x, y = self.choices.person
        return {
            "video": self.choices.video,
            "person_height_m": round(self.choices.person_height_m, 4) or None,
            "lens_mm": round(self.choices.lens_mm, 2) or None,
            "frame_start": self.choices.video_start or None,
            "frame_end": self.choices.video_end or None,
            "quality": self.choices.quality,
            "fingers": self.choices.fingers,
            **networks(self.choices.detector_models, self.choices.causal),
            "fps": self.choices.pictures_fps if are_pictures(self.source) else None,
            "person": [int(frame), x, y] if frame >= 0 else None,
            "region": list(self.choices.region) if any(self.choices.region) else None,
        }


@dataclass(frozen=True, slots=True)
class Made:
    """What was made.

    Attributes:
        action: its name.
        first, last: the scene frames it covers.
        warnings: what may keep it from showing.
    """

    action: str
    first: int
    last: int
    warnings: tuple[str, ...]

    def sentence(self) -> str:
        """It in words."""
        return f"Keyed frames {self.first} to {self.last} in action '{self.action}'"


def plan_for(scene: bpy.types.Scene, settings: PoseFromVideoSettings, obj: bpy.types.Object | None) -> Plan:
    """Check everything that can be checked beforehand.

    Args:
        scene: gets the keys.
        settings: the choices.
        obj: the character's armature.

    Raises:
        AddonError, RigError: the file is missing, or the object is no armature that can be driven.
    """
    checked = check_armature(obj)
    found_rig(checked)
    choices = frozen(settings)
    if not choices.video:
        raise AddonError("No video is chosen; pick a film of one person in the panel.")
    if not is_motion(choices.video):
        check_film(Path(choices.video))
    choices.detector_models = detector_preference()
    choices.pictures_fps = choices.pictures_fps or round(frame_rate(scene), 4)
    return Plan(choices, checked.name, checked.session_uid, scene.session_uid)


def make(context: bpy.types.Context, plan: Plan, path: Path) -> Made:
    """Put a result or motion file on the plan's armature, as a new action that plays.

    Args:
        context: of the operator.
        plan: what was chosen.
        path: the result .npz, or the motion file.

    Raises:
        AddonError, RigError: the armature is gone or cannot be keyed, or the file cannot be used; nothing has changed.
    """
    obj = by_uid(bpy.data.objects, plan.armature_uid)
    scene = by_uid(bpy.data.scenes, plan.scene_uid)
    if obj is None or scene is None:
        raise AddonError(f"Armature '{plan.armature}' is gone; pick one again.")
    choices = plan.choices
    rig_map = found_rig(obj).rig_map
    pose = pose_settings(choices, rig_map)
    wanted = choices.video_start or None, choices.video_end or None
    smoothing = choices.motion_smoothing if is_motion(path) else choices.smoothing
    sequence = load_sequence(path, context, smoothing, wanted, rig_maps_preference())
    with _rate_of(scene, sequence.fps if choices.match_rate else None):
        action = retarget_to_armature(
            obj,
            sequence,
            pose,
            rig_map=rig_map,
            frame_start=choices.frame_start,
            scene=scene,
            action_name=f"{obj.name} {plan.source.stem}",
            keys=KeySettings(reduce_deg=round(choices.reduce_deg, 3) or None, nla=choices.nla),
        )
    if (request := plan.request()) is not None:
        kept = note_recipe(obj, action, path, request, choices)
        note_take(action, _take(scene, plan, kept, action.name))
    first, last = map(int, action.frame_range)
    if choices.extend_range and scene.frame_end < last:
        scene.frame_end = last
    return Made(action.name, first, last, tuple(hindrances(obj, rig_map, pose.controls)))


def _take(scene: bpy.types.Scene, plan: Plan, result: Path, action: str) -> Take:
    """What an action that was just keyed came from."""
    choices = plan.choices
    return Take(
        action,
        result,
        plan.source,
        choices.video_start,
        choices.frame_start,
        frame_rate(scene),
        choices.root == "in_place",
        choices.controls == "ik",
    )


@contextlib.contextmanager
def _rate_of(scene: bpy.types.Scene, fps: float | None) -> Iterator[None]:
    """Give the scene a rate; an error in the block gives back the one that it had."""
    before = scene.render.fps, scene.render.fps_base
    try:
        if fps is not None:
            set_frame_rate(scene, fps)
        yield
    except BaseException:
        scene.render.fps, scene.render.fps_base = before
        raise
