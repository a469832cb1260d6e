"""Inside Blender: fingers are keyed where they are asked for, and bend as told on Blender's own evaluated pose."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
from blender_walk import FPS, walk
from pose_from_video.addon.armature import read_rest
from pose_from_video.addon.compat import active_fcurves
from pose_from_video.addon.headless.importer import load_character
from pose_from_video.addon.retarget import retarget_to_armature
from pose_from_video.rigs.fingers.bones import FINGERS, find_fingers
from pose_from_video.rigs.maps import detect
from pose_from_video.rigs.motion.fingers import read_fingers
from pose_from_video.rigs.retarget import RetargetSettings
from pose_from_video.rigs.roles import SIDES, sided
from pose_from_video.rigs.sequence import PoseSequence

FRAMES = (1, 13, 30, 47)


def walk_with_fingers() -> PoseSequence:
    """Somebody who walks and whose hands close, the left before the right."""
    sequence = walk()
    closed = 0.5 - 0.5 * np.cos(4.0 * sequence.frame_times_s)
    whole = np.radians([70.0, 8.0, 80.0, 50.0]) * closed[:, None, None] * np.ones((1, len(FINGERS), 1))
    return replace(sequence, fingers={"left": whole, "right": 0.6 * whole}, exact=True)


def keyed_bones(obj: bpy.types.Object) -> set[str]:
    return {curve.data_path.split('"')[1] for curve in active_fcurves(obj)}


def check_rig(path: Path) -> None:
    sequence = walk_with_fingers()
    obj = load_character(path).armature
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = round(FPS), 1.0
    rest = read_rest(obj)
    rig_map = detect(rest).rig_map
    hands = {side: rest.index(rig_map.bones(sided("hand", side))[0]) for side in SIDES}
    fingers = {
        rest.bone_names[bone]
        for hand in hands.values()
        for bones in find_fingers(rest, hand).values()
        for bone in bones
    }
    assert len(fingers) == 30, sorted(fingers)
    retarget_to_armature(obj, sequence, RetargetSettings())
    body = keyed_bones(obj)
    assert not body & fingers, "fingers are keyed though nobody asked"
    retarget_to_armature(obj, sequence, RetargetSettings(fingers=True))
    assert keyed_bones(obj) == body | fingers
    for frame in FRAMES:
        bpy.context.scene.frame_set(frame)
        posed = obj.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones
        matrices = np.array([posed[name].matrix for name in rest.bone_names])[None]
        for side, hand in hands.items():
            shown = read_fingers(rest, matrices, hand, side)
            off = np.degrees(np.abs(shown[0] - sequence.fingers[side][frame - 1])).max()
            assert off < 0.5, f"{path.name}, frame {frame}, {side}: {off:.2f} degrees"
    print(f"passed {path.name}")


for each in sys.argv[sys.argv.index("--") + 1 :]:
    check_rig(Path(each))
print("passed all")
