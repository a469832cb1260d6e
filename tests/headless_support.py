"""Result files and films made on the spot for the tests of headless production."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.joints import INDEX, NAMES

FloatArray = NDArray[np.float64]


def walking_joints(frames: int, fps: float) -> FloatArray:
    """(T,17,3) metres, Z up: a plain figure that walks towards -Y and swings its bent arms."""
    time_s = np.arange(frames) / fps
    joints = np.zeros((frames, len(NAMES), 3))
    pelvis = np.stack([0.05 * np.sin(time_s), -0.6 * time_s, np.full(frames, 0.95)], axis=-1)
    for name, offset in {"pelvis": 0.0, "spine": 0.22, "thorax": 0.5, "nose": 0.62, "head": 0.75}.items():
        joints[:, INDEX[name]] = pelvis + np.array([0.0, 0.0, offset])
    joints[:, INDEX["nose"], 1] -= 0.1
    for side, sign in (("left", 1.0), ("right", -1.0)):
        swing = 0.5 * sign * np.sin(2 * np.pi * 0.9 * time_s)
        hip = pelvis + np.array([0.1 * sign, 0.0, 0.0])
        knee = hip + 0.43 * _down(swing, 0.0)
        shoulder = pelvis + np.array([0.18 * sign, 0.0, 0.5])
        elbow = shoulder + 0.28 * _down(-swing, 0.25 * sign)
        values = {
            "hip": hip,
            "knee": knee,
            "ankle": knee + 0.43 * _down(swing - 0.35, 0.0),
            "shoulder": shoulder,
            "elbow": elbow,
            "wrist": elbow + 0.26 * _down(-swing + 0.6, 0.25 * sign),
        }
        for name, value in values.items():
            joints[:, INDEX[f"{side}_{name}"]] = value
    joints[..., 2] += 0.09 - joints[:, [INDEX["left_ankle"], INDEX["right_ankle"]], 2].min()
    return joints


def _down(forward: FloatArray, outward: float) -> FloatArray:
    """(T,3) unit directions that hang down, swung forward (-Y) and outward (X) by radians."""
    side = np.full_like(forward, np.sin(outward))
    across = np.cos(outward)
    return np.stack([side, -np.sin(forward) * across, -np.cos(forward) * across], axis=-1)


def write_result(path: Path, joints: FloatArray, fps: float, size: tuple[int, int] = (320, 240)) -> Path:
    """A result file, schema 1, seen by a level camera four metres before the figure."""
    frames = len(joints)
    world = np.eye(4)
    world[:3, :3] = [[1, 0, 0], [0, 0, 1], [0, -1, 0]]
    world[:3, 3] = [0.0, -5.0, 1.0]
    camera = (joints - world[:3, 3]) @ world[:3, :3]
    focal = 300.0
    pixels = camera[..., :2] / camera[..., 2:] * focal + np.array(size) / 2
    detector = np.full((frames, 33, 3), np.nan, np.float32)
    np.savez(
        path,
        schema_version=np.int64(1),
        joint_names=np.array(NAMES),
        joints_world_m=joints.astype(np.float32),
        joints_camera_m=camera.astype(np.float32),
        confidence=np.ones((frames, 17), np.float32),
        keypoints_px=np.full((frames, 33, 2), np.nan, np.float32),
        keypoint_confidence=np.zeros((frames, 33), np.float32),
        keypoint_layout=np.array("blazepose-33"),
        joints_px=pixels.astype(np.float32),
        detector_world_m=detector,
        detected=np.ones(frames, np.bool_),
        frame_times_s=np.arange(frames) / fps,
        fps=np.float64(fps),
        image_size_px=np.array(size, np.int64),
        focal_px=np.float64(focal),
        world_from_camera=world,
    )
    return path


def write_film(path: Path, frames: int, fps: float, size: tuple[int, int] = (320, 240)) -> Path:
    """A film whose frame number can be read off its green: frame i has green 8 * i, nothing else."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), fps, size)
    assert writer.isOpened()
    for index in range(frames):
        writer.write(np.full((size[1], size[0], 3), (0, min(255, 8 * index), 0), np.uint8))
    writer.release()
    return path
