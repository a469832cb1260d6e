"""Write rotations and a path as keys of a new action, a whole F-curve at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import bpy
import numpy as np

from . import compat
from .errors import KeyingError
from .rotation_modes import FloatArray, channels, unit_quaternions

LINEAR = 1
"""Number of `LINEAR` in the enumeration `Keyframe.interpolation`."""


def key_armature(
    armature_object: bpy.types.Object,
    bone_names: Sequence[str],
    rotations: FloatArray,
    locations: Mapping[str, FloatArray],
    frames: FloatArray,
    action_name: str,
    switches: Mapping[tuple[str, str], float] | None = None,
) -> bpy.types.Action:
    """Key the named bones, and nothing else, in a new action in a slot of its own, and make it the active one.

    Each bone keeps its rotation mode. Actions that were there stay as they are; the one that was active gets a fake
    user so that saving keeps it. Keys are linear and grouped by bone.

    Args:
        armature_object: the armature.
        bone_names: B names of pose bones.
        rotations: (T, B, 4) unit quaternions wxyz, the rotation of `PoseBone.matrix_basis`.
        locations: bone -> (T, 3) basis location in Blender units along its own rest axes; such bones need not turn.
        frames: (T,) scene frames, rising; fractions are sub-frames.
        action_name: name of the action (Blender may add a number).
        switches: (bone, custom property) -> value that the rig needs to obey the keys, such as IK/FK switches; each
            gets one key on the first frame. Those that the rig does not have are left out.

    Returns:
        The new action.

    Raises:
        KeyingError: a bone is missing, the shapes do not fit, or the object's animation cannot be changed.
    """
    _check_editable(armature_object)
    _check_bones(armature_object, [*bone_names, *locations])
    times = _checked_frames(frames)
    quaternions = _checked_rotations(rotations, len(times), bone_names)
    paths = {bone: _checked_path(path, len(times), bone) for bone, path in locations.items()}
    target = compat.new_action(action_name, armature_object)
    try:
        for index, name in enumerate(bone_names):
            bone = armature_object.pose.bones[name]
            prop, values = channels(quaternions[:, index], bone.rotation_mode)
            _write(target, bone, prop, times, values)
        for name, path in paths.items():
            _write(target, armature_object.pose.bones[name], "location", times, path)
        for (name, prop), value in (switches or {}).items():
            bone = armature_object.pose.bones.get(name)
            if bone is not None and prop in bone:
                _write_switch(target, bone, prop, times[:1], value)
        _activate(armature_object, target)
    except BaseException:
        bpy.data.actions.remove(target.action)
        raise
    return target.action


def _activate(obj: bpy.types.Object, target: compat.Channels) -> None:
    """Assign the new action; the old one would be lost on saving without a user of its own."""
    before = compat.action_state(obj)
    target.action.use_fake_user = True
    compat.assign(obj, target)
    if before is not None and before.action is not None and before.action.library is None:
        before.action.use_fake_user = True


def _write(
    target: compat.Channels, bone: bpy.types.PoseBone, prop: str, frames: np.ndarray, values: FloatArray
) -> None:
    """One F-curve a column of `values` (T, C)."""
    data_path = f'pose.bones["{bpy.utils.escape_identifier(bone.name)}"].{prop}'
    for index in range(values.shape[1]):
        _fill(target.new_fcurve(data_path, index, bone.name), frames, values[:, index])


def _write_switch(
    target: compat.Channels, bone: bpy.types.PoseBone, prop: str, frames: np.ndarray, value: float
) -> None:
    """One F-curve of a custom property, with the same value on each frame."""
    name, key = bpy.utils.escape_identifier(bone.name), bpy.utils.escape_identifier(prop)
    _fill(target.new_fcurve(f'pose.bones["{name}"]["{key}"]', 0, bone.name), frames, np.full(len(frames), value))


def _fill(fcurve: bpy.types.FCurve, frames: np.ndarray, values: FloatArray) -> None:
    """Linear keys, (T,) frames and (T,) values."""
    points = np.empty((len(frames), 2), np.float32)
    points[:, 0], points[:, 1] = frames, values
    fcurve.keyframe_points.add(len(frames))
    fcurve.keyframe_points.foreach_set("co", points.ravel())
    fcurve.keyframe_points.foreach_set("interpolation", [LINEAR] * len(frames))
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
