"""Video to keys: one operator, driven by a timer in the window and by a loop in the background."""

# No `from __future__ import annotations`: Blender reads properties from annotations.
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import bpy

from ..armature import check_armature, read_rest
from ..errors import AddonError, JobCancelled
from ..headless.scene import set_frame_rate
from ..hindrances import hindrances
from ..key_settings import KeySettings
from ..look.take import Take, note_take
from ..motion.load import is_motion
from ..preferences import jobs_folder, rig_maps_preference, runtime_python
from ..recognition import recognise
from ..retarget import retarget_to_armature, scene_rate
from ..sequences import load_sequence
from ..session import SESSION
from ..settings import PoseFromVideoSettings, pose_settings, settings_of
from .reporting import EXPECTED, first_sentence
from .window import TICK_S, redraw_sidebars


def chosen_armature(context: bpy.types.Context) -> bpy.types.Object | None:
    """The armature of the panel, else the active one, else the one that moves the active mesh."""
    chosen = settings_of(context.scene).armature
    if chosen is not None:
        return chosen
    active = context.view_layer.objects.active
    if active is not None and active.type == "MESH":
        return active.find_armature()
    return active if active is not None and active.type == "ARMATURE" else None


def request_from(settings: PoseFromVideoSettings) -> dict[str, Any]:
    """The inference request for the panel's choices.

    Raises:
        AddonError: no video is chosen, or the file is not there.
    """
    if not settings.video:
        raise AddonError("No video is chosen; pick a film of one person in the panel.")
    video = Path(bpy.path.abspath(settings.video))
    if not video.is_file():
        raise AddonError(f"There is no video '{video}'; pick the file again.")
    return {
        "video": str(video),
        "person_height_m": round(settings.person_height_m, 4) or None,
        "frame_start": settings.video_start or None,
        "frame_end": settings.video_end or None,
    }


def _take(scene: bpy.types.Scene, result: Path, action: str) -> Take:
    """What an action that was just keyed came from."""
    settings = settings_of(scene)
    return Take(
        action,
        result,
        Path(bpy.path.abspath(settings.video)),
        settings.video_start,
        settings.frame_start,
        scene_rate(scene),
        settings.root == "in_place",
        settings.controls == "ik",
    )


class ProcessVideo(bpy.types.Operator):
    """Turn the video or motion file into keys on the armature, as a new action"""

    bl_idname = "pose_from_video.process"
    bl_label = "Pose from Video"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    _timer: bpy.types.Timer | None = None

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """One job at a time."""
        return not SESSION.busy

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Start the job and return to the window."""
        try:
            known = self._begin(context)
            if known is not None:
                return self._key(context, known)
        except EXPECTED as error:
            return self._refuse(error)
        manager = context.window_manager
        self._timer = manager.event_timer_add(TICK_S, window=context.window)
        manager.modal_handler_add(self)
        context.workspace.status_text_set("Pose from Video: Esc cancels")
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Look at the job ten times a second; everything else goes on to Blender."""
        if event.type == "ESC" and event.value == "PRESS":
            SESSION.cancel_requested = True
            return {"RUNNING_MODAL"}
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        try:
            path = SESSION.poll()
            if path is None:
                redraw_sidebars(context)
                return {"PASS_THROUGH"}
            self._leave(context)
            return self._key(context, path)
        except EXPECTED as error:
            self._leave(context)
            return self._refuse(error)
        except BaseException:
            self._leave(context)
            raise

    def execute(self, context: bpy.types.Context) -> set[str]:
        """The same job without a window: wait for it."""
        try:
            path = self._begin(context)
            while path is None:
                path = SESSION.poll(wait_s=TICK_S)
            return self._key(context, path)
        except EXPECTED as error:
            return self._refuse(error)
        except BaseException:
            SESSION.abandon()
            raise

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends the operator: another file is being loaded, or the window closes."""
        SESSION.abandon()
        self._leave(context)

    def _begin(self, context: bpy.types.Context) -> Path | None:
        """Check everything that can be checked now, then start; the result at once if it is known."""
        settings = settings_of(context.scene)
        obj = check_armature(chosen_armature(context))
        recognise(read_rest(obj), rig_maps_preference())
        # A name, not a reference: undo and loading may renew the objects while the job runs.
        self._armature = obj.name
        if is_motion(settings.video):  # no film to look at, so no job
            return Path(bpy.path.abspath(settings.video))
        request = request_from(settings)
        known = SESSION.known_result(request)
        if known is None:
            SESSION.start(runtime_python(), jobs_folder(), request)
        return known

    def _key(self, context: bpy.types.Context, path: Path) -> set[str]:
        """Put the result on the armature."""
        obj = bpy.data.objects.get(self._armature)
        if obj is None:
            raise AddonError(f"Armature '{self._armature}' is gone; pick one again.")
        scene, settings = context.scene, settings_of(context.scene)
        rig_map = recognise(read_rest(obj), rig_maps_preference()).rig_map
        pose = pose_settings(settings, rig_map)
        wanted = settings.video_start or None, settings.video_end or None
        smoothing = settings.motion_smoothing if is_motion(path) else settings.smoothing
        sequence = load_sequence(path, context, smoothing, wanted, rig_maps_preference())
        with _rate_of(scene, sequence.fps if settings.match_rate else None):
            action = retarget_to_armature(
                obj,
                sequence,
                pose,
                rig_map=rig_map,
                frame_start=settings.frame_start,
                scene=scene,
                action_name=f"{obj.name} {Path(settings.video).stem}",
                keys=KeySettings(reduce_deg=round(settings.reduce_deg, 3) or None, nla=settings.nla),
            )
        if not is_motion(path):
            note_take(action, _take(context.scene, path, action.name))
        last = int(action.frame_range[1])
        if settings.extend_range and scene.frame_end < last:
            scene.frame_end = last
        for warning in (*(() if is_motion(path) else SESSION.warnings), *hindrances(obj, rig_map, pose.controls)):
            self.report({"WARNING"}, warning)
        self.report({"INFO"}, f"Keyed frames {int(action.frame_range[0])} to {last} in action '{action.name}'")
        return {"FINISHED"}

    def _refuse(self, error: Exception) -> set[str]:
        kind = "INFO" if isinstance(error, JobCancelled) else "ERROR"
        self.report({kind}, first_sentence(error))
        return {"CANCELLED"}

    def _leave(self, context: bpy.types.Context) -> None:
        """Take down what `invoke` put up."""
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            self._timer = None
        if context.workspace is not None:
            context.workspace.status_text_set(None)
        redraw_sidebars(context)


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


class CancelJob(bpy.types.Operator):
    """Stop the running job"""

    bl_idname = "pose_from_video.cancel"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Only while a job runs."""
        return SESSION.busy

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """The modal operator sees the wish within a tick."""
        SESSION.cancel_requested = True
        return {"FINISHED"}


CLASSES = (ProcessVideo, CancelJob)
