"""From the posed bones of a rig to the joints and points of a performer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from ..arrays import FloatArray, frozen
from ..errors import SequenceError
from ..maps.rig_map import RigMap
from ..rest import RigRest
from ..roles import SIDES, Role, sided
from ..sequence import PoseSequence
from ..skeleton import H36M_17
from ..solve.character import Character, read_character
from ..vectors import dot
from .ends import carried, foot_points, hand_points, levelled_foot_points
from .fingers import read_fingers
from .stance import HEIGHT_PER_LEG, Stance, find_stance
from .torso_joints import head_joints, trunk_joints

_FLOOR_PERCENTILE = 5.0


@dataclass(frozen=True, slots=True)
class RigMotion:
    """A rig that moves.

    Attributes:
        rest: its bones at rest.
        posed: (T,B,4,4) `PoseBone.matrix` at every frame: bone to armature space, in the order of `rest.bone_names`.
            What moves the armature object itself is to be folded in: `rest.armature_to_world` stands for all frames.
        fps: frames per second.

    Raises:
        SequenceError: the shape is wrong, there are no frames, or a bone's place is not finite; names frame and bone.
    """

    rest: RigRest
    posed: FloatArray
    fps: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "posed", frozen(self.posed))
        bones = len(self.rest.bone_names)
        if self.posed.ndim != 4 or self.posed.shape[1:] != (bones, 4, 4) or len(self.posed) == 0:
            raise SequenceError(
                f"Posed bones must have the shape (frames, {bones}, 4, 4) with a frame or more, not {self.posed.shape}."
            )
        bad = np.argwhere(~np.isfinite(self.posed).all(axis=(2, 3)))
        if len(bad):
            name = self.rest.bone_names[bad[0][1]]
            raise SequenceError(f"In frame {bad[0][0]} bone '{name}' has no finite place; mend that frame's values.")

    def only(self, bones: Collection[str]) -> RigMotion:
        """The motion of some of the bones, each under the nearest of its ancestors that stays."""
        kept = [number for number, name in enumerate(self.rest.bone_names) if name in bones]
        return RigMotion(only_bones(self.rest, kept), self.posed[:, kept], self.fps)


def only_bones(rest: RigRest, kept: Sequence[int]) -> RigRest:
    """A rig with only the bones of the given indices, each under the nearest of its ancestors that stays."""
    index = {bone: number for number, bone in enumerate(kept)}
    parents = [next((index[above] for above in rest.ancestors(bone) if above in index), -1) for bone in kept]
    return RigRest(
        tuple(rest.bone_names[bone] for bone in kept),
        tuple(parents),
        rest.rest_matrices[list(kept)],
        rest.lengths[list(kept)],
        rest.armature_to_world,
    )


def read_motion(motion: RigMotion, rig_map: RigMap) -> PoseSequence:
    """The performer in a rig's motion, as if it had been lifted from a film.

    Limb segments have exactly the directions of the rig's; the trunk and the head stand so that the solver finds the
    turns of the rig's own pelvis, chest and head bones; hands and feet turn as theirs. Shoulders and hips lie evenly
    about the middle, and each limb hangs from them as a whole.

    Args:
        motion: the rig at rest and in every frame, of any size and with any axis up.
        rig_map: the roles of its bones.

    Returns:
        Joints and points in the Z-up world, metres, floor at z = 0, the first pelvis over the origin.

    Raises:
        MapError: a role or bone is missing, or a limb has no length; names it.
        SequenceError: two joints of a limb coincide.
    """
    rig_map.check()
    stance = find_stance(rig_map.adapt(motion.rest), rig_map, motion.posed)
    bones = _Bones(stance.rest, motion.posed)
    character = read_character(stance.rest, rig_map, None)
    joints = _body(bones, character, stance)
    points: dict[str, FloatArray] = {}
    for kind in ("arm", "leg"):
        for side in SIDES:
            points |= _limb(joints, bones, character, kind, side, stance.from_motion)
    places = np.stack([joints[name] for name in H36M_17.joint_names], axis=1)
    hands = {side: character.arms[side].end for side in SIDES}
    fingers = {
        side: angles
        for side, bones in hands.items()
        if bones and (angles := read_fingers(stance.rest, motion.posed, bones[0], side)) is not None
    }
    origin = _origin(places, points)
    return PoseSequence(
        H36M_17,
        places - origin,
        np.ones(places.shape[:2]),
        motion.fps,
        np.arange(len(places)) / motion.fps,
        {name: path - origin for name, path in points.items()},
        exact=True,
        fingers=fingers,
    )


class _Bones:
    """Heads, tails and turns of bones over time, world axes."""

    def __init__(self, rest: RigRest, posed: FloatArray) -> None:
        self._rest, self._posed = rest, posed

    def head(self, bone: int) -> FloatArray:
        """(T,3) metres."""
        return self._place(self._posed[:, bone, :3, 3])

    def tail(self, bone: int) -> FloatArray:
        """(T,3) metres."""
        matrices = self._posed[:, bone]
        return self._place(matrices[:, :3, 3] + self._rest.lengths[bone] * matrices[:, :3, 1])

    def turn(self, bone: int) -> FloatArray:
        """(T,3,3) rotation from the stance."""
        u, _, vt = np.linalg.svd(self._posed[:, bone, :3, :3])
        world = self._rest.world_rotation
        turn: FloatArray = world @ (u @ vt) @ self._rest.rest_matrices[bone, :3, :3].T @ world.T
        return turn

    def _place(self, points: FloatArray) -> FloatArray:
        world = self._rest.armature_to_world
        placed: FloatArray = points @ world[:3, :3].T + world[:3, 3]
        return placed


def _body(bones: _Bones, character: Character, stance: Stance) -> dict[str, FloatArray]:
    """Joints of the trunk, the head, the hips and the shoulders by name."""
    spine = character.bones(Role.SPINE, Role.CHEST)
    skull = character.bones(Role.NECK, Role.HEAD)
    chest = bones.turn(spine[-1])
    pelvis = bones.turn(character.bones(Role.PELVIS)[-1]) @ stance.pelvis
    thorax = chest @ stance.thorax
    head = (bones.turn(skull[-1]) if skull else chest) @ stance.head
    hips = [bones.head(character.legs[side].upper[0]) for side in SIDES]
    shoulders = [bones.head(character.arms[side].upper[0]) for side in SIDES]
    rest_shoulders = np.array([character.heads[character.arms[side].upper[0]] for side in SIDES])
    length = float(np.linalg.norm(rest_shoulders.mean(axis=0) - character.hips))
    middle = 0.5 * (hips[0] + hips[1])
    spine_joint, thorax_joint = (middle + path for path in trunk_joints(pelvis, thorax, length))
    nose, crown = (thorax_joint + path for path in head_joints(thorax, head, HEIGHT_PER_LEG * character.leg_length_m))
    line = shoulders[0] - shoulders[1]
    tilt = np.arctan2(dot(line, thorax[..., 2]), dot(line, thorax[..., 0]))
    across = np.cos(tilt)[:, None] * thorax[..., 0] + np.sin(tilt)[:, None] * thorax[..., 2]
    hip_half = 0.5 * float(np.median(np.linalg.norm(hips[0] - hips[1], axis=-1)))
    shoulder_half = 0.5 * float(np.linalg.norm(rest_shoulders[0] - rest_shoulders[1]))
    joints = {"pelvis": middle, "spine": spine_joint, "thorax": thorax_joint, "nose": nose, "head": crown}
    for side, sign in zip(SIDES, (1.0, -1.0), strict=True):
        joints[f"{side}_hip"] = middle + sign * hip_half * pelvis[..., 0]
        joints[f"{side}_shoulder"] = thorax_joint + sign * shoulder_half * across
    return joints


def _limb(
    joints: dict[str, FloatArray], bones: _Bones, character: Character, kind: str, side: str, from_motion: bool
) -> dict[str, FloatArray]:
    """Add a limb's further joints to `joints`, hung from the one that is there; returns its points."""
    limb = (character.arms if kind == "arm" else character.legs)[side]
    names = ("shoulder", "elbow", "wrist") if kind == "arm" else ("hip", "knee", "ankle")
    start, middle = bones.head(limb.upper[0]), bones.head(limb.lower[0])
    end = bones.head(limb.end[0]) if limb.end else bones.tail(limb.lower[-1])
    moved = joints[f"{side}_{names[0]}"] - start
    joints[f"{side}_{names[1]}"], joints[f"{side}_{names[2]}"] = middle + moved, end + moved
    if not limb.end:
        return {}
    turn = bones.turn(limb.end[0])
    if kind == "arm":
        points = hand_points(character, side)
    elif from_motion:
        toes = character.bones(sided("toe", side))
        points = levelled_foot_points(end, bones.head(toes[0]) if toes else bones.tail(limb.end[-1]), turn)
    else:
        points = foot_points(character, side)
    return carried(points, turn, end + moved, side)


def _origin(joints: FloatArray, points: dict[str, FloatArray]) -> FloatArray:
    """(3,) place on the floor under the first pelvis; the floor is where feet usually are when they are lowest."""
    feet = np.min([path[:, 2] for name, path in points.items() if name.endswith(("heel", "toe"))], axis=0)
    first = joints[0, 0]
    return np.array([first[0], first[1], float(np.percentile(feet, _FLOOR_PERCENTILE))])
