"""Make the films with truth: short clips of motions that no network saw, to measure the whole program on.

The films are listed in world_films.json: bodies and clothes, places and lights, cameras that stand still, pan, shake,
tilt or zoom, things that hide half of a body, people who cross. Runs with bpy, on bodies made for these films alone:

    .venv/train/bin/python samples/make_bodies.py --specs samples/world_bodies.json --out out/samples/world
    POSE_DATA=DATA .venv/blender-5.0/bin/python samples/make_world_films.py [NAME ...]

Writes out/samples/world/NAME.mp4 and, last, NAME.npz, the truth (see samples/README.md). A finished film is kept, as
are the pictures of an unfinished one; delete them to make it again.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import film_actor
import film_render
import film_set
import numpy as np
from blender_body import leave
from mathutils import Matrix
from numpy.typing import NDArray
from world_camera import CameraPath, Shot, camera_path
from world_motion import contacts
from world_people import Performer, Role
from world_set import Place, add_occluder, build_place, shade_evenly

HERE = Path(__file__).resolve().parent
FloatArray = NDArray[np.float64]
SEED = 23
SAMPLES, BLUR_SAMPLES, PLATE_SAMPLES = 2, 4, 12
PAD = 0.13  # of the people's extent, around the joints
WALL_BEHIND_M = 2.2
HIDDEN_S = 1.0
BOARD_AT = 0.6  # of the way from the camera to the person
BOARD_M = 1.4


@dataclass(frozen=True, slots=True)
class Film:
    """One film.

    Attributes:
        name: of its files.
        kind: groups the films in the tables.
        place: name of where it is.
        people: who is in it.
        shot: the camera's.
        seconds, fps, size_px: how long, how many frames a second, width and height (multiples of 64).
        blur: share of a frame's time in which the shutter is open.
        hides: legs, left or right half of the first person, held hidden for a second; None for nothing.
        twin: the film that shows the same with nothing hidden.
    """

    name: str
    kind: str
    place: str
    people: tuple[Role, ...]
    shot: Shot
    seconds: float = 2.0
    fps: float = 30.0
    size_px: tuple[int, int] = (640, 448)
    blur: float = 0.0
    hides: str | None = None
    twin: str | None = None

    @classmethod
    def of(cls, fields: dict[str, Any]) -> Film:
        """From the data file."""
        people = tuple(Role.of(role) for role in fields["people"])
        shot = Shot(**fields.get("shot", {}))
        size = {"size_px": tuple(fields["size_px"])} if "size_px" in fields else {}
        return cls(**{**fields, **size, "people": people, "shot": shot})

    @property
    def count(self) -> int:
        """Frames."""
        return round(self.seconds * self.fps)

    def hidden(self) -> NDArray[np.bool_]:
        """(T,) frames in which the board is held up."""
        begin = (self.count - round(HIDDEN_S * self.fps)) // 2
        frames = np.zeros(self.count, np.bool_)
        frames[begin : begin + round(HIDDEN_S * self.fps)] = self.hides is not None
        return frames


class Recording:
    """A film being made: the scene with its people, and what is true of it."""

    def __init__(self, film: Film, place: Place, work: Path, package: Callable[[str], Any]) -> None:
        self.film, self.place = film, place
        bpy.ops.wm.read_factory_settings(use_empty=True)
        specs = json.loads((HERE / "world_bodies.json").read_text(encoding="utf-8"))
        self.people = [Performer(role, specs[role.body], work, package) for role in film.people]
        pack = Path(os.environ["POSE_DATA"]) / "cmu17_test.npz"
        for person, role in zip(self.people, film.people, strict=True):
            person.perform(role.motion(pack, film.count, film.fps), film.fps)
        self.joints, soles = self._read_motion()  # (P, T, 17, 3), (P, T, 2, 2, 3) metres, world
        self.contacts = np.stack([contacts(one, film.fps) for one in soles])
        rng = np.random.default_rng([SEED, *(film.twin or film.name).encode()])
        build_place(place, float(self.joints[..., 1].max()) + WALL_BEHIND_M, rng)
        self.board = add_occluder(str(rng.choice(place.things)))
        shade_evenly(place.ambient)
        everybody = self.joints.transpose(1, 0, 2, 3).reshape(film.count, -1, 3)
        self.path: CameraPath = camera_path(film.shot, everybody, film.size_px, film.fps, rng)
        self.camera = film_set.add_camera(np.eye(4), film.size_px)
        self._set_up_render()
        self.visible = np.zeros(self.joints.shape[:3], np.bool_)
        print(f"{film.name}: camera {np.linalg.norm(self.path.places[0, :2, 3]):.1f} m away", flush=True)

    def _read_motion(self) -> tuple[FloatArray, FloatArray]:
        joints, soles = [], []
        for frame in range(1, self.film.count + 1):
            bpy.context.scene.frame_set(frame)
            joints.append([person.read_joints() for person in self.people])
            soles.append([person.read_soles() for person in self.people])
        return np.array(joints).swapaxes(0, 1), np.array(soles).swapaxes(0, 1)

    def _set_up_render(self) -> None:
        film_render.set_up_render(BLUR_SAMPLES if self.film.blur else SAMPLES)
        scene = bpy.context.scene
        scene.cycles.use_denoising, scene.cycles.max_bounces = False, 0
        scene.render.use_motion_blur, scene.render.motion_blur_shutter = self.film.blur > 0, max(self.film.blur, 0.1)

    def shoot(self, folder: Path) -> list[Path]:
        """Render every frame that is not there yet; returns the pictures in order."""
        still = self.film.shot.move == "still" and self.film.shot.zoom == 1.0
        plate = self._empty_place(folder / "empty.png") if still else None
        pictures = [folder / f"{frame:04d}.png" for frame in range(1, self.film.count + 1)]
        hidden = self.film.hidden()
        for frame, picture in enumerate(pictures):
            bpy.context.scene.frame_set(frame + 1)
            self._aim(frame)
            self._hold_board(frame, bool(hidden[frame]))
            self._see(frame)
            bpy.context.scene.cycles.seed = frame  # grain that changes from frame to frame, as a sensor's does
            if picture.exists():
                continue
            bpy.context.scene.render.use_border = False
            if plate is None or hidden[frame]:
                film_render.render_to(picture)
                continue
            size, part = self.film.size_px, folder / "part.png"
            box = film_render.box_around(self._outline_px(frame), PAD, size)
            film_render.choose_border(box, size)
            film_render.render_to(part)
            film_render.write_picture(picture, film_render.laid_over(plate, film_render.read_picture(part), box))
        return pictures

    def _aim(self, frame: int) -> None:
        place = self.path.places[frame] @ np.diag([1.0, -1.0, -1.0, 1.0])
        self.camera.matrix_world = Matrix(place.tolist())
        self.camera.data.angle = 2 * math.atan(self.film.size_px[0] / 2 / self.path.focals_px[frame])

    def _hold_board(self, frame: int, shown: bool) -> None:
        """Before the half of the first person that is to be hidden; out of sight else."""
        self.board.hide_render = self.board.hide_viewport = not shown
        if not shown:
            return
        place, pelvis = self.path.places[frame], self.joints[0, frame, 0]
        middle = place[:3, 3] + BOARD_AT * (pelvis - place[:3, 3])
        right, down, forward = place[:3, :3].T
        corner = {
            "legs": middle - BOARD_M / 2 * right + BOARD_M * down,
            "left": middle - BOARD_M * right + BOARD_M / 2 * down,
            "right": middle + BOARD_M / 2 * down,
        }[self.film.hides or "legs"]
        matrix = np.eye(4)
        matrix[:3, :3] = BOARD_M * np.stack([right, forward, -down], axis=1)
        matrix[:3, 3] = corner
        self.board.matrix_world = Matrix(matrix.tolist())

    def _see(self, frame: int) -> None:
        bpy.context.view_layer.update()
        for number, person in enumerate(self.people):
            joints = self.joints[number, frame]
            px = self.path.to_px(self.joints[number], self.film.size_px)[frame]
            inside = ((px >= 0) & (px < np.array(self.film.size_px))).all(axis=-1)
            self.visible[number, frame] = inside & person.seen_from(self.path.places[frame, :3, 3], joints)

    def _outline_px(self, frame: int) -> FloatArray:
        """(N, 2) pixels of everybody's joints and of their shadows on the floor."""
        joints = self.joints[:, frame].reshape(-1, 3)
        light = self.place.light
        shadows = joints - light * (joints[:, 2:] / light[2])
        points = np.tile(np.concatenate([joints, shadows]), (self.film.count, 1, 1))
        return self.path.to_px(points, self.film.size_px)[frame]

    def _empty_place(self, path: Path) -> FloatArray:
        scene = bpy.context.scene
        if not path.exists():
            self._aim(0)
            self._hold_board(0, False)
            scene.render.use_border, samples, scene.cycles.samples = False, scene.cycles.samples, PLATE_SAMPLES
            for person in self.people:
                person.mesh.hide_render = True
            film_render.render_to(path)
            for person in self.people:
                person.mesh.hide_render = False
            scene.cycles.samples = samples
        return film_render.read_picture(path)

    def write_truth(self, path: Path, names: tuple[str, ...]) -> None:
        """Everything that is true of the film, as samples/README.md says."""
        film, size = self.film, self.film.size_px
        aside = path.with_suffix(".tmp")
        with aside.open("wb") as stream:
            np.savez_compressed(
                stream,
                name=film.name, kind=film.kind, joint_names=np.array(names), hides=film.hides or "",
                people=np.array([role.body for role in film.people]),
                heights_m=np.array([person.height_m for person in self.people]),
                joints_world_m=self.joints.astype(np.float32),
                joints_camera_m=np.stack([self.path.to_camera(one) for one in self.joints]).astype(np.float32),
                joints_px=np.stack([self.path.to_px(one, size) for one in self.joints]).astype(np.float32),
                visible=self.visible, contact=self.contacts, hidden=film.hidden(),
                world_from_camera=self.path.places, focal_px=self.path.focals_px,
                image_size_px=np.array(size), fps=np.float64(film.fps), frame_times_s=np.arange(film.count) / film.fps,
            )  # fmt: skip
        aside.replace(path)


def read_films(names: list[str]) -> tuple[list[Film], dict[str, Place]]:
    """The films of world_films.json, or those named."""
    listed = json.loads((HERE / "world_films.json").read_text(encoding="utf-8"))
    films = [Film.of(fields) for fields in listed["films"]]
    if unknown := set(names) - {film.name for film in films}:
        raise SystemExit(f"world_films.json has no film {sorted(unknown)[0]!r}.")
    places = {name: Place.of(fields) for name, fields in listed["places"].items()}
    chosen = {film.name: film for film in films}
    return [chosen[name] for name in names or chosen], places


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="films to make; all when none is named")
    parser.add_argument("--work", type=Path, default=HERE.parent / "out" / "samples" / "world")
    args = parser.parse_args()
    if "POSE_DATA" not in os.environ:
        raise SystemExit("Set POSE_DATA to the folder that holds cmu17_test.npz.")
    films, places = read_films(args.names)
    package = film_actor.load_package()
    for film in films:
        if (args.work / f"{film.name}.npz").exists():
            continue
        start = time.monotonic()
        recording = Recording(film, places[film.place], args.work, package)
        pictures = recording.shoot(args.work / film.name)
        package("addon.headless.encode").encode_film(pictures, args.work / f"{film.name}.mp4", film.fps)
        recording.write_truth(args.work / f"{film.name}.npz", package("rigs.skeleton").H36M_17.joint_names)
        shutil.rmtree(args.work / film.name)
        print(f"{film.name}: {(time.monotonic() - start) / film.count:.2f} s a frame", flush=True)


if __name__ == "__main__":
    main()
    leave()
