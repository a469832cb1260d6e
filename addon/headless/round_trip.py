"""What is written comes back: every format at every rate, joint by joint and frame by frame."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...rigs.kinematics import to_world
from ...rigs.retarget import RetargetSettings
from ...rigs.sequence import PoseSequence
from ..armature import read_rest
from ..motion.load import load_bones
from ..rates import set_frame_rate
from ..retarget import retarget_to_armature
from .exporter import export_character
from .importer import load_character
from .scene import current_scene, empty_scene, set_frame_range

FloatArray = NDArray[np.float64]

RATES: Final = (24.0, 25.0, 30000 / 1001, 30.0, 60.0)
ENDINGS: Final = (".fbx", ".glb", ".bvh")
TAKE: Final = "round trip"
_RATE_TOLERANCE: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Trip:
    """One file, written and read back.

    Attributes:
        name: which format at which rate.
        joints_mm: largest distance between a bone's head before and after, in any frame; infinite where bones or
            frames are missing.
        frames: written, read.
        fps: written, read.
        action: name of the action that was read.
    """

    name: str
    joints_mm: float
    frames: tuple[int, int]
    fps: tuple[float, float]
    action: str

    @property
    def whole(self) -> bool:
        """As many frames at the same rate, and the take's name where the format holds one."""
        written, read = self.fps
        named = TAKE in self.action or self.name.startswith(".bvh")
        return self.frames[0] == self.frames[1] and abs(read - written) < _RATE_TOLERANCE * written and named


def round_trips(
    rig: Path, sequence: PoseSequence, endings: Sequence[str] = ENDINGS, rates: Sequence[float] = RATES
) -> list[Trip]:
    """Put a sequence on a character, write it, and read it back.

    The scene is replaced.

    Args:
        rig: the character's file.
        sequence: what it does.
        endings: formats, of `ENDINGS`.
        rates: frames per second.

    Returns:
        One trip for each format and rate; the largest `joints_mm` is the figure.

    Raises:
        AddonError, RigError: a file cannot be written or read.
    """
    with tempfile.TemporaryDirectory(prefix="pose_") as folder:
        return [_trip(rig, sequence, Path(folder) / f"{TAKE}{ending}", fps) for ending in endings for fps in rates]


def round_trip_figures(rig: Path, sequence: PoseSequence) -> dict[str, object]:
    """`round_trip_mm_max` of all formats and rates, infinite where frames, rate or name are lost, and which it was."""
    trips = round_trips(rig, sequence)
    lengths = [trip.joints_mm if trip.whole else np.inf for trip in trips]
    worst = int(np.argmax(lengths))
    return {"round_trip_mm_max": lengths[worst], "round_trip_worst": trips[worst].name}


def _trip(rig: Path, sequence: PoseSequence, path: Path, fps: float) -> Trip:
    character = load_character(rig)
    scene = current_scene()
    set_frame_rate(scene, fps)
    settings = RetargetSettings()
    action = retarget_to_armature(character.armature, sequence, settings, scene=scene, action_name=TAKE)
    first, last = set_frame_range(scene, action)
    before = _heads(scene, character.armature, range(first, last + 1))
    export_character(character, action, path)
    empty_scene()
    found = load_bones(path, bpy.context)
    after = to_world(found.motion.rest, found.motion.posed)
    index = {bone: number for number, bone in enumerate(found.motion.rest.bone_names)}
    joints_mm = np.inf
    if len(after) == last - first + 1 and all(bone in index for bone in before):
        back = after[:, [index[bone] for bone in before]]
        joints_mm = float(1000.0 * np.linalg.norm(back - np.stack([*before.values()], axis=1), axis=-1).max())
    label = f"{path.suffix} at {fps:.5g} fps"
    return Trip(label, joints_mm, (last - first + 1, len(after)), (fps, found.motion.fps), found.action)


def _heads(scene: bpy.types.Scene, armature: bpy.types.Object, frames: range) -> dict[str, FloatArray]:
    """(T,3) world heads by name, of the bones that deform, or of all where none does.

    Control rigs have helpers besides that stretch, as lines to their pole targets do; BVH and FBX cannot hold that.
    """
    names = read_rest(armature).bone_names
    deforming = {bone.name for bone in armature.data.bones if bone.use_deform} or set(names)
    flat = np.empty(3 * len(names), np.float32)
    heads = np.empty((len(frames), len(names), 3))
    for number, frame in enumerate(frames):
        scene.frame_set(frame)
        armature.pose.bones.foreach_get("head", flat)
        world = np.array(armature.matrix_world, np.float64)
        heads[number] = flat.reshape(-1, 3) @ world[:3, :3].T + world[:3, 3]
    return {name: heads[:, bone] for bone, name in enumerate(names) if name in deforming}
