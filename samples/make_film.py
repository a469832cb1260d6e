"""Make the sample film: a body of known joints moves before a camera that stands still, and the truth beside it.

Runs with bpy; reads the actor that `make_bodies.py` wrote and a clip of the motion capture under $POSE_DATA. Rendered
pictures stay in out/samples/film, so that a broken run goes on where it ended.

    POSE_DATA=DATA .venv/blender-5.0/bin/python samples/make_film.py              all of it
    POSE_DATA=DATA .venv/blender-5.0/bin/python samples/make_film.py --every 30   pictures to look at, no film
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
CLIP = "86_05"  # walking, turning, striking with the arms
FIRST, LAST = 1588, 1948
TURN_DEG = -50.0
SIZE_PX = (640, 480)
MARGIN = 0.06
WALL_BEHIND_M = 1.5
SAMPLES = 5


def write_truth(
    path: Path, world: NDArray[np.float64], place: NDArray[np.float64], fps: float, names: list[str]
) -> None:
    """Write the joints in world and camera space with the camera that saw them."""
    aside = path.with_suffix(".tmp")
    with aside.open("wb") as stream:
        np.savez_compressed(
            stream,
            joint_names=np.array(names),
            joints_world_m=world.astype(np.float32),
            joints_camera_m=film_set.to_camera(world, place).astype(np.float32),
            world_from_camera=place,
            focal_px=np.float64(film_set.focal_px(SIZE_PX[0])),
            image_size_px=np.array(SIZE_PX, dtype=np.int64),
            fps=np.float64(fps),
            frame_times_s=np.arange(len(world)) / fps,
        )
    aside.replace(path)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE)
    parser.add_argument("--work", type=Path, default=HERE.parent / "out" / "samples")
    parser.add_argument("--every", type=int, default=1, help="render only every n-th frame, and no film")
    parser.add_argument("--samples", type=int, default=SAMPLES)
    parser.add_argument("--turn", type=float, default=TURN_DEG, help="degrees to turn the motion about the vertical")
    parser.add_argument("--cut", type=int, nargs=2, default=(FIRST, LAST), metavar=("FIRST", "LAST"))
    parser.add_argument("--clip", default=CLIP)
    return parser.parse_args()


def main() -> None:
    args = arguments()
    if "POSE_DATA" not in os.environ:
        raise SystemExit("Set POSE_DATA to the folder that holds cmu17_test.npz.")
    package = film_actor.load_package()
    bpy.ops.wm.read_factory_settings(use_empty=True)
    body = Body.load(args.work / "actor.npz")
    mesh, armature = film_actor.make_actor(
        body, json.loads((HERE / "bodies.json").read_text(encoding="utf-8"))["actor"]
    )
    joints, fps = film_actor.read_clip(Path(os.environ["POSE_DATA"]) / "cmu17_test.npz", args.clip, *args.cut)
    film_actor.animate(armature, film_actor.face_camera(joints, math.radians(args.turn)), fps, package)
    names = package("rigs.skeleton").H36M_17.joint_names
    world = film_actor.read_truth(mesh, armature, body, names)
    place = film_set.world_from_camera(world, MARGIN, SIZE_PX)
    soles = [film_actor.lowest_point(mesh, frame) for frame in range(1, len(world) + 1, 5)]
    print(f"soles {min(soles) * 1000:.0f} to {max(soles) * 1000:.0f} mm over the floor")
    print(f"camera {world[:, 0, 1].mean() - place[1, 3]:.2f} m away, {len(world)} frames")
    wall_y = float(world[..., 1].max()) + WALL_BEHIND_M
    film_set.build_room(wall_y)
    film_set.light_room()
    film_set.add_camera(place, SIZE_PX)
    film_render.set_up_render(args.samples)
    folder = args.work / ("film" if args.every == 1 else "look")
    plate = film_render.render_plate(folder / "plate.png", mesh)
    pictures = film_render.render_frames(folder, plate, mesh, place, wall_y, args.every)
    if args.every > 1:
        write_truth(args.work / "film_truth.npz", world, place, fps, names)
        return
    package("addon.headless.encode").encode_film(pictures, args.out / "film.mp4", fps)
    write_truth(args.out / "film_truth.npz", world, place, fps, names)


if __name__ == "__main__":
    main()
    leave()
