"""How true an exported character is to the lifted pose: read the file back and compare, limb by limb."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...rigs.errors import RigError
from ...rigs.maps import detect, find_map
from ...rigs.rest import RigRest
from ...rigs.roles import SIDES, Role, sided
from ...rigs.sequence import PoseSequence
from ..armature import read_rest
from ..rates import set_frame_rate
from ..sequences import load_sequence
from .importer import add_animated
from .playback import Playback, play
from .scene import empty_scene

FloatArray = NDArray[np.float64]

LIMBS: Final = (
    # (segment, the role at its end, joint of the skeleton at its start, at its end)
    ("upper_arm", "forearm", "shoulder", "elbow"),
    ("forearm", "hand", "elbow", "wrist"),
    ("thigh", "shin", "hip", "knee"),
    ("shin", "foot", "knee", "ankle"),
)
_BENT_DEG: Final = 12.0
"""A joint straighter than this bends neither way: its direction is noise."""


def measure(path: Path, result: Path, smoothing: float | None) -> dict[str, Any]:
    """Compare an exported character with the pose that it was made from, both in the Z-up world.

    Args:
        path: the exported .fbx or .glb.
        result: the result .npz; its frame 0 is the action's first key.
        smoothing: with which the character was made, as in `ClipSettings`.

    Returns:
        Plain values: `frames`; `direction_deg`, for each of the eight limb segments and for `worst` (the worst limb of
        each frame) the `median`, `p95` and `p99` of the angle between the character's and the performer's segment;
        `backward_elbow_frames` and `backward_knee_frames` (frames with at least one); `feet_lowest_m`, the lowest
        vertex of the feet over all frames, and `feet_lowest_median_m` (None without a mesh on the feet);
        `largest_turn_deg`, the largest turn of a bone from one frame to the next, with its bone and frame.

    Raises:
        AddonError: the file cannot be read.
        RigError: the result cannot be read, or the bones are of no known rig.
    """
    sequence = load_sequence(result, bpy.context, smoothing)
    scene = empty_scene()
    set_frame_rate(scene, sequence.fps)  # a glTF has seconds only and takes the scene's rate
    character = add_animated(path)
    set_frame_rate(scene, sequence.fps)
    roles = visible_roles(read_rest(character.armature))
    played = play(character, roles, sequence.frame_times_s - sequence.frame_times_s[0])
    angles = direction_errors(played, sequence)
    worst = np.max(list(angles.values()), axis=0)
    figures: dict[str, Any] = {
        "frames": len(sequence.joints),
        "direction_deg": {name: _spread(values) for name, values in {**angles, "worst": worst}.items()},
        "backward_elbow_frames": int(backward_bends(played, "upper_arm", "forearm", "hand", forward=1.0).sum()),
        "backward_knee_frames": int(backward_bends(played, "thigh", "shin", "foot", forward=-1.0).sum()),
        "feet_lowest_m": None,
        "feet_lowest_median_m": None,
    }
    if played.lowest_foot is not None:
        figures["feet_lowest_m"] = round(float(played.lowest_foot.min()), 4)
        figures["feet_lowest_median_m"] = round(float(np.median(played.lowest_foot)), 4)
    return figures | _largest_turn(played)


def visible_roles(rest: RigRest) -> Mapping[Role, tuple[str, ...]]:
    """The map of the bones that carry the mesh, where a control rig has such beside its controls; else of all.

    What a control was told is not what its rig made of it: only the deforming bones show.

    Raises:
        RigError: the bones are of no known rig.
    """
    deforming = [name for name in rest.bone_names if name.startswith("DEF-")]
    if deforming:
        with contextlib.suppress(RigError):
            return find_map(deforming).roles
    return detect(rest).rig_map.roles


def direction_errors(played: Playback, sequence: PoseSequence) -> dict[str, FloatArray]:
    """(T,) degrees for each limb segment, between the character's and the performer's direction in the world."""
    angles = {}
    for segment, end, start_joint, end_joint in LIMBS:
        for side in SIDES:
            tip = sided(end, side)
            if tip not in played.heads:  # a rig without hands: nothing says where its forearm ends
                continue
            shown = played.heads[tip] - played.heads[sided(segment, side)]
            meant = sequence.joint(f"{side}_{end_joint}") - sequence.joint(f"{side}_{start_joint}")
            angles[f"{segment}_{side}"] = np.degrees(_angle(shown, meant))
    return angles


def backward_bends(played: Playback, upper: str, lower: str, end: str, forward: float) -> NDArray[np.bool_]:
    """(T,) frames in which an elbow or a knee of either side bends the wrong way.

    The upper segment carries the body's front along from the rest pose: a forearm folds towards it, a shin away.

    Args:
        played: the animation.
        upper: role of the upper segment without its side.
        lower: of the lower one.
        end: of what follows.
        forward: 1 for an elbow, -1 for a knee.
    """
    front = _rest_front(played)
    wrong = np.zeros(len(next(iter(played.heads.values()))), np.bool_)
    for side in SIDES:
        roles = [sided(role, side) for role in (upper, lower, end)]
        if any(role not in played.heads for role in roles):
            continue
        first = played.heads[roles[1]] - played.heads[roles[0]]
        second = played.heads[roles[2]] - played.heads[roles[1]]
        along = first / np.linalg.norm(first, axis=-1, keepdims=True)
        aside = second - along * np.sum(second * along, axis=-1, keepdims=True)
        towards = np.einsum("tij,j->ti", played.turns[roles[0]], front * forward)
        bent = _angle(first, second) > math.radians(_BENT_DEG)
        wrong |= bent & (np.sum(aside * towards, axis=-1) < 0.0)
    return wrong


def _rest_front(played: Playback) -> FloatArray:
    """(3,) where the body faces at rest: left cross up."""
    left = played.rest_heads[Role.THIGH_LEFT] - played.rest_heads[Role.THIGH_RIGHT]
    front = np.cross(left, (0.0, 0.0, 1.0))
    return np.asarray(front / np.linalg.norm(front))


def _largest_turn(played: Playback) -> dict[str, Any]:
    """The largest local turn of a bone between neighbouring frames."""
    largest, bone, frame = 0.0, "", 0
    for name, quaternions in played.basis.items():
        if len(quaternions) < 2:
            continue
        cosine = np.abs(np.sum(quaternions[1:] * quaternions[:-1], axis=-1))
        turns = np.degrees(2.0 * np.arccos(np.clip(cosine, 0.0, 1.0)))
        if turns.max() > largest:
            largest, bone, frame = float(turns.max()), name, int(turns.argmax()) + 1
    return {"largest_turn_deg": round(largest, 2), "largest_turn_bone": bone, "largest_turn_frame": frame}


def _angle(a: FloatArray, b: FloatArray) -> FloatArray:
    """(T,) radians between vectors (T,3); exact for small angles, where arccos is not."""
    cross = np.linalg.norm(np.cross(a, b), axis=-1)
    return np.arctan2(cross, np.sum(a * b, axis=-1))


def _spread(values: FloatArray) -> dict[str, float]:
    median, p95, p99 = np.percentile(values, (50, 95, 99))
    return {"median": round(float(median), 3), "p95": round(float(p95), 3), "p99": round(float(p99), 3)}
