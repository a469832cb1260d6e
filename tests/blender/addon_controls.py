"""Inside Blender: one clip on a Rigify control rig through its FK and its IK controls; the mesh's bones must agree."""

from __future__ import annotations

import sys
from pathlib import Path

import bpy
import numpy as np
from pose_from_video.addon.armature import read_rest
from pose_from_video.addon.retarget import retarget_to_armature
from pose_from_video.rigs.maps import detect
from pose_from_video.rigs.retarget import RetargetSettings
from pose_from_video.rigs.sequence import PoseSequence

FPS = 30.0
SEGMENTS = ("upper_arm", "forearm", "thigh", "shin")
ENDS = ("hand", "foot")
DIRECTION_DEG, PLANE_DEG, END_M = 6.0, 0.1, 0.01
"""The rig's own solver shortens bones a little before it bends them, Rigify's limbs may stretch; so directions differ,
but in the plane in which the limb bends."""
BENT_DEG = 10.0


def clip(folder: Path, name: str, frames: int) -> PoseSequence:
    """Frames from the middle of a clip of the motion capture pack."""
    with np.load(folder / "cmu17_test.npz", allow_pickle=False) as data:
        number = [str(each) for each in data["names"]].index(name)
        delta = data["delta"][:, data["offsets"][number] : data["offsets"][number + 1]].T.reshape(-1, 17, 3)
        joints = np.cumsum(delta.astype(np.int32), axis=0) * float(data["quantum_m"])
    joints[:, 1:] += joints[:, :1]
    start = max(0, (len(joints) - frames) // 2)
    return PoseSequence.from_joints(joints[start : start + frames], FPS)


def load(path: Path) -> bpy.types.Object:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with bpy.data.libraries.load(str(path)) as (there, ours):
        ours.objects = [name for name in there.objects if not name.startswith("WGT")]
    for item in ours.objects:
        bpy.context.scene.collection.objects.link(item)
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = round(FPS), 1.0
    bpy.context.view_layer.update()
    return next(item for item in bpy.data.objects if item.type == "ARMATURE")


def play(rig: bpy.types.Object, frames: int) -> dict[str, np.ndarray]:
    """(T,4,4) pose matrix of every deforming limb bone, as Blender evaluates it."""
    names = [
        bone.name
        for bone in rig.pose.bones
        if bone.name.startswith(tuple(f"DEF-{part}." for part in (*SEGMENTS, *ENDS, "toe"))) or bone.name == "DEF-spine"
    ]
    found: dict[str, list[np.ndarray]] = {name: [] for name in names}
    scene = bpy.context.scene
    for frame in range(frames):
        scene.frame_set(frame + 1)
        posed = rig.evaluated_get(bpy.context.evaluated_depsgraph_get())
        for name in names:
            found[name].append(np.array(posed.pose.bones[name].matrix))
    return {name: np.array(matrices) for name, matrices in found.items()}


def angle_deg(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), np.sum(a * b, axis=-1)))


def limb_pairs() -> list[tuple[str, str]]:
    pairs = (("upper_arm", "forearm"), ("thigh", "shin"))
    return [(f"DEF-{upper}.{side}", f"DEF-{lower}.{side}") for upper, lower in pairs for side in "LR"]


def off_plane_deg(fk: dict[str, np.ndarray], ik: dict[str, np.ndarray], upper: str, lower: str) -> np.ndarray:
    """How far the IK limb's upper segment leaves the plane in which the FK limb bends, where it is bent."""
    bent = angle_deg(fk[upper][:, :3, 1], fk[lower][:, :3, 1]) > BENT_DEG
    normal = np.cross(fk[upper][bent, :3, 1], fk[lower][bent, :3, 1])
    return np.abs(90.0 - angle_deg(ik[upper][bent, :3, 1], normal))


def compare(rig: bpy.types.Object, sequence: PoseSequence, **chosen: object) -> dict[str, float]:
    """Largest differences between the FK and the IK variant."""
    played = {}
    for controls in ("fk", "ik"):
        action = retarget_to_armature(rig, sequence, RetargetSettings(controls=controls, **chosen))
        played[controls] = play(rig, len(sequence.joints))
        rig.animation_data.action = None
        bpy.data.actions.remove(action)
        for bone in rig.pose.bones:
            bone.matrix_basis.identity()
    fk, ik = played["fk"], played["ik"]
    limbs = [name for name in fk if any(f"DEF-{part}." in name for part in SEGMENTS)]
    directions = np.concatenate([angle_deg(fk[name][:, :3, 1], ik[name][:, :3, 1]) for name in limbs])
    planes = np.concatenate([off_plane_deg(fk, ik, *limb) for limb in limb_pairs()])
    rolls = np.concatenate([angle_deg(fk[name][:, :3, 0], ik[name][:, :3, 0]) for name in limbs])
    ends = [name for name in fk if any(f"DEF-{part}." in name for part in ENDS)]
    away = np.concatenate([np.linalg.norm(fk[name][:, :3, 3] - ik[name][:, :3, 3], axis=-1) for name in ends])
    turned = np.concatenate([angle_deg(fk[name][:, :3, 1], ik[name][:, :3, 1]) for name in [*ends, "DEF-toe.L"]])
    jumps = {
        controls: max(float(angle_deg(m[1:, :3, 0], m[:-1, :3, 0]).max()) for m in played[controls].values())
        for controls in played
    }
    return {
        "direction_deg_p99": float(np.percentile(directions, 99)),
        "direction_deg_max": float(directions.max()),
        "plane_deg_max": float(planes.max()),
        "roll_deg_p99": float(np.percentile(rolls, 99)),
        "end_m_max": float(away.max()),
        "end_turn_deg_max": float(turned.max()),
        "jump_fk_deg": jumps["fk"],
        "jump_ik_deg": jumps["ik"],
        "moved_m": float(np.ptp(fk["DEF-spine"][:, :3, 3], axis=0).max()),
    }


def main(data: Path, frames: int, *clips: str) -> None:
    for name in ("rigify_basic_human_generated", "rigify_human_generated"):
        rig = load(data / "rigs" / f"{name}.blend")
        assert detect(read_rest(rig)).rig_map.ik is not None
        for each in clips:
            for root_on in ("hips", "root"):
                figures = compare(rig, clip(data, each, frames), root_on=root_on)
                print(name, each, root_on, {key: round(value, 4) for key, value in figures.items()})
                assert figures["direction_deg_p99"] < DIRECTION_DEG, figures
                assert figures["plane_deg_max"] < PLANE_DEG, figures
                assert figures["end_m_max"] < END_M, figures
                assert figures["jump_ik_deg"] < figures["jump_fk_deg"] + DIRECTION_DEG, figures
    print("passed all")


arguments = sys.argv[sys.argv.index("--") + 1 :]
main(Path(arguments[0]), int(arguments[1]), *arguments[2:])
