"""Whether Blender makes of the keys what the measures assume: the same pose."""

from __future__ import annotations

import bpy
import numpy as np

from ....rigs.roles import Role
from ....rigs.sequence import PoseSequence
from ...headless.importer import Character
from ...headless.scene import current_scene, go_to
from ...rates import set_frame_rate
from ...retarget import retarget_to_armature
from .measure import pose
from .skin import RigAtHand

EVERY = 10


def difference_mm(character: Character, rig: RigAtHand, motion: PoseSequence) -> float:
    """Largest distance, every tenth frame, between a mapped bone's head in Blender and in numpy, millimetres.

    Args:
        character: in the scene; gets an action.
        rig: the same, measured.
        motion: any.
    """
    scene, armature = current_scene(), character.armature
    set_frame_rate(scene, motion.fps)
    expected = pose(rig, motion).bones
    retarget_to_armature(armature, motion, rig.settings, rig.rig_map, frame_start=1, scene=scene)
    for mesh in character.meshes:  # only bones are looked at
        mesh.hide_viewport = True
    names = [name for name in rig.rig_map.bones(*Role) if name in armature.pose.bones]
    columns = [rig.rest.index(name) for name in names]
    worst = 0.0
    for frame in range(0, len(motion.joints), EVERY):
        go_to(scene, 1 + frame)
        posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        heads = np.array([posed.pose.bones[name].head for name in names], dtype=np.float64)
        off = (heads - expected[frame, columns, :3, 3]) * rig.rest.scale
        worst = max(worst, float(np.linalg.norm(off, axis=-1).max()))
    return 1000.0 * worst
