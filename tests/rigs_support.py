"""Made-up rigs and performers for the tests of `rigs`: known answers, any rest pose, any roll."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from rigs import quaternions
from rigs.arrays import FloatArray
from rigs.kinematics import pose_bones, to_world
from rigs.maps import RigMap, Role
from rigs.rest import RigRest
from rigs.retarget import RetargetResult
from rigs.roles import SIDES, sided
from rigs.sequence import PoseSequence
from rigs.vectors import frame, unit

SEGMENTS = {
    "upper_arm": ("shoulder", "elbow", "forearm"),
    "forearm": ("elbow", "wrist", "hand"),
    "thigh": ("hip", "knee", "shin"),
    "shin": ("knee", "ankle", "foot"),
}
"""Limb segment -> the performer's joints at its ends, and the limb at the head of whose first bone it ends."""


@dataclass
class RigPlan:
    """How to build a rig; lengths in metres before `scale`."""

    arm_down_deg: float = 0.0
    arm_forward_deg: float = 0.0
    spine_bones: int = 3
    split: int = 1
    neck_bones: int = 1
    rolls: int | None = None
    toes: bool = True
    thigh: float = 0.42
    shin: float = 0.42
    upper_arm: float = 0.30
    forearm: float = 0.26
    hip_half: float = 0.09
    crooked: float = 0.0
    armature_to_world: FloatArray = field(default_factory=lambda: np.eye(4))
    in_between: bool = True


class _Builder:
    def __init__(self, plan: RigPlan) -> None:
        self.plan = plan
        self.rng = np.random.default_rng(plan.rolls)
        self.names: list[str] = []
        self.parents: list[int] = []
        self.heads: list[FloatArray] = []
        self.tails: list[FloatArray] = []
        self.roles: dict[Role, tuple[str, ...]] = {}

    def bone(self, name: str, parent: str, head: FloatArray, tail: FloatArray, role: Role | None = None) -> None:
        self.names.append(name)
        self.parents.append(self.names.index(parent) if parent else -1)
        self.heads.append(np.asarray(head, float))
        self.tails.append(np.asarray(tail, float))
        if role is not None:
            self.roles[role] = (*self.roles.get(role, ()), name)

    def chain(self, name: str, parent: str, head: FloatArray, tail: FloatArray, count: int, role: Role) -> str:
        knots = np.linspace(head, tail, count + 1)
        side = unit(np.cross(tail - head, np.array([0.3, 0.5, 0.8])))
        knots[1:-1] += self.plan.crooked * side
        for part in range(count):
            self.bone(f"{name}.{part}", parent, knots[part], knots[part + 1], role)
            parent = f"{name}.{part}"
        return parent

    def rest(self) -> RigRest:
        heads, tails = np.array(self.heads), np.array(self.tails)
        rolls = np.tile([0.0, 0.0, 1.0], (len(heads), 1))
        if self.plan.rolls is not None:
            rolls = self.rng.normal(size=rolls.shape)
        spans = frame(tails - heads, rolls + 1e-3 * np.array([1.0, 0.0, 0.0]))
        axes = np.stack([spans[..., 1], spans[..., 0], -spans[..., 2]], axis=-1)
        to_armature = np.linalg.inv(self.plan.armature_to_world)
        rotation = to_armature[:3, :3] / np.cbrt(np.linalg.det(to_armature[:3, :3]))
        matrices = np.tile(np.eye(4), (len(heads), 1, 1))
        matrices[:, :3, :3] = rotation @ axes
        matrices[:, :3, 3] = heads @ to_armature[:3, :3].T
        lengths = np.linalg.norm(tails - heads, axis=-1) * np.cbrt(np.linalg.det(to_armature[:3, :3]))
        return RigRest(tuple(self.names), tuple(self.parents), matrices, lengths, self.plan.armature_to_world)


def build_rig(plan: RigPlan | None = None) -> tuple[RigRest, RigMap]:
    """A rig that stands on the origin of its object and faces -Y in the world, with the map of its bones."""
    plan = plan or RigPlan()
    rig = _Builder(plan)
    hip_z = plan.thigh + plan.shin + 0.08
    rig.bone("root", "", np.zeros(3), np.array([0.0, 0.3, 0.0]), Role.ROOT)
    rig.bone("pelvis", "root", np.array([0.0, 0.02, hip_z]), np.array([0.0, 0.0, hip_z + 0.12]), Role.PELVIS)
    top = np.array([0.0, 0.0, hip_z + 0.5])
    chest = rig.chain("spine", "pelvis", np.array([0.0, 0.0, hip_z + 0.1]), top, plan.spine_bones, Role.SPINE)
    neck = rig.chain("neck", chest, top, top + np.array([0.0, -0.02, 0.1]), plan.neck_bones, Role.NECK)
    rig.bone("head", neck, top + np.array([0.0, -0.02, 0.1]), top + np.array([0.0, -0.02, 0.3]), Role.HEAD)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        _arm(rig, chest, side, sign, top)
        _leg(rig, side, sign, hip_z)
    return rig.rest(), RigMap("made up", rig.roles)


def _arm(rig: _Builder, chest: str, side: str, sign: float, top: FloatArray) -> None:
    plan = rig.plan
    down, ahead = np.radians(plan.arm_down_deg), np.radians(plan.arm_forward_deg)
    along = np.array([sign * np.cos(down) * np.cos(ahead), -np.sin(ahead) * np.cos(down), -np.sin(down)])
    shoulder = top + np.array([sign * 0.18, 0.02, -0.05])
    elbow, wrist = shoulder + plan.upper_arm * along, shoulder + (plan.upper_arm + plan.forearm) * along
    rig.bone(f"clavicle.{side}", chest, top + np.array([sign * 0.02, 0, -0.05]), shoulder, sided("clavicle", side))
    upper = rig.chain(f"upper_arm.{side}", f"clavicle.{side}", shoulder, elbow, plan.split, sided("upper_arm", side))
    lower = rig.chain(f"forearm.{side}", upper, elbow, wrist, plan.split, sided("forearm", side))
    rig.bone(f"hand.{side}", lower, wrist, wrist + 0.15 * along, sided("hand", side))


def _leg(rig: _Builder, side: str, sign: float, hip_z: float) -> None:
    plan = rig.plan
    hip = np.array([sign * plan.hip_half, 0.0, hip_z])
    knee, ankle = hip - np.array([0, 0.01, plan.thigh]), np.array([sign * plan.hip_half, 0.0, 0.08])
    parent = "pelvis"
    if plan.in_between:
        rig.bone(f"hip_joint.{side}", parent, np.array([0.0, 0.0, hip_z]), hip)
        parent = f"hip_joint.{side}"
    upper = rig.chain(f"thigh.{side}", parent, hip, knee, plan.split, sided("thigh", side))
    lower = rig.chain(f"shin.{side}", upper, knee, ankle, plan.split, sided("shin", side))
    ball = ankle + np.array([0.0, -0.14, -0.06])
    rig.bone(f"foot.{side}", lower, ankle, ball, sided("foot", side))
    if plan.toes:
        rig.bone(f"toe.{side}", f"foot.{side}", ball, ball + np.array([0.0, -0.07, 0.0]), sided("toe", side))


def posed_directions(rest: RigRest, rig_map: RigMap, result: RetargetResult) -> dict[str, FloatArray]:
    """(T,3) directions, in the world, of the eight limb segments of a retargeted rig."""
    chains = {}
    for segment, (_, _, following) in SEGMENTS.items():
        for side in SIDES:
            ends = (rig_map.bones(sided(segment, side))[0], rig_map.bones(sided(following, side))[0])
            chains[f"{segment}_{side}"] = ends
    heads = to_world(rest, pose_bones(rest, result))
    return {
        name: unit(heads[:, rest.index(end)] - heads[:, rest.index(start)]) for name, (start, end) in chains.items()
    }


def source_directions(sequence: PoseSequence) -> dict[str, FloatArray]:
    """(T,3) directions of the performer's eight limb segments."""
    return {
        f"{segment}_{side}": unit(sequence.joint(f"{side}_{end}") - sequence.joint(f"{side}_{start}"))
        for segment, (start, end, _) in SEGMENTS.items()
        for side in SIDES
    }


def angles_deg(first: FloatArray, second: FloatArray) -> FloatArray:
    """(T,) angles between (T,3) unit directions."""
    chord = np.linalg.norm(first - second, axis=-1)
    return np.degrees(2.0 * np.arcsin(np.clip(0.5 * chord, 0.0, 1.0)))


def turns_deg(rotations: FloatArray) -> FloatArray:
    """(T-1,B) angle from each frame to the next of (T,B,4) rotations."""
    step = quaternions.multiply(rotations[1:], quaternions.inverse(rotations[:-1]))
    return np.degrees(np.linalg.norm(quaternions.log(step), axis=-1))


def _wave(rng: np.random.Generator, phase: FloatArray, low: float, high: float) -> FloatArray:
    """(T,) smooth values from `low` to `high`, both of them reached."""
    x = np.sin(phase * rng.integers(1, 3) + rng.uniform(0, 2 * np.pi)) + 0.4 * np.sin(3 * phase + rng.uniform(0, 6))
    x = (x - x.min()) / max(float(np.ptp(x)), 1e-9)
    return low + (high - low) * x


def performer(
    seed: int, frames: int = 120, straight: bool = True, turn: bool = True, fps: float = 30.0
) -> PoseSequence:
    """A person who stands on the floor and moves arms, legs and head smoothly, through straight limbs.

    Args:
        seed: which movement.
        frames: how many.
        straight: elbows and knees pass through being quite straight; False: they stay bent.
        turn: the whole body turns about the vertical, and wanders.
        fps: frames per second.
    """
    rng = np.random.default_rng(seed)
    phase = np.linspace(0, 2 * np.pi * frames / 120, frames, endpoint=False)
    heading = _wave(rng, phase, -1.5, 1.5) if turn else np.zeros(frames)
    body = quaternions.to_matrix(quaternions.exp(heading[:, None] * np.array([0.0, 0.0, 1.0])))
    joints = np.zeros((frames, 17, 3))
    up = np.array([0.0, 0.0, 1.0])
    joints[:, 7], joints[:, 8] = 0.22 * up, 0.5 * up
    joints[:, 9], joints[:, 10] = 0.5 * up + np.array([0, -0.12, 0.16]), 0.5 * up + np.array([0, -0.0199, 0.3334])
    least = 0.0 if straight else 0.4
    for sign, hip, shoulder in ((1.0, 4, 11), (-1.0, 1, 14)):
        joints[:, hip] = np.array([sign * 0.09, 0.0, 0.0])
        joints[:, shoulder] = 0.5 * up + np.array([sign * 0.18, 0.0, 0.0])
        raised = _wave(rng, phase, -0.3, 0.9)
        swing = quaternions.exp(np.stack([-raised, np.zeros(frames), sign * _wave(rng, phase, 0.0, 0.2)], axis=-1))
        # the shin leans as far as a foot on the floor lets it
        bend = np.maximum(raised, 0.0) + _wave(rng, phase, least, 0.7)
        _bend(joints, hip, swing, np.array([0, 0, -1.0]), np.array([1.0, 0, 0]), bend, (0.4, 0.4))
        relaxed = unit(np.array([sign, 0.0, -1.0]))
        pitch, roll, yaw = (_wave(rng, phase, low, high) for low, high in ((-0.8, 0.5), (-0.8, 0.8), (-0.8, 0.3)))
        swing = quaternions.exp(np.stack([pitch, sign * roll, sign * yaw], axis=-1))
        axis = unit(np.cross(relaxed, np.array([0, -1.0, 0])))
        _bend(joints, shoulder, swing, relaxed, axis, _wave(rng, phase, least, 2.0), (0.28, 0.25))
    joints = joints @ np.swapaxes(body, 1, 2)
    joints[..., 2] += 0.08 - np.minimum(joints[:, 3, 2], joints[:, 6, 2])[:, None]
    if turn:
        joints[..., 0] += _wave(rng, phase, -1.0, 1.0)[:, None]
    return PoseSequence.from_joints(joints, fps)


def _bend(
    joints: FloatArray,
    start: int,
    swing: FloatArray,
    direction: FloatArray,
    axis: FloatArray,
    bend: FloatArray,
    lengths: tuple[float, float],
) -> None:
    frames = len(joints)
    upper = quaternions.rotate(swing, np.broadcast_to(direction, (frames, 3)))
    hinge = quaternions.rotate(swing, np.broadcast_to(axis, (frames, 3)))
    lower = quaternions.rotate(quaternions.from_axis_angle(hinge, bend), upper)
    joints[:, start + 1] = joints[:, start] + lengths[0] * upper
    joints[:, start + 2] = joints[:, start + 1] + lengths[1] * lower


def upright(bend_m: float = 0.005) -> FloatArray:
    """(17,3) somebody who stands and faces -Y, knees forward by `bend_m`."""
    joints = np.zeros((17, 3))
    for hip, shoulder, sign in ((4, 11, 1.0), (1, 14, -1.0)):
        joints[hip : hip + 3] = [[sign * 0.09, 0, 0.88], [sign * 0.09, -bend_m, 0.48], [sign * 0.09, 0, 0.08]]
        joints[shoulder : shoulder + 3] = [[sign * 0.18, 0, 1.38], [sign * 0.18, 0.01, 1.1], [sign * 0.18, 0, 0.85]]
    joints[[0, 7, 8]] = [[0, 0, 0.88], [0, 0, 1.1], [0, 0, 1.38]]
    joints[[9, 10]] = [[0, -0.12, 1.54], [0, -0.0199, 1.7134]]
    return joints
