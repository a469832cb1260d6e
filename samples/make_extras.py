"""Show a detector many people in motion, quickly drawn, and keep what it finds beside what is true.

Each clip is a cut of the training motions on one of the bodies of extra_bodies.json, dressed in its colours, before a
place of flat shapes, seen by a camera that stands or follows. No film is kept: the detector looks at each picture as
it would at a film's. `inference.train.fit_blend` learns from it what of the detector's own 3D to believe.

    .venv/train/bin/python samples/make_bodies.py --specs samples/extra_bodies.json --out out/samples/extras
    POSE_DATA=DATA .venv/runtime/bin/python samples/make_extras.py

Writes out/samples/extras/clips/NAME.npz: the detector's `keypoints_px` (T, 33, 2), `keypoint_confidence` (T, 33) and
`detector_world_m` (T, 33, 3), NaN and 0 where it finds nobody; the truth `joints_camera_m` (T, 17, 3), `height_m`; and
`fps`, `image_size_px`. Clips that are there are kept.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from extra_people import Extra, load_extra  # noqa: E402
from splat import Picture, draw_dots  # noqa: E402

from inference.detect.blazepose import BlazePose  # noqa: E402
from inference.files import write_whole  # noqa: E402
from inference.train.pack import MotionPack, read_pack  # noqa: E402

FloatArray = NDArray[np.float64]

SEED: Final = 29
SIZES_PX: Final = ((640, 480), (480, 640), (720, 405))
POINTS: Final = 33
FOLLOWS, HIDES, LEANS = 0.6, 0.15, 0.2
"""Shares of the clips in which the camera follows, something hides a part of the person, the camera is rolled."""
NEAREST_M: Final = 1.2
SHADOW_M: Final = 0.32


@dataclass(frozen=True, slots=True)
class Shot:
    """A camera's way: world_from_camera (T, 4, 4), its focal length and its picture's width and height."""

    places: FloatArray
    focal_px: float
    size_px: tuple[int, int]

    def to_camera(self, points: FloatArray, frame: int) -> FloatArray:
        """(N, 3) metres, camera axes, of points in the world."""
        place = self.places[frame]
        return np.asarray((points - place[:3, 3]) @ place[:3, :3])

    def to_px(self, points: FloatArray) -> FloatArray:
        """(N, 2) pixels of points in camera axes."""
        return np.asarray(self.focal_px * points[:, :2] / points[:, 2:] + np.array(self.size_px) / 2.0)


def cut_motion(pack: MotionPack, frames: int, rng: np.random.Generator) -> FloatArray:
    """(frames, 17, 3) metres, Z up, from anywhere in the pack, its first pelvis over the origin."""
    lengths = np.diff(pack.offsets)
    room = np.maximum(lengths - frames, 0)
    clip = int(rng.choice(len(lengths), p=room / room.sum()))
    first = int(rng.integers(room[clip]))
    joints = pack.clip(clip)[first : first + frames].astype(np.float64)
    return np.asarray(joints - joints[0, 0] * np.array([1.0, 1.0, 0.0]))


def choose_shot(joints: FloatArray, rng: np.random.Generator) -> Shot:
    """A camera that sees all of a motion (T, 17, 3), from any side."""
    size = SIZES_PX[rng.choice(len(SIZES_PX), p=(0.5, 0.2, 0.3))]
    focal = float(max(size) * rng.uniform(0.75, 1.5))
    pitch, yaw = np.radians(rng.normal(5.0, 9.0)), rng.uniform(0, 2 * np.pi)
    roll = np.radians(rng.uniform(-25, 25) if rng.random() < LEANS else rng.normal(0, 2.0))
    forward = np.array([np.cos(yaw) * np.cos(pitch), np.sin(yaw) * np.cos(pitch), -np.sin(pitch)])
    right = np.array([np.sin(yaw), -np.cos(yaw), 0.0])
    down = np.cross(forward, right)
    turn = np.stack(
        [np.cos(roll) * right + np.sin(roll) * down, np.cos(roll) * down - np.sin(roll) * right, forward], 1
    )
    low, high = joints.min(axis=1), joints.max(axis=1)
    if rng.random() < FOLLOWS:
        kernel = np.hanning(17)[1:-1] / np.hanning(17).sum()
        middle = (low + high) / 2
        padded = np.pad(middle, ((7, 7), (0, 0)), mode="edge")
        aims = np.stack([np.convolve(padded[:, axis], kernel, "valid") for axis in range(3)], axis=1)
    else:
        aims = np.tile((low.min(axis=0) + high.max(axis=0)) / 2, (len(joints), 1))
    margin = rng.uniform(0.04, 0.15)
    aside = (joints - aims[:, None]) @ turn
    reach = np.abs(aside[..., :2]) + 0.12
    away = (focal * reach / ((0.5 - margin) * np.array(size)) - aside[..., 2:]).max()
    places = np.tile(np.eye(4), (len(joints), 1, 1))
    places[:, :3, :3] = turn
    places[:, :3, 3] = aims - max(float(away), NEAREST_M - float(aside[..., 2].min())) * forward
    return Shot(places, focal, size)


def paint_place(size_px: tuple[int, int], rng: np.random.Generator) -> Picture:
    """(H, W, 3) BGR: wall and floor, things on them, and the unevenness of both."""
    width, height = size_px
    place = np.empty((height, width, 3), np.float32)
    line = int(height * rng.uniform(0.35, 0.85))
    grey = rng.uniform(60, 225, (2, 1)) + rng.uniform(-35, 35, (2, 3))
    place[:line], place[line:] = grey[0], grey[1]
    for _ in range(int(rng.integers(0, 9))):
        x, y = rng.integers(0, width), rng.integers(0, height)
        w, h = (rng.uniform(0.03, 0.35, 2) * np.array(size_px)).astype(int)
        colour = rng.uniform(20, 240, 3).tolist()
        cv2.rectangle(place, (int(x), int(y)), (int(x + w), int(y + h)), colour, -1)
    for cells in (4, 24, 120):
        rough = rng.standard_normal((cells, cells, 1)).astype(np.float32)
        place += rng.uniform(2, 9) * cv2.resize(rough, size_px, interpolation=cv2.INTER_CUBIC)[..., None]
    place = cv2.GaussianBlur(place, (0, 0), float(rng.uniform(0.5, 3.0)))
    return np.asarray(np.clip(place, 0, 255), np.uint8)


def shadow(picture: Picture, shot: Shot, pelvis: FloatArray, frame: int) -> Picture:
    """The picture with the floor darker under the person."""
    around = np.linspace(0, 2 * np.pi, 16)
    ring = np.array([*pelvis[:2], 0.0]) + SHADOW_M * np.stack([np.cos(around), np.sin(around), 0 * around], axis=1)
    seen = shot.to_camera(ring, frame)
    if seen[:, 2].min() < 0.2:
        return picture
    mask = np.zeros(picture.shape[:2], np.float32)
    cv2.fillPoly(mask, [shot.to_px(seen).astype(np.int32)], 0.45)
    dark = cv2.merge([1.0 - cv2.GaussianBlur(mask, (0, 0), 4.0)] * 3)
    return np.asarray(cv2.multiply(picture, dark, dtype=cv2.CV_8U))


def board(joints_px: FloatArray, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """(x0, y0, x1, y1) of something before the person's legs or one of their sides; joints (T, 17, 2)."""
    low, high = joints_px.min(axis=(0, 1)), joints_px.max(axis=(0, 1))
    middle = (low + high) / 2
    if rng.random() < 0.6:
        return int(low[0]), int(low[1] + rng.uniform(0.5, 0.8) * (high - low)[1]), int(high[0]), 10_000
    if rng.random() < 0.5:
        return int(low[0]) - 20, 0, int(middle[0]), 10_000
    return int(middle[0]), 0, int(high[0]) + 20, 10_000


def pictures(extra: Extra, moved: FloatArray, shot: Shot, rng: np.random.Generator) -> Iterator[Picture]:
    """Each frame (H, W, 3) BGR of a pose (T, B, 4, 4), with the grain of a sensor."""
    place, tone = paint_place(shot.size_px, rng), rng.uniform(0.75, 1.15, 3)
    light = rng.standard_normal(3) + np.array([0.0, 0.0, 1.5])
    light /= np.linalg.norm(light)
    joints = extra.joints(moved)
    px = np.stack([shot.to_px(shot.to_camera(pose, frame)) for frame, pose in enumerate(joints)])
    hides = board(px, rng) if rng.random() < HIDES else None
    noise = (rng.uniform(1.0, 6.0) * rng.standard_normal(place.shape)).astype(np.int16)
    colour = rng.uniform(20, 230, 3).tolist()
    for frame in range(len(moved)):
        surface = shot.to_camera(extra.surface(moved[frame]), frame)
        behind = shadow(place, shot, joints[frame, 0], frame)
        drawn = draw_dots(behind, surface, extra.dots, shot.focal_px, shot.places[frame, :3, :3].T @ light, tone)
        if hides is not None:
            cv2.rectangle(drawn, hides[:2], hides[2:], colour, -1)
        yield np.asarray(cv2.add(drawn, np.roll(noise, int(rng.integers(noise.shape[0])), axis=0), dtype=cv2.CV_8U))


def make_clip(extra: Extra, joints: FloatArray, fps: float, rng: np.random.Generator) -> dict[str, NDArray]:
    """The arrays of one clip; see the top of this file."""
    moved = extra.pose(joints, fps)
    world = extra.joints(moved)
    shot = choose_shot(world, rng)
    detector, rows = BlazePose(), []
    for frame, picture in enumerate(pictures(extra, moved, shot, rng)):
        found = detector.detect(picture, frame / fps)
        nothing = (np.full((POINTS, 2), np.nan), np.zeros(POINTS), np.full((POINTS, 3), np.nan))
        rows.append(nothing if found is None else (found.px, found.confidence, found.world))
    detector.close()
    px, confidence, own = (np.stack(column).astype(np.float32) for column in zip(*rows, strict=True))
    truth = np.stack([shot.to_camera(pose, frame) for frame, pose in enumerate(world)]).astype(np.float32)
    return {
        "keypoints_px": px, "keypoint_confidence": confidence, "detector_world_m": own, "joints_camera_m": truth,
        "height_m": np.float64(extra.height_m), "fps": np.float64(fps), "image_size_px": np.array(shot.size_px),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bodies", type=Path, default=HERE.parent / "out" / "samples" / "extras")
    parser.add_argument("--clips", type=int, default=240)
    parser.add_argument("--frames", type=int, default=40, help="frames a clip")
    args = parser.parse_args()
    if "POSE_DATA" not in os.environ:
        raise SystemExit("Set POSE_DATA to the folder that holds cmu17_train.npz.")
    specs = json.loads((HERE / "extra_bodies.json").read_text(encoding="utf-8"))
    pack = read_pack(Path(os.environ["POSE_DATA"]) / "cmu17_train.npz")
    (args.bodies / "clips").mkdir(parents=True, exist_ok=True)
    names = list(specs)
    for number in range(args.clips):
        name, path = names[number % len(names)], args.bodies / "clips" / f"{number:04d}.npz"
        rng = np.random.default_rng([SEED, number])
        if path.exists():
            continue
        begun = time.monotonic()
        extra = load_extra(args.bodies / f"{name}.npz", specs[name], rng)
        arrays = make_clip(extra, cut_motion(pack, args.frames, rng), pack.fps, rng) | {"body": np.array(name)}
        write_whole(path, lambda stream, arrays=arrays: np.savez_compressed(stream, **arrays))
        print(f"{path.name}: {name}, {(time.monotonic() - begun) / args.frames:.3f} s a frame", flush=True)


if __name__ == "__main__":
    main()
