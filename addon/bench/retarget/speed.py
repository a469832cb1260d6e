"""How long 10,000 frames take from joints to keys, and what the usual ways of other tools take on the same rig."""

from __future__ import annotations

import time
from collections.abc import Callable

import bpy
import numpy as np

from ....rigs.retarget import RetargetSettings
from ....rigs.sequence import PoseSequence
from ...headless.importer import Character
from ...headless.scene import current_scene
from ...retarget import retarget_to_armature
from .skin import RigAtHand

FRAMES, PEER_FRAMES = 10_000, 200


def speed(character: Character, rig: RigAtHand, motion: PoseSequence) -> dict[str, float]:
    """Time the whole way from joints to keys, and two others, a frame.

    Args:
        character: in the scene, without a visible mesh; gets actions.
        rig: the same, measured.
        motion: repeated there and back until it is long enough.

    Returns:
        `seconds_10000x160`; `bones`; `seconds_20000_over_10000` (2: linear); `insert_over_ours` and `bake_over_ours`:
        how many times longer a frame takes when each is set and keyed by `frame_set` and `keyframe_insert`, and when
        the bones follow an animated twin by constraints that `nla.bake` makes keys of.
    """
    for mesh in character.meshes:
        mesh.hide_viewport = True

    def ours(frames: int) -> Callable[[], object]:
        long = _long(motion, frames)
        return lambda: retarget_to_armature(character.armature, long, RetargetSettings(), rig.rig_map)

    seconds = _timed(ours(FRAMES))
    twice = _timed(ours(2 * FRAMES))
    ours(PEER_FRAMES)()
    a_frame = seconds / FRAMES
    return {
        "seconds_10000x160": seconds,
        "bones": float(len(character.armature.data.bones)),
        "seconds_20000_over_10000": twice / seconds,
        "insert_over_ours": _timed(lambda: _insert(character.armature, rig)) / PEER_FRAMES / a_frame,
        "bake_over_ours": _timed(lambda: _bake(character.armature, rig)) / PEER_FRAMES / a_frame,
    }


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _long(motion: PoseSequence, frames: int) -> PoseSequence:
    there_and_back = np.concatenate([motion.joints, motion.joints[-2:0:-1]])
    times = -(-frames // len(there_and_back))
    return PoseSequence.from_joints(np.tile(there_and_back, (times, 1, 1))[:frames], motion.fps)


def _insert(armature: bpy.types.Object, rig: RigAtHand) -> None:
    """Copy the active action by setting the scene's frame and inserting keys, frame by frame."""
    scene = current_scene()
    names = rig.rig_map.bones(*rig.rig_map.roles)
    twin = _twin(armature)
    armature.animation_data.action = bpy.data.actions.new("inserted")
    for frame in range(1, PEER_FRAMES + 1):
        scene.frame_set(frame)
        for name in names:
            bone = armature.pose.bones[name]
            bone.matrix_basis = twin.pose.bones[name].matrix_basis
            path = "rotation_quaternion" if bone.rotation_mode == "QUATERNION" else "rotation_euler"
            bone.keyframe_insert(path, frame=frame)
    bpy.data.objects.remove(twin)


def _bake(armature: bpy.types.Object, rig: RigAtHand) -> None:
    """Let every mapped bone copy its twin's by a constraint, and bake that."""
    twin = _twin(armature)
    for name in rig.rig_map.bones(*rig.rig_map.roles):
        constraint = armature.pose.bones[name].constraints.new("COPY_ROTATION")
        constraint.target, constraint.subtarget = twin, name
    bpy.context.view_layer.objects.active = armature
    armature.select_set(True)
    bpy.ops.object.mode_set(mode="POSE")
    bpy.ops.nla.bake(
        frame_start=1,
        frame_end=PEER_FRAMES,
        only_selected=False,
        visual_keying=True,
        clear_constraints=True,
        bake_types={"POSE"},
    )
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.data.objects.remove(twin)


def _twin(armature: bpy.types.Object) -> bpy.types.Object:
    twin = armature.copy()
    current_scene().collection.objects.link(twin)
    return twin
