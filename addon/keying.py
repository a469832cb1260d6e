"""Write rotations and a path as keys of a new action, a whole F-curve at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from . import compat
from .errors import KeyingError
from .fcurves import BoneChannels, fill, path_of, write_reduced, write_sampled
from .key_settings import KeySettings
from .rotation_modes import FloatArray, channels, unit_quaternions

_LEVER_M = 0.25
"""A reduced location may be off by as much as the end of a lever of this length that is off by the reduced angle."""


@dataclass(frozen=True, slots=True)
class BoneMotion:
    """What bones do on scene frames; each attribute as in `key_armature`."""

    bone_names: Sequence[str]
    rotations: FloatArray
    locations: Mapping[str, FloatArray]
    frames: FloatArray
    switches: Mapping[tuple[str, str], float]


def key_armature(
    armature_object: bpy.types.Object,
    bone_names: Sequence[str],
    rotations: FloatArray,
    locations: Mapping[str, FloatArray],
    frames: FloatArray,
    action_name: str,
    switches: Mapping[tuple[str, str], float] | None = None,
    settings: KeySettings | None = None,
) -> bpy.types.Action:
    """Key the named bones, and nothing else, in a new action in a slot of its own, and make it the active one.

    Each bone keeps its rotation mode. Actions that were there stay as they are; the one that was active gets a fake
    user so that saving keeps it. Keys are grouped by bone; they are linear, or Bezier where they are reduced. On an
    error everything is as it was.

    Args:
        armature_object: the armature.
        bone_names: B names of pose bones.
        rotations: (T, B, 4) unit quaternions wxyz, the rotation of `PoseBone.matrix_basis`.
        locations: bone -> (T, 3) basis location in Blender units along its own rest axes; such bones need not turn.
        frames: (T,) scene frames, rising; fractions are sub-frames.
        action_name: name of the action (Blender may add a number).
        switches: (bone, custom property) -> value that the rig needs to obey the keys, such as IK/FK switches; each
            gets one key on the first frame. Those that the rig does not have are left out.
        settings: what kind of keys; None means one on each frame, in the active action.

    Returns:
        The new action.

    Raises:
        KeyingError: a bone is missing, the shapes do not fit, or the object's animation cannot be changed.
    """
    bones, times = _checked(armature_object, bone_names, rotations, locations, frames)
    chosen = settings or KeySettings()
    before = compat.action_state(armature_object)
    target = compat.new_action(action_name, armature_object)
    try:
        _write(target, armature_object, bones, times, switches or {}, chosen.reduce_deg)
        _show(armature_object, target, chosen.nla)
    except BaseException:
        compat.withdraw(armature_object, target, before)
        raise
    return target.action


def key_again(
    armature_object: bpy.types.Object,
    action: bpy.types.Action,
    motion: BoneMotion,
    reduce_deg: float | None,
    before: Iterable[tuple[str, int]],
) -> tuple[tuple[str, int], ...]:
    """Replace keys in an action that plays on the armature; where it plays, and all its other F-curves, stay.

    Args:
        armature_object: the armature.
        action: of this file.
        motion: what is keyed now.
        reduce_deg: as in `KeySettings`.
        before: data path and index of the F-curves whose keys are replaced; those that are not written again go.

    Returns:
        Data path and index of the F-curves that were written.

    Raises:
        KeyingError: a bone is missing, or the object's animation or the action cannot be changed; nothing has changed.
    """
    if action.library is not None:
        raise KeyingError(f"Action '{action.name}' is linked from {action.library.filepath}; make it local first.")
    bones, times = _checked(armature_object, motion.bone_names, motion.rotations, motion.locations, motion.frames)
    target = compat.channels_of(armature_object, action)
    written = tuple(_paths_of(bones))
    for path, index in set(before) - set(written):
        if (fcurve := target.fcurve(path, index)) is not None:
            target.remove_fcurve(fcurve)
    _write(target, armature_object, bones, times, motion.switches, reduce_deg)
    armature_object.update_tag()
    return written


def _checked(
    obj: bpy.types.Object,
    bone_names: Sequence[str],
    rotations: FloatArray,
    locations: Mapping[str, FloatArray],
    frames: FloatArray,
) -> tuple[list[BoneChannels], np.ndarray]:
    """What each bone gets on which (T,) frames, or why it cannot get it."""
    _check_editable(obj)
    _check_bones(obj, [*bone_names, *locations])
    times = _checked_frames(frames)
    quaternions = _checked_rotations(rotations, len(times), bone_names)
    paths = {bone: _checked_path(path, len(times), bone) for bone, path in locations.items()}
    return _bone_channels(obj, bone_names, quaternions, paths), times


def _write(
    target: compat.Channels,
    obj: bpy.types.Object,
    bones: Sequence[BoneChannels],
    times: np.ndarray,
    switches: Mapping[tuple[str, str], float],
    reduce_deg: float | None,
) -> None:
    """The keys of the bones, and those of the switches that the rig has."""
    if reduce_deg is None:
        write_sampled(target, bones, times)
    else:
        angle = float(np.radians(reduce_deg))
        write_reduced(target, bones, times, angle, angle * _LEVER_M / _metres_per_unit(obj))
    for (name, prop), value in switches.items():
        bone = obj.pose.bones.get(name)
        if bone is not None and prop in bone:
            _write_switch(target, name, prop, times[:1], value)


def _paths_of(bones: Sequence[BoneChannels]) -> Iterator[tuple[str, int]]:
    """Data path and index of each F-curve that the bones get."""
    for bone in bones:
        for prop, values in bone.columns:
            for index in range(values.shape[1]):
                yield path_of(bone.bone, prop), index


def _bone_channels(
    obj: bpy.types.Object, names: Sequence[str], quaternions: FloatArray, paths: Mapping[str, FloatArray]
) -> list[BoneChannels]:
    """What each bone gets, in its own rotation mode; bones that are only moved come last."""
    found = []
    for index, name in enumerate(names):
        mode = obj.pose.bones[name].rotation_mode
        found.append(BoneChannels(name, mode, channels(quaternions[:, index], mode), paths.get(name)))
    moved = [BoneChannels(name, "", None, path) for name, path in paths.items() if name not in set(names)]
    return found + moved


def _metres_per_unit(obj: bpy.types.Object) -> float:
    """Metres in a unit of armature space."""
    return max(sum(map(abs, obj.matrix_world.to_scale())) / 3.0, 1e-9)


def _show(obj: bpy.types.Object, target: compat.Channels, nla: bool) -> None:
    """Let the new action play; the one before would be lost on saving without a user of its own."""
    before = compat.action_state(obj)
    target.action.use_fake_user = True
    if nla:
        compat.push_to_nla(obj, target)
    else:
        compat.assign(obj, target)
    if before is not None and before.action is not None and before.action.library is None:
        before.action.use_fake_user = True


def _write_switch(target: compat.Channels, bone: str, prop: str, frames: np.ndarray, value: float) -> None:
    """One F-curve of a custom property, with the same value on each frame."""
    path = f'{path_of(bone, "")[:-1]}["{bpy.utils.escape_identifier(prop)}"]'
    fcurve = target.empty_fcurve(path, 0, bone)
    fill(fcurve, frames, np.full(len(frames), value))
    fcurve.update()


def _check_editable(obj: bpy.types.Object) -> None:
    if obj.type != "ARMATURE":
        raise KeyingError(f"'{obj.name}' is a {obj.type.lower()}; choose an armature.")
    if obj.library is not None and obj.override_library is None:
        raise KeyingError(f"'{obj.name}' is linked from {obj.library.filepath}; make a library override of it first.")
    if obj.animation_data is not None and obj.animation_data.use_tweak_mode:
        raise KeyingError(f"'{obj.name}' is being tweaked in the NLA editor; leave tweak mode (Tab) first.")


def _check_bones(obj: bpy.types.Object, names: Sequence[str]) -> None:
    missing = [name for name in names if name not in obj.pose.bones]
    if missing:
        raise KeyingError(f"'{obj.name}' has no bone named {', '.join(map(repr, missing))}; read the rig again.")


def _checked_frames(frames: FloatArray) -> np.ndarray:
    times = np.asarray(frames, dtype=np.float64)
    if times.ndim != 1 or len(times) == 0 or not np.all(np.isfinite(times)):
        raise KeyingError(f"There is nothing to key: expected a list of frames, got shape {times.shape}.")
    # F-curves hold single precision: two keys that meet there would leave a curve out of order.
    single = times.astype(np.float32)
    if np.any(np.diff(single) <= 0.0):
        at = int(np.argmax(np.diff(single) <= 0.0))
        raise KeyingError(f"Key {at + 1} lies at frame {times[at + 1]:g}, not after frame {times[at]:g} before it.")
    return single


def _checked_rotations(rotations: FloatArray, count: int, bone_names: Sequence[str]) -> FloatArray:
    expected = (count, len(bone_names), 4)
    if np.shape(rotations) != expected:
        raise KeyingError(f"Rotations have shape {np.shape(rotations)}; expected {expected} (frames, bones, wxyz).")
    try:
        return unit_quaternions(rotations)
    except ValueError:
        lengths = np.linalg.norm(np.asarray(rotations, dtype=np.float64), axis=-1)
        frame, bone = np.argwhere(~np.isfinite(lengths) | (lengths < 1e-9))[0]
        raise KeyingError(f"Bone '{bone_names[bone]}' has no valid rotation at key {frame}; retarget again.") from None


def _checked_path(path: FloatArray, count: int, bone: str) -> FloatArray:
    if np.shape(path) != (count, 3):
        raise KeyingError(f"The path of '{bone}' has shape {np.shape(path)}; expected {(count, 3)}.")
    values = np.asarray(path, dtype=np.float64)
    if not np.all(np.isfinite(values)):
        raise KeyingError(f"The path of '{bone}' holds a value that is not a number; retarget again.")
    return values
