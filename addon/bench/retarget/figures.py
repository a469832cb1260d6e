"""What the benchmark measures on one rig in one motion. No bpy here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....rigs import quaternions
from ....rigs.arrays import BoolArray, FloatArray
from ....rigs.rest import RigRest
from ....rigs.retarget import RetargetResult
from ....rigs.roles import SIDES, Role, sided
from ....rigs.sequence import PoseSequence
from ....rigs.solve.body import read_body
from ....rigs.solve.character import Character
from ....rigs.vectors import apply, dot, unit

SEGMENTS = (
    # (segment, the role at its end, joint of the performer at its start, at its end)
    ("upper_arm", "forearm", "shoulder", "elbow"),
    ("forearm", "hand", "elbow", "wrist"),
    ("thigh", "shin", "hip", "knee"),
    ("shin", "foot", "knee", "ankle"),
)
_ARM = ("clavicle", "upper_arm", "forearm", "hand")
_LEG = ("thigh", "shin", "foot", "toe")
_STILL_M_S, _LOW_M = 0.15, 0.04
"""A performer's foot that certainly stands: its ankle is slower and no higher over its usual standing height."""


@dataclass(frozen=True, slots=True)
class Posed:
    """One rig in one motion.

    Attributes:
        character: the rig at rest, stage space.
        result: what is keyed.
        bones: (T,B,4,4) pose matrices, armature space.
        soles_m: (T,V,3) world positions of the mesh's lowest points of the feet, metres; (T,0,3) without a mesh.
    """

    character: Character
    result: RetargetResult
    bones: FloatArray
    soles_m: FloatArray

    @property
    def rest(self) -> RigRest:
        """The rig as read."""
        return self.character.rest

    def heads(self, role: Role) -> FloatArray | None:
        """(T,3) world positions of the head of a role's first bone; None where the rig lacks it."""
        names = self.character.rig_map.bones(role)
        if not names:
            return None
        world = self.rest.armature_to_world
        heads: FloatArray = self.bones[:, self.rest.index(names[0]), :3, 3] @ world[:3, :3].T + world[:3, 3]
        return heads

    def turn(self, bone: int) -> FloatArray:
        """(T,3,3) turn of a bone from rest, world axes."""
        world = self.rest.world_rotation
        rest = self.rest.rest_matrices[bone, :3, :3]
        turns: FloatArray = world @ self.bones[:, bone, :3, :3] @ rest.T @ world.T
        return turns


def limb_errors_deg(posed: Posed, source: PoseSequence) -> dict[str, FloatArray]:
    """(T,) angle between the character's and the performer's segment, for each of the eight that the rig shows."""
    errors = {}
    for segment, end, start_joint, end_joint in SEGMENTS:
        for side in SIDES:
            start, tip = posed.heads(sided(segment, side)), posed.heads(sided(end, side))
            if start is not None and tip is not None:
                meant = source.joint(f"{side}_{end_joint}") - source.joint(f"{side}_{start_joint}")
                errors[f"{segment}_{side}"] = np.degrees(angle(tip - start, meant))
    return errors


def backwards_deg(posed: Posed) -> FloatArray:
    """(T,) how far the worst elbow or knee bends the wrong way, about the hinge that the rest pose gives it."""
    worst = np.zeros(len(posed.bones))
    for limb in (*posed.character.arms.values(), *posed.character.legs.values()):
        upper, lower = (posed.turn(chain[-1]) for chain in (limb.upper, limb.lower))
        first, second = apply(upper, _repeat(limb.upper_m, upper)), apply(lower, _repeat(limb.lower_m, lower))
        hinge = apply(upper, _repeat(limb.axis, upper))
        flexion = np.arctan2(dot(np.cross(unit(first), unit(second)), hinge), dot(unit(first), unit(second)))
        worst = np.maximum(worst, -np.degrees(flexion))
    return worst


def jumps_over_source_deg(posed: Posed, source: PoseSequence) -> dict[str, FloatArray]:
    """For each keyed bone, (T-1,) turn of its local rotation between frames beyond what the source's limb turns."""
    moved = _source_steps_deg(source)
    found = {}
    for column, name in enumerate(posed.result.bone_names):
        steps = turns_deg(posed.result.rotations[:, column])
        limb = _limb_of(posed, name)
        found[name] = steps - moved[limb]
    return found


def _limb_of(posed: Posed, bone: str) -> str:
    for role, bones in posed.character.rig_map.roles.items():
        if bone in bones:
            limb, _, side = role.value.rpartition("_")
            return f"arm_{side}" if limb in _ARM else f"leg_{side}" if limb in _LEG else "torso"
    return "torso"


def _source_steps_deg(source: PoseSequence) -> dict[str, FloatArray]:
    """(T-1,) for torso and each limb: the largest turn from frame to frame that the performer's own joints show there.

    Of a limb these are its segments, in the world and seen from the part of the body that carries it, its bend, and
    that part itself: a bone's local rotation holds the difference of two of them.
    """
    body = read_body(source)
    torso = {
        name: turns_deg(quaternions.from_matrix(frames))
        for name, frames in (("pelvis", body.pelvis), ("thorax", body.thorax), ("head", body.head))
    }
    found = {"torso": np.max(list(torso.values()), axis=0)}
    for limb, joints, carrier, frames in (
        ("arm", ("shoulder", "elbow", "wrist"), "thorax", body.thorax),
        ("leg", ("hip", "knee", "ankle"), "pelvis", body.pelvis),
    ):
        for side in SIDES:
            start, middle, end = (source.joint(f"{side}_{joint}") for joint in joints)
            upper, lower = unit(middle - start), unit(end - middle)
            ways = [upper, lower, *(apply(np.swapaxes(frames, 1, 2), way) for way in (upper, lower))]
            steps = [np.degrees(angle(way[1:], way[:-1])) for way in ways]
            steps.append(np.degrees(np.abs(np.diff(angle(upper, lower)))))
            found[f"{limb}_{side}"] = np.max([*steps, torso[carrier]], axis=0)
    return found


def standing_frames(source: PoseSequence, side: str) -> BoolArray:
    """(T,) True where the performer's foot certainly stands: low and still from frame to frame on either side."""
    ankle = source.joint(f"{side}_ankle")
    usual = np.percentile([source.joint(f"{each}_ankle")[:, 2] for each in SIDES], 5.0)
    if len(ankle) < 3:
        return np.zeros(len(ankle), dtype=np.bool_)
    speed = np.linalg.norm(np.diff(ankle, axis=0), axis=-1) * source.fps
    slow = np.maximum(np.append(speed, speed[-1]), np.insert(speed, 0, speed[0])) < _STILL_M_S
    standing: BoolArray = slow & (ankle[:, 2] < usual + _LOW_M)
    return standing


def foot_slides_m(posed: Posed, source: PoseSequence) -> FloatArray:
    """(N,) level distance that the middle of a standing foot moves from one frame to the next, both feet together."""
    found = []
    for side in SIDES:
        leg = posed.character.legs[side]
        ankle = posed.heads(sided("foot", side))
        toe = posed.heads(sided("toe", side))
        if ankle is None:
            continue
        if toe is None:
            foot = leg.end[-1]
            reach = posed.character.tails[foot] - posed.character.heads[leg.end[0]]
            toe = ankle + apply(posed.turn(foot), _repeat(reach, ankle))
        standing = standing_frames(source, side)
        both = standing[1:] & standing[:-1]
        middle = 0.5 * (ankle + toe)
        found.append(np.linalg.norm(np.diff(middle[:, :2], axis=0), axis=-1)[both])
    return np.concatenate(found) if found else np.zeros(0)


def penetration_m(posed: Posed) -> FloatArray:
    """(T,) how far the feet's lowest point is under the floor; of the mesh where there is one, else of the bones."""
    if posed.soles_m.shape[1]:
        lowest = posed.soles_m[..., 2].min(axis=1)
    else:
        feet = [
            posed.rest.index(name)
            for side in SIDES
            for name in posed.character.rig_map.bones(sided("foot", side), sided("toe", side))
        ]
        world = posed.rest.armature_to_world
        bones = posed.bones[:, feet]
        heads = bones[..., :3, 3]
        tails = heads + bones[..., :3, 1] * posed.rest.lengths[feet][:, None]
        lowest = (np.concatenate([heads, tails], axis=1) @ world[2, :3] + world[2, 3]).min(axis=1)
    floor = posed.character.floor_m + float(posed.rest.armature_to_world[2, 3])
    under: FloatArray = np.maximum(0.0, floor - lowest)
    return under


def angle(first: FloatArray, second: FloatArray) -> FloatArray:
    """(...) radians between (...,3) vectors; exact for small angles, where arccos is not."""
    between: FloatArray = np.arctan2(np.linalg.norm(np.cross(first, second), axis=-1), dot(first, second))
    return between


def turns_deg(rotations: FloatArray) -> FloatArray:
    """(T-1,) angle from each of (T,4) rotations to the next."""
    step = quaternions.multiply(rotations[1:], quaternions.inverse(rotations[:-1]))
    return np.degrees(np.linalg.norm(quaternions.log(step), axis=-1))


def _repeat(vector: FloatArray, like: FloatArray) -> FloatArray:
    return np.broadcast_to(vector, (len(like), 3))
