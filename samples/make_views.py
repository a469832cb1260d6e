"""Make pictures of dressed bodies from all sides with their true joints, to learn where a detector puts its points.

Neither the film's actor nor the motions of the test split are used, so that the film stays a fair test. Runs with bpy,
on bodies that were made with the game engine rig:

    .venv/train/bin/python samples/make_bodies.py NAME ... --rig game_engine --out out/samples/views
    POSE_DATA=DATA .venv/blender-5.0/bin/python samples/make_views.py

Writes out/samples/views/*.jpg and views.npz: joints_px (N, 17, 2), body (N,), picture (N,).
"""

from __future__ import annotations

import argparse
import json
import math
import os
from pathlib import Path

import bpy
import film_actor
import film_render
import film_set
import numpy as np
from blender_body import leave
from numpy.typing import NDArray
from outfit import Body

HERE = Path(__file__).resolve().parent
FloatArray = NDArray[np.float64]
SIZE_PX = (448, 448)
CUT_FRAMES = 60
SEED = 5


def random_clips(path: Path, count: int, rng: np.random.Generator) -> list[tuple[str, int]]:
    """Clips of the pack with a first frame for a cut each, drawn by their lengths."""
    with np.load(path, allow_pickle=False) as stored:
        names, lengths = [str(name) for name in stored["names"]], np.diff(stored["offsets"])
    room = np.maximum(lengths - CUT_FRAMES, 0)
    chosen = rng.choice(len(names), size=count, replace=False, p=room / room.sum())
    return [(names[clip], int(rng.integers(room[clip]))) for clip in chosen]


def random_place(joints: FloatArray, rng: np.random.Generator) -> FloatArray:
    """world_from_camera (4, 4) of a camera anywhere around the person (17, 3), who fills most of the picture."""
    pitch, yaw = math.radians(rng.uniform(-8, 22)), rng.uniform(0, 2 * math.pi)
    forward = np.array([math.cos(yaw) * math.cos(pitch), math.sin(yaw) * math.cos(pitch), -math.sin(pitch)])
    right = np.array([math.sin(yaw), -math.cos(yaw), 0.0])
    place = np.eye(4)
    place[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    middle = (joints.min(axis=0) + joints.max(axis=0)) / 2
    margin = rng.uniform(0.08, 0.2)
    for distance in np.arange(2.0, 12.0, 0.05):
        place[:3, 3] = middle - distance * forward
        camera = film_set.to_camera(joints, place)
        pixels = film_set.focal_px(SIZE_PX[0]) * camera[:, :2] / camera[:, 2:] / np.array(SIZE_PX)
        if camera[:, 2].min() > 0.5 and np.abs(pixels).max() < 0.5 - margin:
            return place
    raise SystemExit("The person does not fit into the picture.")


def render_body(
    name: str, work: Path, clips: list[tuple[str, int]], views: int, rng: np.random.Generator
) -> list[tuple[str, FloatArray]]:
    """Pictures of one body in each clip; their file names and joints (17, 2) in pixels."""
    package = film_actor.load_package()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    body = Body.load(work / f"{name}.npz")
    spec = json.loads((HERE / "bodies.json").read_text(encoding="utf-8"))[name] | {"rig": "game_engine"}
    mesh, armature = film_actor.make_actor(body, spec)
    film_set.build_room(60.0)
    film_set.light_room()
    camera = film_set.add_camera(np.eye(4), SIZE_PX)
    film_render.set_up_render(samples=6)
    scene = bpy.context.scene
    scene.render.image_settings.file_format = "JPEG"
    names, made = package("rigs.skeleton").H36M_17.joint_names, []
    for clip, first in clips:
        pack = Path(os.environ["POSE_DATA"]) / "cmu17_train.npz"
        joints, fps = film_actor.read_clip(pack, clip, first, first + CUT_FRAMES)
        film_actor.animate(armature, film_actor.face_camera(joints, 0.0), fps, package)
        world = film_actor.read_truth(mesh, armature, body, names)
        for frame in rng.choice(len(world), size=views, replace=False):
            place = random_place(world[frame], rng)
            turned = place @ np.diag([1.0, -1.0, -1.0, 1.0])
            camera.matrix_world = film_set.Matrix(turned.tolist())
            scene.frame_set(int(frame) + 1)
            file = f"{name}-{clip}-{first + int(frame)}.jpg"
            scene.render.filepath = str(work / file)
            bpy.ops.render.render(write_still=True)
            seen = film_set.to_camera(world[frame], place)
            focal = film_set.focal_px(SIZE_PX[0])
            made.append((file, focal * seen[:, :2] / seen[:, 2:] + np.array(SIZE_PX) / 2))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=HERE.parent / "out" / "samples" / "views")
    parser.add_argument("--clips", type=int, default=16, help="clips a body")
    parser.add_argument("--views", type=int, default=3, help="pictures a clip")
    args = parser.parse_args()
    bodies = sorted(path.stem for path in args.work.glob("*.npz") if path.stem not in ("views", "actor"))
    rng = np.random.default_rng(SEED)
    clips = random_clips(Path(os.environ["POSE_DATA"]) / "cmu17_train.npz", args.clips * len(bodies), rng)
    files, owners, joints = [], [], []
    for number, name in enumerate(bodies):
        own = clips[number * args.clips : (number + 1) * args.clips]
        for file, seen in render_body(name, args.work, own, args.views, rng):
            files.append(file)
            owners.append(name)
            joints.append(seen)
        print(f"{name}: {len(files)} pictures", flush=True)
    np.savez_compressed(
        args.work / "views.npz", joints_px=np.array(joints), body=np.array(owners), picture=np.array(files)
    )


if __name__ == "__main__":
    main()
    leave()
