"""Write a bone's channels as F-curves, a whole curve at a time: a key on each frame, or few with Bezier handles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ..rigs.keys import Bound, Keys, reduce_keys
from .compat import Channels, assign, channels_of, new_action
from .rotation_modes import FloatArray

CONSTANT, LINEAR, BEZIER = 0, 1, 2
"""Numbers of the enumeration `Keyframe.interpolation`."""
ALIGNED = 3
"""Number of `ALIGNED` in the enumeration of handle types."""


@dataclass(frozen=True, slots=True)
class BoneChannels:
    """What is keyed on one bone.

    Attributes:
        bone: its name.
        mode: its rotation mode; "" where it is not turned.
        rotation: property that turns it, and (T,C) values; None where it is not turned.
        location: (T,3) values; None where it is not moved.
    """

    bone: str
    mode: str
    rotation: tuple[str, FloatArray] | None
    location: FloatArray | None

    @property
    def columns(self) -> list[tuple[str, FloatArray]]:
        """Property and (T,C) values of each property that is keyed."""
        moved = [] if self.location is None else [("location", self.location)]
        return [*([] if self.rotation is None else [self.rotation]), *moved]

    @property
    def values(self) -> FloatArray:
        """(T,C) all channels side by side."""
        return np.concatenate([values for _, values in self.columns], axis=1)


def write_sampled(target: Channels, bones: Sequence[BoneChannels], frames: np.ndarray) -> None:
    """Linear keys, one on each of (T,) frames."""
    for bone in bones:
        for prop, values in bone.columns:
            for index in range(values.shape[1]):
                fcurve = target.empty_fcurve(path_of(bone.bone, prop), index, bone.bone)
                fill(fcurve, frames, values[:, index])
                fcurve.update()


def write_reduced(
    target: Channels, bones: Sequence[BoneChannels], frames: np.ndarray, angle_rad: float, distance: float
) -> None:
    """As few Bezier keys as keep each bone within a bound on every frame; a bone's channels share their frames.

    Args:
        target: where the F-curves go.
        bones: what is keyed.
        frames: (T,) scene frames of the samples.
        angle_rad: largest error of a rotation.
        distance: largest error of a location, in its own unit.
    """
    alike = [(bone.mode, bone.location is not None) for bone in bones]
    for kind in dict.fromkeys(alike):
        group = [bone for bone, own in zip(bones, alike, strict=True) if own == kind]
        values = np.stack([bone.values for bone in group])
        for bone, keys in zip(group, reduce_keys(frames, values, Bound(kind[0], angle_rad, distance)), strict=True):
            _write_keys(target, bone, keys)


def _write_keys(target: Channels, bone: BoneChannels, keys: Keys) -> None:
    """One F-curve a channel, with handles a third of the way to the neighbouring keys."""
    thirds = np.diff(keys.frames) / 3.0 if len(keys.frames) > 1 else np.ones(1)
    left = keys.frames - np.concatenate([thirds[:1], thirds])[: len(keys.frames)]
    right = keys.frames + np.concatenate([thirds, thirds[-1:]])[-len(keys.frames) :]
    places = [(prop, index) for prop, values in bone.columns for index in range(values.shape[1])]
    for column, (prop, index) in enumerate(places):
        fcurve = target.empty_fcurve(path_of(bone.bone, prop), index, bone.bone)
        fill(fcurve, keys.frames, keys.values[:, column], BEZIER)
        points = fcurve.keyframe_points
        for side, times, values in (("left", left, keys.left), ("right", right, keys.right)):
            points.foreach_set(f"handle_{side}_type", [ALIGNED] * len(points))
            points.foreach_set(f"handle_{side}", _pairs(times, values[:, column]))
        fcurve.update()


def key_property(
    owner: bpy.types.ID, id_type: str, prop: str, frames: np.ndarray, values: FloatArray, interpolation: int = LINEAR
) -> None:
    """Keys of one property in the owner's active action, which is made where there is none; earlier keys go.

    Args:
        owner: an object, or data.
        id_type: its kind, `OBJECT` or `CAMERA`.
        prop: data path of a number, or of C numbers.
        frames: (T,) scene frames, rising.
        values: (T,) or (T,C).
        interpolation: of all keys.
    """
    data = owner.animation_data
    if data is not None and data.action is not None:
        target = channels_of(owner, data.action)
    else:
        target = new_action(owner.name, owner, id_type)
        assign(owner, target)
    for index, channel in enumerate(np.reshape(values, (len(frames), -1)).T):
        fcurve = target.empty_fcurve(prop, index, owner.name)
        fill(fcurve, frames, channel, interpolation)
        fcurve.update()


def key_points(fcurve: Any) -> np.ndarray:
    """(K,2) float32: frame and value of each key of an F-curve."""
    points = np.empty(2 * len(fcurve.keyframe_points), np.float32)
    fcurve.keyframe_points.foreach_get("co", points)
    return points.reshape(-1, 2)


def path_of(bone: str, prop: str) -> str:
    """Data path of a bone's property."""
    return f'pose.bones["{bpy.utils.escape_identifier(bone)}"].{prop}'


def fill(fcurve: Any, frames: np.ndarray, values: FloatArray, interpolation: int = LINEAR) -> None:
    """Keys at (T,) frames with (T,) values; `update` is left to the caller."""
    fcurve.keyframe_points.add(len(frames))
    fcurve.keyframe_points.foreach_set("co", _pairs(frames, values))
    fcurve.keyframe_points.foreach_set("interpolation", [interpolation] * len(frames))


def _pairs(frames: np.ndarray, values: FloatArray) -> np.ndarray:
    """(2T,) single-precision frame, value, frame, value..."""
    points = np.empty((len(frames), 2), np.float32)
    points[:, 0], points[:, 1] = frames, values
    return points.ravel()
