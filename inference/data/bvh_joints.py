"""The 17 joints of a BVH file, in metres, Z up, at the lifter's frame rate."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import InferenceError
from ..joints import COUNT, INDEX, PARENTS
from .bvh import Bvh, read_bvh

FloatArray = NDArray[np.float64]

FPS: Final = 30.0
_TABLE: Final[dict[str, Any]] = json.loads((Path(__file__).parent / "joint_names.json").read_text(encoding="utf-8"))
_SINGLE: Final = (
    *(
        f"{side}_{part}"
        for side in ("right", "left")
        for part in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
    ),
    "neck",
    "head",
)
_UNITS_M: Final = (1.0, 0.01, 0.0254, 0.0254 / 0.45, 0.001)
"""Metre, centimetre, inch, the unit of CMU's skeletons, millimetre: a file does not say which."""
_HEIGHTS_M: Final = (1.0, 2.3)
# In standing heights, medians of the training motion capture: bones without nose and head, the pelvis to the point
# called spine, the middle of the shoulders to the top of the head, and from there to the tip of the nose.
_BONE_SUM, _SPINE_UP, _THORAX_TO_TOP, _NOSE_DOWN, _NOSE_FORWARD = 2.173, 0.128, 0.181, 0.068, 0.058
_LEAST_HEAD = 0.03
_FOREARM: Final = 4.0 / 3.0
_LEAST_S: Final = 0.5
_Y_TO_Z_UP: Final = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


def read_joints(path: Path) -> NDArray[np.float32]:
    """Joints (T, 17, 3) of a BVH file, 30 frames/s, metres, Z up, floor at 0, first pelvis over the origin.

    Raises:
        InferenceError: it is no BVH, its joints have names of no known convention, or its figure is no person.
    """
    bvh = read_bvh(path)
    own = find_joints(bvh.names, path.name)
    bvh = _mended(bvh, own)
    if re.match(_TABLE["recorded_at_60_hz"]["name"], path.stem) and bvh.frame_s < 0.012:
        bvh = replace(bvh, frame_s=1.0 / 60.0)
    if len(bvh.motion) * bvh.frame_s < _LEAST_S:
        raise InferenceError("short-bvh", f"{path.name} lasts less than half a second.", "Leave it out of the folder.")
    positions, rotations = bvh.poses()
    upright = _upright(positions, own)
    positions, rotations = positions @ upright.T, upright @ rotations
    joints = _without_head(positions, own)
    height = _height(joints)
    unit_m = _unit_m(height, path.name)
    _add_head(joints, positions, rotations, own, height)
    floor = np.percentile(positions[..., 2].min(axis=1), 1)
    joints -= np.array([*joints[0, 0, :2], floor])
    return _resample(joints * unit_m, bvh.frame_s).astype(np.float32)


def find_joints(names: tuple[str, ...], file: str) -> dict[str, tuple[int, ...]]:
    """Which joints of a file are the limbs', "neck", "head" and, from the lowest up, "spine".

    Raises:
        InferenceError: no convention of `joint_names.json` has these names.
    """
    index = {name.rpartition(":")[2].lower(): number for number, name in reversed(list(enumerate(names)))}
    fewest: list[str] | None = None
    for convention in _TABLE["conventions"]:
        missing = [convention[joint] for joint in _SINGLE if convention[joint].lower() not in index]
        if not missing:
            found = {joint: (index[convention[joint].lower()],) for joint in _SINGLE}
            spine = tuple(index[name.lower()] for name in convention["spine"] if name.lower() in index)
            return found | {"spine": spine}
        if fewest is None or len(missing) < len(fewest):
            fewest = missing
    raise InferenceError(
        "unknown-names",
        f"{file} names its joints in no way that is known: {', '.join(fewest or [])} would be needed.",
        "Add its convention to inference/data/joint_names.json.",
    )


def _mended(bvh: Bvh, own: Mapping[str, tuple[int, ...]]) -> Bvh:
    """The figure of CMU's "MotionBuilder-friendly" files, made whole; other files as they are.

    These lack the bone between the back's last joint and neck and shoulders, 12 cm, for which the last joint's own
    offset stands in; and the lower end of the forearms, so that their length becomes 4/3 (people have 0.8 to 0.9 of the
    upper arm, these files 0.63). They begin with a T-pose, which is left out.
    """
    branches = [bvh.parents[own["left_shoulder"][0]], bvh.parents[own["right_shoulder"][0]], own["neck"][0]]
    trunks = {bvh.parents[branch] for branch in branches}
    if len(trunks) != 1 or np.abs(bvh.offsets[branches]).max() > 1e-6 or (trunk := trunks.pop()) < 0:
        return bvh
    offsets = bvh.offsets.copy()
    offsets[branches] = offsets[trunk]
    offsets[[own["left_wrist"][0], own["right_wrist"][0]]] *= _FOREARM
    return replace(bvh, offsets=offsets, motion=bvh.motion[1:])


def _upright(positions: FloatArray, own: Mapping[str, tuple[int, ...]]) -> FloatArray:
    """(3, 3) from the file's axes to Z up: BVH is Y up, but some programs write Z."""
    hips, shoulders = (_middle(positions, own, part).mean(axis=0) for part in ("hip", "shoulder"))
    trunk = shoulders - hips
    return np.eye(3) if trunk[2] > 0.6 * float(np.linalg.norm(trunk)) else _Y_TO_Z_UP


def _middle(positions: FloatArray, own: Mapping[str, tuple[int, ...]], part: str) -> FloatArray:
    return np.asarray((positions[:, own[f"left_{part}"][0]] + positions[:, own[f"right_{part}"][0]]) / 2)


def _without_head(positions: FloatArray, own: Mapping[str, tuple[int, ...]]) -> FloatArray:
    """(T, 17, 3) of which nose and head are still missing."""
    joints = np.zeros((len(positions), COUNT, 3))
    for name in _SINGLE[:-2]:
        joints[:, INDEX[name]] = positions[:, own[name][0]]
    joints[:, INDEX["pelvis"]] = _middle(positions, own, "hip")
    joints[:, INDEX["thorax"]] = _middle(positions, own, "shoulder")
    joints[:, INDEX["spine"]] = (joints[:, INDEX["pelvis"]] + joints[:, INDEX["thorax"]]) / 2  # for the height alone
    back = [joints[:, INDEX["pelvis"]], *(positions[:, joint] for joint in own["spine"]), positions[:, own["neck"][0]]]
    joints[:, INDEX["spine"]] = _along(np.stack(back, axis=1), _SPINE_UP * _height(joints))
    return joints


def _along(chain: FloatArray, distance: float) -> FloatArray:
    """(T, 3) the point that lies so far along a chain of points (T, K, 3), by its mean lengths."""
    lengths = np.linalg.norm(np.diff(chain, axis=1), axis=-1).mean(axis=0)
    reach = np.concatenate([[0.0], np.cumsum(lengths)])
    part = int(np.clip(np.searchsorted(reach, distance) - 1, 0, len(lengths) - 1))
    share = (distance - reach[part]) / max(float(lengths[part]), 1e-9)
    return np.asarray(chain[:, part] + min(share, 1.0) * (chain[:, part + 1] - chain[:, part]))


def _height(joints: FloatArray) -> float:
    """Standing height by the bones without nose and head, in the file's unit."""
    kept = [joint for joint in range(1, COUNT) if joint not in (INDEX["nose"], INDEX["head"])]
    bones = joints[:, kept] - joints[:, [PARENTS[joint] for joint in kept]]
    return float(np.median(np.linalg.norm(bones, axis=-1).sum(axis=-1)) / _BONE_SUM)


def _unit_m(height: float, file: str) -> float:
    """The unit in which the figure is as tall as people are."""
    for unit in _UNITS_M:
        if _HEIGHTS_M[0] <= height * unit <= _HEIGHTS_M[1]:
            return unit
    raise InferenceError(
        "no-person",
        f"The figure in {file} is {height:.3g} units tall, which is a person in no known unit.",
        "Scale it to metres or centimetres.",
    )


def _add_head(
    joints: FloatArray, positions: FloatArray, rotations: FloatArray, own: Mapping[str, tuple[int, ...]], height: float
) -> None:
    """Puts the top of the head and the nose where they lie on a person of that height; in place.

    Conventions place the head's joint differently and rest in different poses. So up and forward of the head are told
    from the motion: over the clip it stands on the shoulders and looks where the chest does.
    """
    base, turn = positions[:, own["head"][0]], rotations[:, own["head"][0]]
    thorax, pelvis = joints[:, INDEX["thorax"]], joints[:, INDEX["pelvis"]]
    across = joints[:, INDEX["left_shoulder"]] - joints[:, INDEX["right_shoulder"]]
    up = _unit(np.einsum("tji,tj->ti", turn, _unit(base - thorax)).mean(axis=0))
    forward = np.einsum("tji,tj->ti", turn, _unit(np.cross(across, thorax - pelvis))).mean(axis=0)
    forward = _unit(forward - (forward @ up) * up)
    reach = max(
        _THORAX_TO_TOP * height - float(np.median(np.linalg.norm(base - thorax, axis=-1))), _LEAST_HEAD * height
    )
    top = base + reach * (turn @ up)
    joints[:, INDEX["head"]] = top
    joints[:, INDEX["nose"]] = top + height * (_NOSE_FORWARD * (turn @ forward) - _NOSE_DOWN * (turn @ up))


def _unit(vectors: FloatArray) -> FloatArray:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def _resample(joints: FloatArray, frame_s: float) -> FloatArray:
    """The joints at 30 frames/s, straight between the file's frames."""
    position = np.arange(0.0, (len(joints) - 1) * frame_s + 1e-9, 1.0 / FPS) / frame_s
    low = np.minimum(position.astype(np.int64), len(joints) - 1)
    high = np.minimum(low + 1, len(joints) - 1)
    blend = (position - low)[:, None, None]
    return np.asarray(joints[low] * (1.0 - blend) + joints[high] * blend)
