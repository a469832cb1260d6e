"""From a motion file to a performer's joints, through Blender's own importers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ...rigs.errors import RigError
from ...rigs.maps import RigMap
from ...rigs.motion import RigMotion, only_bones, read_motion
from ...rigs.rest import RigRest
from ...rigs.sequence import PoseSequence
from .. import compat
from ..armature import read_rest
from ..errors import MotionError, last_line
from ..fcurves import key_points
from ..rates import frame_rate
from ..readers import CHARACTER_READERS, has_cpp_fbx, is_binary_fbx, read_bvh
from ..recognition import recognise
from ..rotation_modes import FloatArray
from .borrowed import borrowed_scene
from .bvh_text import check_bvh
from .sampling import Sampling, sampling

_READERS = {**CHARACTER_READERS, ".bvh": read_bvh}
MOTION_ENDINGS = (*_READERS, ".blend")
"""Endings of files that can hold motion, with their dot."""


def is_motion(path: str | Path) -> bool:
    """Whether a file's ending is one of a motion file, in any case."""
    return Path(path).suffix.lower() in MOTION_ENDINGS


@dataclass(frozen=True, slots=True)
class FileMotion:
    """What a motion file holds of one armature: how it moves, and the name of its action."""

    motion: RigMotion
    action: str


def load_motion(
    path: Path,
    context: bpy.types.Context,
    rig_maps: str | None = None,
    frame_start: int | None = None,
    frame_end: int | None = None,
) -> PoseSequence:
    """The performer of a motion file, at the file's own rate; the scene is as before afterwards.

    Of several armatures that move, the one with the most bones that makes a body is taken.

    Args:
        path: a .bvh, .fbx, .glb, .gltf, .vrm or .blend file.
        context: of the operator, or `bpy.context`.
        rig_maps: folder of the user's own map files, or None.
        frame_start, frame_end: half-open range of the file's frames, from 0; None for its ends.

    Raises:
        MotionError: there is no such file, it cannot be read, or it holds no armature, no animation or no such frames.
        RigError: its bones make no body, or a place is not finite; names the file.
    """
    with _opened(path, context) as found:
        failures: list[str] = []
        for armature in found.armatures:
            try:
                rest, rig_map = _recognised(armature, rig_maps)
            except RigError as error:
                failures.append(str(error))
                continue
            try:
                motion = _sampled(path, found, armature, slice(frame_start, frame_end))
                return read_motion(motion.only(rest.bone_names), rig_map)
            except RigError as error:
                raise type(error)(f"Motion file '{path.name}': {error}") from error
    raise MotionError(f"The bones of '{path.name}' make no body that is known: {failures[0]}")


def load_bones(path: Path, context: bpy.types.Context) -> FileMotion:
    """The bones of a file's largest moving armature, whatever they are; errors as in `load_motion`."""
    with _opened(path, context) as found:
        armature = found.armatures[0]
        data = armature.animation_data
        name = data.action.name if data is not None and data.action is not None else ""
        return FileMotion(_sampled(path, found, armature, slice(None)), name)


def _recognised(armature: bpy.types.Object, rig_maps: str | None) -> tuple[RigRest, RigMap]:
    """The bones to read, and which is what: those that deform, where their names tell, else all.

    What a control was told is not what its rig made of it: FK controls rest while IK moves the limb.
    """
    rest = read_rest(armature)
    deforming = [number for number, name in enumerate(rest.bone_names) if armature.data.bones[name].use_deform]
    if 0 < len(deforming) < len(rest.bone_names):
        shown = only_bones(rest, deforming)
        with contextlib.suppress(RigError):
            found = recognise(shown, rig_maps)
            if not found.by_structure:
                return shown, found.rig_map
    return rest, recognise(rest, rig_maps).rig_map


@dataclass(frozen=True, slots=True)
class _Opened:
    """A motion file in a borrowed scene: armatures that move, and scene frames to a second of the file."""

    scene: bpy.types.Scene
    armatures: list[bpy.types.Object]
    frames_per_second: float


@contextlib.contextmanager
def _opened(path: Path, context: bpy.types.Context) -> Iterator[_Opened]:
    _check_file(path)
    with borrowed_scene(context) as scene:
        objects, scene = _read(path, scene)
        (context.window or context.window_manager.windows[0]).scene = scene
        # the older reader of FBX counts a second's frames without the scene's base
        plain = path.suffix.lower() == ".fbx" and (is_binary_fbx(path) or not has_cpp_fbx())
        yield _Opened(scene, _moving(path, objects), float(scene.render.fps) if plain else frame_rate(scene))


def _check_file(path: Path) -> None:
    if not is_motion(path):
        raise MotionError(f"'{path.name}' is no motion file; choose one of {', '.join(MOTION_ENDINGS)}.")
    if not path.is_file():
        raise MotionError(f"There is no motion file '{path}'; pick the file again.")
    if path.suffix.lower() == ".bvh":
        check_bvh(path)


def _read(path: Path, scene: bpy.types.Scene) -> tuple[list[bpy.types.Object], bpy.types.Scene]:
    """The objects that came, and the scene that they are in."""
    before, takes = set(bpy.data.objects), set(bpy.data.actions)
    try:
        if path.suffix.lower() == ".blend":
            scene = _append(path)
        else:
            _READERS[path.suffix.lower()](path)
    except MotionError:
        raise
    except Exception as error:  # importers raise whatever their parser meets
        raise MotionError(f"'{path.name}' cannot be read ({last_line(error)}); export the motion again.") from error
    objects = [item for item in bpy.data.objects if item not in before]
    for item in objects:
        if item.type == "ARMATURE" and path.suffix.lower() != ".blend":
            _choose_take(item, [action for action in bpy.data.actions if action not in takes])
    for item in objects:
        item.hide_viewport = item.type == "MESH"  # nobody looks at it, and it costs time in every frame
    return objects, scene


def _choose_take(armature: bpy.types.Object, takes: list[bpy.types.Action]) -> None:
    """Play the longest take where the importer chose one without motion, as files with an empty first take have it."""
    if _length(armature) > 0.0:
        return
    lengths = []
    for action in takes:
        compat.play(armature, action)
        lengths.append(_length(armature))
    if takes:
        compat.play(armature, takes[int(np.argmax(lengths))])


def _length(armature: bpy.types.Object) -> float:
    """Frames between the first and the last key."""
    keys = _curves(armature)
    return float(np.ptp(np.concatenate(keys))) if keys else 0.0


def _append(path: Path) -> bpy.types.Scene:
    """The first scene of a .blend that has a moving armature, with all that is in it."""
    with bpy.data.libraries.load(str(path), link=False) as (source, target):
        target.scenes = list(source.scenes)
    for scene in target.scenes:
        if any(item.type == "ARMATURE" and _curves(item) for item in scene.objects):
            return scene
    if not target.scenes:
        raise MotionError(f"'{path.name}' holds no scene; save the motion in one.")
    return target.scenes[0]


def _moving(path: Path, objects: list[bpy.types.Object]) -> list[bpy.types.Object]:
    """Armatures with animation, the one with the most bones first."""
    armatures = [item for item in objects if item.type == "ARMATURE" and item.data.bones]
    if not armatures:
        raise MotionError(f"'{path.name}' holds no armature with bones; choose a file with a skeleton's motion.")
    moving = [item for item in armatures if _curves(item)]
    if not moving:
        raise MotionError(f"'{path.name}' holds no animation of its armature; choose a file with motion.")
    return sorted(moving, key=lambda item: -len(item.data.bones))


def _curves(armature: bpy.types.Object) -> list[FloatArray]:
    """For every curve that moves an armature or what it hangs on, the (K,) frames of its keys."""
    found = []
    item: bpy.types.Object | None = armature
    while item is not None:
        for curve in compat.active_fcurves(item):
            if len(curve.keyframe_points):
                found.append(key_points(curve)[:, 0].astype(np.float64))
        item = item.parent
    return found


def _check_finite(path: Path, armature: bpy.types.Object) -> None:
    """Blender plays such keys as zeros, without a word."""
    for curve in compat.active_fcurves(armature):
        bad = np.flatnonzero(~np.isfinite(key_points(curve)).all(axis=1))
        if len(bad):
            raise MotionError(
                f"In '{path.name}' key {bad[0] + 1} of {curve.data_path} is not a finite number; mend that frame."
            )


def _sampled(path: Path, found: _Opened, armature: bpy.types.Object, wanted: slice) -> RigMotion:
    """The armature's pose at every frame of the file."""
    _check_finite(path, armature)
    rate = frame_rate(found.scene)
    times = sampling(_curves(armature), found.frames_per_second, rate)
    if path.suffix.lower() == ".blend":  # keys set by hand say nothing about the rate
        times = Sampling(np.arange(times.frames[0], times.frames[-1] + 0.5), rate)
    frames = times.frames[wanted]
    if not len(frames):
        raise MotionError(f"'{path.name}' has {len(times.frames)} frames, none in the range asked for; widen it.")
    return _posed(found.scene, armature, Sampling(frames, times.fps))


def _posed(scene: bpy.types.Scene, armature: bpy.types.Object, times: Sampling) -> RigMotion:
    bones = len(armature.pose.bones)
    posed = np.empty((len(times.frames), bones, 4, 4))
    flat = np.empty(16 * bones, np.float32)
    still, rest = None, None
    for number, frame in enumerate(times.frames):
        whole = int(np.floor(frame + 1e-4))
        scene.frame_set(whole, subframe=min(max(float(frame) - whole, 0.0), 0.9999))
        shown = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        shown.pose.bones.foreach_get("matrix", flat)
        world = np.array(shown.matrix_world, np.float64)
        if rest is None or still is None:
            rest, still = read_rest(armature), np.linalg.inv(world)
        # columns first, as Blender keeps them; a moving armature object goes into its bones
        posed[number] = still @ world @ flat.reshape(bones, 4, 4).swapaxes(1, 2)
    assert rest is not None
    return RigMotion(rest, posed, times.fps)
