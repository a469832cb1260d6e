"""Where the performer stands in the character's scene: the similarity between the two over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np

from ...rigs.filmed import Filmed
from ...rigs.maps import RigMap
from ...rigs.roles import SIDES, Role, sided
from ...rigs.similarity import Similarity, upright_similarity
from ...rigs.skeleton import H36M_17
from ..errors import LookError
from ..rotation_modes import FloatArray
from ..state import kept_state
from .take import Take

MOMENTS = 24
"""Frames at which the two are compared."""
FITTED = tuple(f"{side}_{joint}" for joint in ("hip", "ankle") for side in SIDES)
"""Joints that are laid over each other: what the retargeter itself holds to scale."""
_ROLES = {"hip": "thigh", "ankle": "foot", "wrist": "hand", "knee": "shin", "elbow": "forearm", "shoulder": "upper_arm"}


@dataclass(frozen=True, slots=True)
class Placement:
    """The performer in the character's scene.

    Attributes:
        similarity: from the performer's world, after `path_m` is taken away, to the scene.
        path_m: (T,3) way of the performer that the character does not go; zero unless it stays in place.
    """

    similarity: Similarity
    path_m: FloatArray

    def joints(self, filmed: Filmed, frames: FloatArray | slice = slice(None)) -> FloatArray:
        """(T,17,3) the performer's joints where the character stands, scene units; of some frames of the result."""
        return self.similarity.points(filmed.joints_m[frames] - self.path_m[frames, None])

    def cameras(self, filmed: Filmed) -> FloatArray:
        """(T,4,4) the film's camera in the scene, a Blender camera's axes, in every frame of the result."""
        matrices = np.tile(np.eye(4), (len(self.path_m), 1, 1))
        matrices[:, :3, :3] = self.similarity.rotation @ filmed.cameras[:, :3, :3] @ np.diag([1.0, -1.0, -1.0])
        matrices[:, :3, 3] = self.similarity.points(filmed.cameras[:, :3, 3] - self.path_m)
        return matrices


def find_placement(
    context: bpy.types.Context, obj: bpy.types.Object, rig_map: RigMap, take: Take, filmed: Filmed
) -> Placement:
    """Play the character at some moments and lay the performer over it; the scene is as before afterwards.

    Raises:
        LookError: the character does not move as the performer does.
        RigError: the points coincide.
    """
    path = np.zeros((len(filmed.joints_m), 3))
    if take.in_place:
        path[:, :2] = filmed.joints_m[:, H36M_17.index("pelvis"), :2]
    moments = np.unique(np.linspace(0, len(path) - 1, min(MOMENTS, len(path))).round().astype(int))
    frames = take.frames(filmed.frame_times_s[moments])
    with kept_state(context):
        ends = character_joints(context.scene, obj, rig_map, take, FITTED, frames)
    known = [H36M_17.index(name) for name in FITTED]
    performer = (filmed.joints_m - path[:, None])[moments][:, known]
    return Placement(upright_similarity(performer.reshape(-1, 3), ends.reshape(-1, 3)), path)


def character_joints(
    scene: bpy.types.Scene,
    obj: bpy.types.Object,
    rig_map: RigMap,
    take: Take,
    joints: Sequence[str],
    frames: FloatArray,
) -> FloatArray:
    """(N,J,3) where a character has its joints at scene frames, scene units; leaves the scene at the last of them.

    Args:
        scene: is set to each frame.
        obj: the armature.
        rig_map: the roles of its bones.
        take: what plays on it.
        joints: J names of the 17, of limbs.
        frames: (N,) scene frames, may be fractions.

    Raises:
        LookError: no bone stands for a joint.
    """
    bones = [_bone_of(obj, rig_map, name, take.ik_controls) for name in joints]
    places = np.empty((len(frames), len(bones), 3))
    for number, frame in enumerate(frames):
        whole = int(np.floor(frame))
        scene.frame_set(whole, subframe=float(frame) - whole)
        posed = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
        world = np.array(posed.matrix_world, np.float64)
        heads = np.array([posed.pose.bones[bone].head for bone in bones], np.float64)
        places[number] = heads @ world[:3, :3].T + world[:3, 3]
    return places


def _bone_of(obj: bpy.types.Object, rig_map: RigMap, joint: str, ik_controls: bool) -> str:
    """The bone whose head is a joint."""
    side, part = joint.split("_")
    role = sided(_ROLES[part], side)
    moved = [bone for bone, followed in rig_map.ik.follow.items() if followed == role] if rig_map.ik else []
    for bone in (*(moved if ik_controls else ()), *rig_map.roles.get(Role(role), ())):
        if bone in obj.pose.bones:
            return bone
    raise LookError(f"'{obj.name}' has no bone for the {side} {part}; assign one in the panel Rig.")
