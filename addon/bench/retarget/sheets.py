"""Pictures of the benchmark: for each motion one rig, rendered beside the performer's stick figure."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import bpy
import numpy as np

from ....rigs.arrays import FloatArray
from ....rigs.retarget import RetargetSettings
from ....rigs.sequence import PoseSequence
from ....rigs.solve.body import read_body
from ...headless.importer import load_character
from ...headless.pictures import compose
from ...headless.progress import Progress
from ...headless.scene import current_scene, set_frame_range
from ...headless.stills import render_stills
from ...rates import set_frame_rate
from ...retarget import retarget_to_armature

MOMENTS = 6
_SIDEWAYS = np.radians(35.0)
"""How far beside the performer's front the camera stands."""


def sheets(
    rigs: Sequence[Path], motions: Mapping[str, PoseSequence], folder: Path, runtime: Path, progress: Progress
) -> None:
    """Write `folder`/<motion>, <rig>.jpg for every motion, the rigs taking turns.

    Args:
        rigs: character files with a mesh.
        motions: by name.
        folder: made when missing.
        runtime: the runtime's interpreter, which composes the pictures.
        progress: told about every still.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, motion) in enumerate(motions.items()):
        rig = rigs[number % len(rigs)]
        progress.prefix = f"[{number + 1}/{len(motions)}] {name}  "
        character = load_character(rig)
        scene = current_scene()
        set_frame_rate(scene, motion.fps)
        action = retarget_to_armature(character.armature, motion, RetargetSettings(), scene=scene)
        set_frame_range(scene, action)
        bpy.context.view_layer.update()
        moments = np.unique(np.linspace(0, len(motion.joints) - 1, MOMENTS).astype(int)).tolist()
        with tempfile.TemporaryDirectory(prefix="pose_") as scratch:
            camera = _camera(motion)
            seconds = [float(motion.frame_times_s[frame]) for frame in moments]
            stills = Path(scratch) / "stills"
            stills.mkdir()
            render_stills(character, seconds, camera, stills, progress)
            result = Path(scratch) / "motion.npz"
            _write_result(motion, camera, result)
            compose("contact-sheet", runtime, result, None, stills, moments, folder / f"{name}, {rig.stem}.jpg")


def _camera(motion: PoseSequence) -> FloatArray:
    """(4,4) world from camera (x right, y down, z forward): beside the front that the performer shows in the middle."""
    back = read_body(motion).pelvis[len(motion.joints) // 2, :, 1] * np.array([1.0, 1.0, 0.0])
    yaw = np.arctan2(back[0], back[1]) + _SIDEWAYS
    forward = np.array([np.sin(yaw), np.cos(yaw), 0.0])
    down = np.array([0.0, 0.0, -1.0])
    camera = np.eye(4)
    camera[:3, :3] = np.stack([np.cross(down, forward), down, forward], axis=1)
    return camera


def _write_result(motion: PoseSequence, camera: FloatArray, path: Path) -> None:
    """What the picture maker needs of a result file, turned for the stick figure to look as the rig does to the camera.

    It looks from 35 degrees beside the front, -Y.
    """
    frames = len(motion.joints)
    turn = np.arctan2(camera[0, 2], camera[1, 2]) + _SIDEWAYS
    seen = np.array([[np.cos(turn), -np.sin(turn), 0.0], [np.sin(turn), np.cos(turn), 0.0], [0.0, 0.0, 1.0]])
    np.savez(
        path,
        joints_px=np.zeros((frames, 17, 2), np.float32),
        joints_world_m=(motion.joints @ seen.T).astype(np.float32),
        confidence=motion.confidence.astype(np.float32),
        frame_times_s=motion.frame_times_s,
        image_size_px=np.array([285, 360]),
        world_from_camera=camera,
    )
