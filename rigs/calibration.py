"""Rigs whose rest is no good to measure on: another pose of theirs takes its place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from . import quaternions
from .arrays import FloatArray
from .errors import MapError
from .kinematics import carried
from .maps.correction import Correction, own_rest, wxyz
from .maps.rig_map import RigMap
from .rest import RigRest

_LEAST = np.radians(0.05)


def calibrate(rest: RigRest, rig_map: RigMap, posed: FloatArray) -> RigMap:
    """The map with a pose as its calibration: in it the body stands upright, as other rigs do at rest.

    Only rotations count, of the mapped bones and of those that carry them. Corrections that the map had are replaced.

    Args:
        rest: the rig at rest.
        rig_map: the roles of its bones.
        posed: (B,4,4) pose matrices, armature space, in the order of `rest.bone_names`.

    Raises:
        MapError: the map names a bone that the rig lacks.
    """
    adapted = rig_map.adapt(rest)
    mapped = {_index(rest, rig_map, name) for name in rig_map.every_bone}
    carriers = mapped | {above for bone in mapped for above in adapted.ancestors(bone)}
    corrections = {}
    for bone in sorted(carriers):
        came = carried(adapted, {above: posed[above][None] for above in adapted.ancestors(bone)[:1]}, bone, 1)[0]
        u, _, vt = np.linalg.svd(came[:3, :3].T @ posed[bone][:3, :3])
        turn = quaternions.from_matrix(u @ vt)
        if np.linalg.norm(quaternions.log(turn)) > _LEAST:
            name = rest.bone_names[bone]
            corrections[name] = Correction(wxyz(turn), wxyz(own_rest(rest, name)))
    return replace(rig_map, corrections=corrections)


def corrected(rest: RigRest, rig_map: RigMap, bone_name: str, turn: FloatArray) -> RigMap:
    """The map with one bone turned further in every frame, about its own axes; what hangs on it turns along.

    Args:
        rest: the rig at rest.
        rig_map: the roles of its bones.
        bone_name: a mapped bone.
        turn: (4,) unit quaternion; the identity changes nothing.

    Raises:
        MapError: the bone has no role, so that no key of it could carry the turn.
    """
    if bone_name not in rig_map.every_bone:
        raise MapError(f"Bone '{bone_name}' has no role in map '{rig_map.name}'; correct a bone that has one.")
    before = rig_map.corrections.get(bone_name)
    whole = quaternions.multiply(np.array(before.turn) if before else quaternions.IDENTITY, turn)
    correction = Correction(wxyz(quaternions.normalize(whole)), wxyz(own_rest(rest, bone_name)))
    return replace(rig_map, corrections={**rig_map.corrections, bone_name: correction})


def calibrated(rest: RigRest, rig_map: RigMap) -> RigRest:
    """The rig with its calibration pose as its rest, to be measured and solved on; the same where there is none.

    Raises:
        MapError: a correction names a bone that the rig lacks.
    """
    if not rig_map.corrections:
        return rest
    adapted = rig_map.adapt(rest)
    turns = {_index(rest, rig_map, name): each.turn for name, each in rig_map.corrections.items()}
    posed: dict[int, FloatArray] = {}
    for bone in adapted.order():
        posed[bone] = carried(adapted, posed, bone, 1)
        if bone in turns:
            posed[bone][0, :3, :3] = posed[bone][0, :3, :3] @ quaternions.to_matrix(np.array(turns[bone]))
    return replace(rest, rest_matrices=np.stack([posed[bone][0] for bone in range(len(posed))]))


def on_true_rest(
    rest: RigRest, rig_map: RigMap, rotations: dict[str, FloatArray], locations: dict[str, FloatArray]
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Basis rotations and locations of the rig itself, of those that were solved on its calibration pose.

    Args:
        rest: the rig at rest.
        rig_map: with the corrections.
        rotations: bone -> (T,4), from the calibration pose.
        locations: bone -> (T,3), along the calibration pose's axes.

    Returns:
        The same from the rest pose. Bones that the calibration turns, though nothing drives them, keep that turn.
    """
    frames = len(next(iter(rotations.values())))
    turned, moved = dict(rotations), dict(locations)
    for name, correction in rig_map.corrections.items():
        turn = np.array(correction.turn)
        before = rotations.get(name, np.broadcast_to(quaternions.IDENTITY, (frames, 4)))
        turned[name] = quaternions.make_continuous(quaternions.multiply(turn, before))
        local = rest.local_location is None or bool(rest.local_location[rest.index(name)])
        if name in locations and local:
            moved[name] = quaternions.rotate(turn, locations[name])
    return turned, moved


def _index(rest: RigRest, rig_map: RigMap, name: str) -> int:
    if name not in rest.bone_names:
        raise MapError(f"Map '{rig_map.name}' names the bone '{name}', which the rig lacks; assign another.")
    return rest.index(name)
