"""Make short clips of dressed bodies with their true joints, to learn what a detector gets wrong over time.

As `make_views.py`, which gives the bodies, but moving: each clip is one cut of the training motions seen by one camera
that stands still. A share of the clips has a piece of furniture before the person or cuts them at the picture's edge.

    POSE_DATA=DATA .venv/blender-5.0/bin/python samples/make_clips.py

Writes out/samples/clips/NAME/*.jpg and clips.npz, all frames one behind the other, S in all:
joints_camera_m (S, 17, 3) camera axes; gap_m (S, 17) how far before its joint the ray from the camera meets a surface;
surface_m (S, K, 3) the marks of an annotator on the body, camera axes, `surface_names` (K,); clips (C,) folder names;
body (C,); offsets (C + 1,); fps; focal_px; image_size_px (2,). A finished clip is kept; delete its folder to remake it.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import time
from pathlib import Path

import bpy
import film_actor
import film_render
import film_set
import numpy as np
from blender_body import leave
from make_views import random_clips
from mathutils import Vector
from numpy.typing import NDArray
from outfit import Body

HERE = Path(__file__).resolve().parent
FloatArray = NDArray[np.float64]
SIZE_PX = (448, 320)
SEED = 11
SAMPLES, PLATE_SAMPLES = 2, 24
PAD = 0.14  # of the person's extent, around the joints
FURNITURE_SHARE, EDGE_SHARE = 0.3, 0.2
COLOURS = ("#6d7f8c", "#94714f", "#3a332c", "#c9b98f", "#7f3b3b")


class Stage:
    """One body in a lit room, ready to be animated and filmed."""

    def __init__(self, name: str, bodies: Path) -> None:
        self.package = film_actor.load_package()
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self.body = Body.load(bodies / f"{name}.npz")
        spec = json.loads((HERE / "bodies.json").read_text(encoding="utf-8"))[name] | {"rig": "game_engine"}
        self.mesh, self.armature = film_actor.make_actor(self.body, spec)
        film_set.build_room(7.0)
        film_set.light_room()
        self.camera = film_set.add_camera(np.eye(4), SIZE_PX)
        film_render.set_up_render(SAMPLES)
        cycles = bpy.context.scene.cycles
        cycles.debug_bvh_type = "DYNAMIC_BVH"  # built anew each frame, which takes longer than tracing it
        cycles.denoising_quality, cycles.denoising_input_passes = "FAST", "RGB"
        names = self.package("rigs.skeleton").H36M_17.joint_names
        self.read_joints = film_actor.joint_reader(self.mesh, self.armature, self.body, names)
        self._rest = {bone.name: np.linalg.inv(np.array(bone.matrix_local)) for bone in self.armature.data.bones}
        shares = self.body.arrays["keypoint_shares"].astype(np.float64)
        points = np.concatenate([self.body.vertices, np.ones((len(self.body.vertices), 1))], axis=1)
        # A mark is a blend of vertices, so under linear blend skinning it is a blend of one point a bone.
        self._marks = np.einsum("kv,vb,vc->kbc", shares, self.body.bone_weights(), points, optimize=True)

    def animate(self, joints: FloatArray, fps: float) -> None:
        """Put the motion (T, 17, 3) onto the body from frame 1 on."""
        film_actor.animate(self.armature, film_actor.face_camera(joints, 0.0), fps, self.package)

    def read_marks(self) -> FloatArray:
        """The annotator's marks (K, 3) in the scene's frame, metres, world."""
        world = np.array(self.armature.matrix_world)
        moved = [world @ np.array(self.armature.pose.bones[b].matrix) @ self._rest[b] for b in self.body.bone_names]
        return np.einsum("bij,kbj->ki", np.array(moved), self._marks)[:, :3]

    def add_furniture(self, joints: FloatArray, place: FloatArray, rng: np.random.Generator) -> None:
        """A box halfway to the camera, which hides legs or one side of the person."""
        middle, eye = joints.mean(axis=(0, 1)), place[:3, 3]
        at = eye + rng.uniform(0.45, 0.7) * (middle - eye)
        aside = rng.uniform(-0.35, 0.35) * place[:3, 0]
        width, top = (rng.uniform(0.5, 0.9), rng.uniform(0.4, 0.85)) if rng.random() < 0.6 else (0.15, 2.2)
        low = (at[0] + aside[0] - width / 2, at[1] + aside[1] - width / 2, 0.0)
        high = (low[0] + width, low[1] + width, top)
        film_set.add_box("Furniture", low, high, str(rng.choice(COLOURS)))

    def empty_room(self, path: Path) -> FloatArray:
        """The picture (H, W, 3) without the person."""
        scene = bpy.context.scene
        scene.render.use_border, scene.cycles.samples = False, PLATE_SAMPLES
        self.mesh.hide_render = True
        film_render.render_to(path)
        self.mesh.hide_render, scene.cycles.samples = False, SAMPLES
        return film_render.read_picture(path)

    def film_frame(self, path: Path, plate: FloatArray, pixels: FloatArray) -> None:
        """Film the scene's frame around the person's joints, `pixels` (17, 2), over the empty room."""
        box = film_render.box_around(pixels, PAD, SIZE_PX)
        film_render.choose_border(box, SIZE_PX)
        part = path.with_name("part.png")
        film_render.render_to(part)
        film_render.write_picture(path, film_render.laid_over(plate, film_render.read_picture(part), box))

    def clear(self) -> None:
        """Take the furniture away."""
        for thing in [thing for thing in bpy.data.objects if thing.name.startswith("Furniture")]:
            bpy.data.objects.remove(thing)


def place_camera(joints: FloatArray, margin: float, rng: np.random.Generator) -> FloatArray:
    """world_from_camera (4, 4) of a camera anywhere around the motion (T, 17, 3), as near as the margin lets it.

    Args:
        margin: share of the picture left free at each side; below 0 the person leaves it.
    """
    pitch, yaw = math.radians(rng.normal(6.0, 7.0)), rng.uniform(0, 2 * math.pi)
    forward = np.array([math.cos(yaw) * math.cos(pitch), math.sin(yaw) * math.cos(pitch), -math.sin(pitch)])
    right = np.array([math.sin(yaw), -math.cos(yaw), 0.0])
    place = np.eye(4)
    place[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    points = joints.reshape(-1, 3)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    for distance in np.arange(1.5, 12.0, 0.05):
        place[:3, 3] = middle - distance * forward
        place[2, 3] = max(place[2, 3], 0.3)
        camera = film_set.to_camera(points, place)
        pixels = film_set.focal_px(SIZE_PX[0]) * camera[:, :2] / camera[:, 2:] / np.array(SIZE_PX)
        if camera[:, 2].min() > 0.5 and np.abs(pixels).max() < 0.5 - margin:
            return place
    raise SystemExit("The motion does not fit into the picture.")


def surface_gaps(joints: FloatArray, eye: FloatArray) -> FloatArray:
    """(17,) metres from the first surface on the ray from the camera to each joint; 0 where nothing is before it."""
    graph = bpy.context.evaluated_depsgraph_get()
    gaps = []
    for joint in joints:
        ray = joint - eye
        far = float(np.linalg.norm(ray))
        hit, at, *_ = bpy.context.scene.ray_cast(graph, Vector(eye), Vector(ray / far), distance=far)
        gaps.append(far - float(np.linalg.norm(np.array(at) - eye)) if hit else 0.0)
    return np.array(gaps)


def film_clip(stage: Stage, folder: Path, joints: FloatArray, fps: float, rng: np.random.Generator) -> None:
    """Film one cut, (T, 17, 3) metres, into a folder of pictures with its truth beside them, truth.npz last."""
    stage.animate(joints, fps)
    scene = bpy.context.scene
    world = []
    for frame in range(scene.frame_start, scene.frame_end + 1, 10):
        scene.frame_set(frame)
        world.append(stage.read_joints())
    edge = rng.random() < EDGE_SHARE
    margin = rng.uniform(-0.12, -0.02) if edge else rng.uniform(0.06, 0.18)
    place = place_camera(np.array(world), margin, rng)
    stage.camera.matrix_world = film_set.Matrix((place @ np.diag([1.0, -1.0, -1.0, 1.0])).tolist())
    if rng.random() < FURNITURE_SHARE:
        stage.add_furniture(np.array(world), place, rng)
    folder.mkdir(parents=True, exist_ok=True)
    plate = stage.empty_room(folder / "room.png")
    seen, gaps, marks = [], [], []
    for frame in range(scene.frame_start, scene.frame_end + 1):
        scene.frame_set(frame)
        now = stage.read_joints()
        seen.append(film_set.to_camera(now, place))
        pixels = film_set.focal_px(SIZE_PX[0]) * seen[-1][:, :2] / seen[-1][:, 2:] + np.array(SIZE_PX) / 2
        stage.film_frame(folder / f"{frame:04d}.jpg", plate, pixels)
        gaps.append(surface_gaps(now, place[:3, 3]))
        marks.append(film_set.to_camera(stage.read_marks(), place))
    stage.clear()
    np.savez(folder / "truth.npz", joints_camera_m=seen, gap_m=gaps, surface_m=marks)


def join_clips(work: Path, owners: dict[str, str], surface_names: NDArray[np.str_], fps: float) -> None:
    """Write clips.npz from the clips' own truths."""
    parts = [np.load(work / clip / "truth.npz") for clip in owners]
    keys = ("joints_camera_m", "gap_m", "surface_m")
    arrays = {key: np.concatenate([part[key] for part in parts]).astype(np.float32) for key in keys}
    np.savez_compressed(
        work / "clips.npz", **arrays, clips=np.array(list(owners)), body=np.array(list(owners.values())), fps=fps,
        offsets=np.cumsum([0] + [len(part["gap_m"]) for part in parts]), surface_names=surface_names,
        focal_px=film_set.focal_px(SIZE_PX[0]), image_size_px=np.array(SIZE_PX),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bodies", type=Path, default=HERE.parent / "out" / "samples" / "views")
    parser.add_argument("--work", type=Path, default=HERE.parent / "out" / "samples" / "clips")
    parser.add_argument("--clips", type=int, default=4, help="clips a body")
    parser.add_argument("--frames", type=int, default=60, help="frames a clip")
    args = parser.parse_args()
    pack = Path(os.environ["POSE_DATA"]) / "cmu17_train.npz"
    bodies = sorted(path.stem for path in args.bodies.glob("*.npz") if path.stem not in ("views", "actor"))
    cuts = random_clips(pack, args.clips * len(bodies), np.random.default_rng(SEED))
    owners: dict[str, str] = {}
    fps = 30.0
    for number, name in enumerate(bodies):
        stage = None
        for index in range(number * args.clips, (number + 1) * args.clips):
            clip, first = cuts[index]
            folder = args.work / f"{name}-{clip}-{first}"
            owners[folder.name] = name
            if (folder / "truth.npz").exists():
                continue
            stage = stage or Stage(name, args.bodies)
            joints, fps = film_actor.read_clip(pack, clip, first, first + args.frames)
            start = time.monotonic()
            film_clip(stage, folder, joints, fps, np.random.default_rng([SEED, index]))
            print(f"{folder.name}: {(time.monotonic() - start) / len(joints):.2f} s a frame", flush=True)
    join_clips(args.work, owners, Body.load(args.bodies / f"{bodies[0]}.npz").arrays["keypoint_names"], fps)


if __name__ == "__main__":
    main()
    leave()
